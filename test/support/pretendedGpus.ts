/** A program called nvidia-smi, first on the search path, that lists the GPUs a test wants. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { GpuInfo } from '../../contract/engine.ts';

export interface PretendedGpus {
  /** From now on these are there, and no others. */
  list(gpus: readonly GpuInfo[]): void;
  remove(): void;
}

export function pretendedGpu(index: number, change: Partial<GpuInfo> = {}): GpuInfo {
  return {
    index,
    uuid: `GPU-0000000${index}-1111-2222-3333-444444444444`,
    name: 'Pretended X1',
    memoryBytes: 8 * 2 ** 30,
    driver: '570.0',
    computeCapability: '9.0',
    ...change,
  };
}

export function pretendGpus(gpus: readonly GpuInfo[]): PretendedGpus {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-gpus-'));
  const before = process.env['PATH'];
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(''));
  const list = (all: readonly GpuInfo[]): void => {
    write(
      'cards',
      all.map((gpu) =>
        [gpu.index, gpu.uuid, gpu.name, gpu.memoryBytes / 2 ** 20, gpu.driver, gpu.computeCapability].join(', '),
      ),
    );
    write(
      'loads',
      all.map(({ uuid, index }) => `${uuid}, ${1024 * (index + 1)}, ${10 * index}, ${40 + index}`),
    );
  };
  list(gpus);
  write('nvidia-smi', [
    '#!/bin/sh',
    'here=$(dirname "$0")',
    'case "$1" in *memory.used*) cat "$here/loads";; *) cat "$here/cards";; esac',
  ]);
  chmodSync(join(folder, 'nvidia-smi'), 0o755);
  process.env['PATH'] = `${folder}${delimiter}${before ?? ''}`;
  return {
    list,
    remove() {
      process.env['PATH'] = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
