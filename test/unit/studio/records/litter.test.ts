import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { findLitter, sweepDaily } from '../../../../core/studio/records/litter.ts';
import { openRecords } from '../../../../core/studio/records/openRecords.ts';
import { studioPaths } from '../../../../core/studio/records/paths.ts';
import { exampleSpec } from '../../db/examples.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

const LITTER = [
  'runs/r-1/checkpoints/.tmp-ckpt-000003-42',
  'runs/r-1/checkpoints/.trash-ckpt-000001',
  'runs/r-1/checkpoints/.bad-ckpt-000002',
  'datasets/.importing-d-1-42',
  'decoding/d-1',
  'exports/an-export',
];
const KEPT = ['runs/r-1/checkpoints/ckpt-000003', 'datasets/d-1', 'runs/r-2/checkpoints/.tmp-ckpt-000001-43'];

// the system's folder may hold what other programs left
beforeEach(() => {
  vi.stubEnv('TMPDIR', temporaryFolder());
  return () => vi.unstubAllEnvs();
});

test('leftovers of killed processes are counted at once and swept after a day; what a run needs stays', async () => {
  const dataDir = temporaryFolder();
  const paths = studioPaths(dataDir);
  const { records, close } = await openRecords(paths, { rebuild: false });
  for (const id of ['r-1', 'r-2']) await records.runs.create({ id, spec: exampleSpec() });
  await records.leases.acquire('r-2', 'somebody');
  const place = (name: string, age: number): void => {
    mkdirSync(join(dataDir, name), { recursive: true });
    writeFileSync(join(dataDir, name, 'file'), 'ten bytes.');
    const at = (Date.now() - age) / 1000;
    for (const path of [join(dataDir, name, 'file'), join(dataDir, name)]) utimesSync(path, at, at);
  };
  for (const name of [...LITTER, ...KEPT]) place(name, 2 * 86_400_000);
  place('exports/of-today', 0);
  const context = { ...records, paths };
  expect((await findLitter(context)).reduce((sum, { bytes }) => sum + bytes, 0)).toBe(10 * (LITTER.length + 1));
  await sweepDaily(context);
  expect(LITTER.filter((name) => existsSync(join(dataDir, name)))).toEqual([]);
  expect([...KEPT, 'exports/of-today'].filter((name) => !existsSync(join(dataDir, name)))).toEqual([]);
  place(LITTER[0]!, 2 * 86_400_000);
  await sweepDaily(context);
  expect(existsSync(join(dataDir, LITTER[0]!))).toBe(true);
  await close();
});

test('temporary folders of processes that are gone are swept too, and no others', async () => {
  const dataDir = temporaryFolder();
  const paths = studioPaths(dataDir);
  const { records, close } = await openRecords(paths, { rebuild: false });
  const { pid: gone } = spawnSync(process.execPath, ['--version']);
  const old = (Date.now() - 2 * 86_400_000) / 1000;
  const [left = '', own = '', foreign = ''] = [
    `quorum-program-${gone}-abcdef`,
    `quorum-program-${process.pid}-abcdef`,
    `quorum-other-${gone}-abcdef`,
  ].map((name) => {
    const path = join(tmpdir(), name);
    mkdirSync(path, { recursive: true });
    utimesSync(path, old, old);
    return path;
  });
  const context = { ...records, paths };
  const found = (await findLitter(context)).map(({ path }) => path);
  expect(found).toContain(left);
  expect(found).not.toContain(own);
  await sweepDaily(context);
  expect([left, own, foreign].map((path) => existsSync(path))).toEqual([false, true, true]);
  for (const path of [own, foreign]) rmSync(path, { recursive: true });
  await close();
});
