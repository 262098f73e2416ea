/**
 * Pictures a second of the loader alone (decode, random resized crop, flip) on a folder of class folders, beside
 * torchvision and tf.data on the same files, alternately: `npm run bench:loader -- FOLDER [--size 224] [--batch 32]
 * [--threads 2] [--seconds 8] [--repeats 2]`.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { ImportOptions } from '../../contract/dataset.ts';
import { Augmentation } from '../../contract/recipe.ts';
import { readIndex } from '../../core/data/set/datasetIndex.ts';
import { openFileSplit } from '../../core/data/batches/fileSplits.ts';
import { importDataset } from '../../core/data/import/import.ts';
import { openDataset } from '../../core/data/set/openDataset.ts';
import { PrefetchingLoader } from '../../core/data/batches/prefetchingLoader.ts';
import type { FileSplit, PackKey } from '../../core/data/types.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '224' },
    batch: { type: 'string', default: '32' },
    threads: { type: 'string', default: String(availableParallelism()) },
    seconds: { type: 'string', default: '8' },
    repeats: { type: 'string', default: '2' },
  },
});
const folder = resolve(positionals[0] ?? '.');
const size = Number(values.size);
const batchSize = Number(values.batch);
const threads = Number(values.threads);
const seconds = Number(values.seconds);
process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(4, threads));

async function measureOurs(split: FileSplit): Promise<number> {
  const key: PackKey = { size, color: 'rgb', fit: 'cover', interpolation: 'linear' };
  const loader = new PrefetchingLoader(
    split,
    {
      size,
      channels: 3,
      batchSize,
      seed: 0,
      shuffle: true,
      augmentation: Augmentation.parse({ flip: true, resizedCrop: {} }),
    },
    { threads, depth: 4 * threads },
    { key, crops: true },
  );
  const whole = Math.floor(split.length / batchSize);
  let step = 0;
  const next = (): void => {
    loader.batch(Math.floor(step / whole), step % whole);
    step += 1;
  };
  while (step < 8) next();
  const began = performance.now();
  while (performance.now() - began < 1000 * seconds) next();
  const rate = ((step - 8) * batchSize) / ((performance.now() - began) / 1000);
  await loader.close();
  return rate;
}

async function measurePeer(framework: string): Promise<number | null> {
  const script = fileURLToPath(new URL('peer_loader.py', import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(process.env['QUORUM_PEER_PYTHON'] ?? 'python3', [
      script,
      framework,
      folder,
      '--size',
      String(size),
      '--batch',
      String(batchSize),
      '--workers',
      String(threads),
      '--seconds',
      String(seconds),
    ]);
    return (JSON.parse(stdout) as { imagesPerSec: number }).imagesPerSec;
  } catch (error) {
    console.log(`SKIPPED: ${framework}: ${(error as Error).message.trim().split('\n').at(-1)}`);
    return null;
  }
}

const home = mkdtempSync(join(tmpdir(), 'quorum-bench-'));
try {
  const directory = join(home, 'set');
  await importDataset(
    ImportOptions.parse({ path: folder, fractions: { val: 0, test: 0, seed: 0 } }),
    'bench',
    directory,
  );
  const dataset = await openDataset(directory);
  const split = openFileSplit(dataset, readIndex(directory), 'train');
  if (split === null) throw new Error('no training images');
  const rates = new Map<string, number[]>();
  for (let repeat = 0; repeat < Number(values.repeats); repeat += 1) {
    for (const name of ['quorum', 'torchvision', 'tfdata']) {
      const rate = name === 'quorum' ? await measureOurs(split) : await measurePeer(name);
      if (rate !== null) rates.set(name, [...(rates.get(name) ?? []), rate]);
    }
  }
  const ours = Math.max(...(rates.get('quorum') ?? []));
  for (const [name, all] of rates) {
    const best = Math.max(...all);
    const rounds = all.map((rate) => rate.toFixed(0)).join(', ');
    const rate = best.toFixed(0).padStart(6);
    console.log(`${name.padEnd(12)} ${rate} images/s   ours is ${(ours / best).toFixed(2)} ×   (${rounds})`);
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
