/**
 * What the packed cache costs a training: steps on its batches and steps on one random batch that stays in memory, in
 * rounds taken alternately with the same network: `npm run bench:packed -- FOLDER [--model vgg11] [--size 64] [--batch
 * 64] [--precision f32] [--steps 8] [--rounds 10]`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ImportOptions } from '../../contract/dataset.ts';
import { RunSpec } from '../../contract/runSpec.ts';
import { importDataset } from '../../core/data/import/import.ts';
import type { Batch } from '../../core/data/batches/loader.ts';
import { keyedRandom } from '../../core/data/random.ts';
import { jobEnvironment } from '../../core/studio/jobs/jobEnvironment.ts';
import { Trainer } from '../../core/train/trainer.ts';
import { openEngine } from '../../core/worker/openEngine.ts';
import { openTrainingData } from '../../core/worker/trainingData.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'vgg11' },
    size: { type: 'string', default: '64' },
    batch: { type: 'string', default: '64' },
    precision: { type: 'string', default: 'f32' },
    steps: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '10' },
  },
});
// A job's environment is read when its process starts.
if (!process.env['QUORUM_BENCH_JOB'])
  process.exit(
    spawnSync(process.execPath, process.argv.slice(1), {
      stdio: 'inherit',
      env: { ...jobEnvironment(process.env, 'auto'), QUORUM_BENCH_JOB: '1' },
    }).status ?? 1,
  );

const size = Number(values.size);
const batchSize = Number(values.batch);
const steps = Number(values.steps);

function residentBatch(classes: number): Batch {
  const random = keyedRandom(0, 'bench');
  return {
    images: Uint8Array.from({ length: batchSize * size * size * 3 }, () => random.int(256)),
    labels: Int32Array.from({ length: batchSize }, () => random.int(classes)),
    indices: Int32Array.from({ length: batchSize }, (_, i) => i),
    count: batchSize,
  };
}

const home = mkdtempSync(join(tmpdir(), 'quorum-bench-'));
try {
  const directory = join(home, 'set');
  const card = await importDataset(ImportOptions.parse({ path: resolve(positionals[0] ?? '.') }), 'bench', directory);
  const spec = RunSpec.parse({
    name: 'bench',
    model: { name: values.model },
    dataset: 'bench',
    batchSize,
    epochs: 1,
    lr: 1e-4,
    seed: 0,
    precision: values.precision,
    augmentation: { flip: true },
    preprocessing: { size, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    classNames: card.classNames,
    classIds: card.classIds,
    datasetFingerprint: 'bench',
  });
  const engine = await openEngine('auto');
  const context = { signal: new AbortController().signal, startedAt: performance.now(), send: () => undefined };
  const data = await openTrainingData(spec, directory, context, engine.device.kind);
  const trainer = new Trainer(spec, engine, data.train);
  trainer.initialise();
  const resident = residentBatch(card.classNames.length);
  const whole = Math.floor(data.train.length / batchSize);
  let step = 0;
  const sources = { packed: () => data.train.batch(Math.floor(step / whole), step % whole), resident: () => resident };
  const rates: Record<keyof typeof sources, number[]> = { packed: [], resident: [] };
  const measure = (name: keyof typeof sources): number => {
    const began = performance.now();
    for (let i = 0; i < steps; i++, step++) trainer.step(sources[name](), spec.lr, step);
    return (1000 * steps * batchSize) / (performance.now() - began);
  };
  measure('packed');
  for (let round = 0; round < Number(values.rounds); round++) {
    // turned around every other round, so that a drift favours neither
    for (const name of round % 2 ? (['packed', 'resident'] as const) : (['resident', 'packed'] as const))
      rates[name].push(measure(name));
  }
  const ratios = rates.packed.map((rate, round) => rate / (rates.resident[round] ?? NaN)).toSorted((a, b) => a - b);
  const total = (all: number[]) => all.length / all.reduce((sum, rate) => sum + 1 / rate, 0);
  const packedRate = total(rates.packed);
  const residentRate = total(rates.resident);
  const median = ratios[ratios.length >> 1];
  console.log(
    [
      `${values.model} ${size}×${size}, batch ${batchSize}, ${values.precision}, ${engine.device.name}:`,
      `packed ${packedRate.toFixed(2)}, resident ${residentRate.toFixed(2)} images/s over all rounds,`,
      `ratio ${(packedRate / residentRate).toFixed(4)}; median of the ${ratios.length} ratios ${median?.toFixed(4)}`,
    ].join(' '),
  );
  trainer.dispose();
  await data.close();
} finally {
  rmSync(home, { recursive: true, force: true });
}
