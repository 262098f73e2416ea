/** The bench job: images a second of one network on random resident data, measured as the peers' benchmark does. */
import { versions } from 'node:process';
import type { DeviceReport } from '../../../../contract/run.ts';
import type { Optimizer } from '../../../../contract/optimizers.ts';
import type { HostTensor, Session } from '../../../engine/engine.ts';
import { SCALAR_COUNT, scalarsAt } from '../../../engine/optimizers.ts';
import { networkProgram, type NetworkProgram } from '../../../engine/program.ts';
import { getModel } from '../../../models/registry.ts';
import { keyedRandom } from '../../../data/random.ts';
import { startAtRandom } from '../../startAtRandom.ts';
import { implementJob, progressSender, type JobContext } from '../../jobContext.ts';
import { openEngine } from '../../openEngine.ts';
import { type BenchJob, benchJob, type BenchResult } from './messages.ts';

const ADAM: Optimizer = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const LR = 1e-4;
/** However short a step is. */
const MOST_ROUNDS = 50;

export async function runBenchJob(job: BenchJob, context: JobContext): Promise<BenchResult> {
  const engine = await openEngine(job.device);
  const program = benchProgram(job, engine.device.kind);
  const session = engine.load(program);
  startAtRandom(session, program);
  const step = randomSteps(job, session);
  step();
  const firstStepSeconds = (performance.now() - context.startedAt) / 1000;
  const cpuAtFirst = cpuSeconds();
  const tell = progressSender(context, 'measure', job.rounds);
  const rates: number[] = [];
  step();
  const cpuBefore = cpuSeconds();
  const began = performance.now();
  const enough = (): boolean =>
    rates.length >= job.rounds && (rates.length >= MOST_ROUNDS || performance.now() - began >= 1000 * job.leastSeconds);
  while (!enough() && !context.signal.aborted) {
    const from = performance.now();
    for (let i = 0; i < job.steps; i++) step();
    rates.push((1000 * job.steps * job.batchSize) / (performance.now() - from));
    tell(Math.min(rates.length, job.rounds));
    await new Promise(setImmediate);
  }
  const cpuStep = (cpuSeconds() - cpuBefore) / Math.max(1, job.steps * rates.length);
  session.dispose();
  return {
    framework: 'quorum',
    version: `TensorFlow ${engine.device.engineVersion}, Node ${versions.node}`,
    model: job.model.name,
    size: job.size,
    batch: job.batchSize,
    precision: job.precision,
    mode: job.mode,
    compile: false,
    imagesPerSec: round2(Math.max(...rates)),
    median: round2(medianOf(rates)),
    rounds: rates.map(round2),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    device: engine.device,
    firstStepSeconds: round2(firstStepSeconds),
    cpuSeconds: { firstStep: cpuAtFirst, step: cpuStep },
  };
}

function benchProgram(
  { model, size, channels, classes, precision, mode }: BenchJob,
  device: DeviceReport['kind'],
): NetworkProgram {
  return networkProgram({
    model: getModel(model.name),
    shape: { size, channels, classes, options: model.options },
    precision,
    device,
    ...(mode === 'train' && { optimizer: ADAM }),
    preprocessing: {
      size,
      color: channels === 1 ? 'gray' : 'rgb',
      fit: 'cover',
      interpolation: 'lanczos3',
      scale: 255,
      mean: new Array<number>(channels).fill(0.5),
      std: new Array<number>(channels).fill(0.25),
    },
  });
}

/** What does one step, always on the same random batch. */
function randomSteps({ batchSize: n, size, channels, classes, mode }: BenchJob, session: Session): () => void {
  const random = keyedRandom(0, 'bench');
  const images: HostTensor = {
    shape: [n, size, size, channels],
    data: Uint8Array.from({ length: n * size * size * channels }, () => random.int(256)),
  };
  const batch = {
    images,
    labels: { shape: [n], data: Int32Array.from({ length: n }, () => random.int(classes)) },
    weights: { shape: [n], data: new Float32Array(n).fill(1 / n) },
    seed: { shape: [2], data: Int32Array.of(0, 0) },
  };
  let steps = 0;
  return () => {
    if (mode === 'infer') session.run('infer', { images });
    else session.run('train', { ...batch, scalars: { shape: [SCALAR_COUNT], data: scalarsAt(ADAM, LR, steps++) } });
  };
}

/** Of this process, since it began. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

export const run = implementJob(benchJob, runBenchJob);
