/**
 * What only a machine with an NVIDIA GPU can show. Each check runs through the CLI, as a user's command would, in
 * processes of their own.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { findGpus } from '../../core/provision/gpu.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { gpus, problem } = await findGpus();
const reason =
  gpus.length > 0 && problem === null ? null : `no NVIDIA GPU that TensorFlow can use: ${problem ?? 'none found'}`;
const home = await mkdtemp(join(tmpdir(), 'quorum-gpu-'));
afterAll(() => rm(home, { recursive: true, force: true }));

/** The JSON result of a quorum command. */
async function quorum(...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, 'cli/main.ts'), '--json', '--data-dir', home, ...args],
    { maxBuffer: 2 ** 26, timeout: 1_200_000 },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
}

describe('on a GPU', { timeout: 1_800_000 }, () => {
  beforeEach((context) => {
    if (reason !== null) context.skip(reason);
  });

  it('is installed, asserted and learns in f32 and bf16', async () => {
    await quorum('engine', 'install', '--device', 'gpu');
    const { device, checks } = (await quorum('engine', 'test', '--device', 'gpu')) as {
      device: { kind: string; memoryBytes: number };
      checks: { name: string; ok: boolean }[];
    };
    expect(device.kind).toBe('gpu');
    expect(device.memoryBytes).toBeGreaterThan(2 ** 30);
    expect(checks.filter((c) => !c.ok)).toEqual([]);
  });

  it('trains the sample as the CPU does', async () => {
    await quorum('dataset', 'import', join(root, 'resources/samples/fashion-mnist-mini'), '--name', 'fashion');
    const settings = [
      'train',
      '--dataset',
      'fashion',
      '--model',
      'vgg11',
      '--size',
      '32',
      '--width-factor',
      '0.25',
      '--head-width',
      '128',
      '--epochs',
      '3',
      '--batch-size',
      '50',
      '--lr',
      '1e-3',
    ];
    type Run = { state: string; device: { kind: string }; best: Record<string, number> };
    const run = async (device: string): Promise<Run> =>
      (await quorum(...settings, '--device', device)) as unknown as Run;
    const [onGpu, onCpu] = [await run('gpu'), await run('cpu')];
    expect([onGpu.state, onGpu.device.kind, onCpu.device.kind]).toEqual(['finished', 'gpu', 'cpu']);
    expect(onGpu.best['val/top1']).toBeGreaterThan(0.6);
    expect(Math.abs((onGpu.best['val/top1'] ?? 0) - (onCpu.best['val/top1'] ?? 1))).toBeLessThan(0.1);
  });

  it.each(['f32', 'bf16'])('reports its throughput in %s', async (precision) => {
    const result = (await quorum(
      'bench',
      '--model',
      'vgg16',
      '--batch',
      '256',
      '--precision',
      precision,
      '--device',
      'gpu',
    )) as { device: { kind: string }; imagesPerSec: number };
    expect(result.device.kind).toBe('gpu');
    console.log(`vgg16 64×64 ${precision}: ${result.imagesPerSec} images/s on ${gpus[0]?.name}`);
  });
});
