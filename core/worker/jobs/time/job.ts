/** The time job: how long one batch takes, forward alone and forward with backward, call by call. */
import type { Durations, TimeResult } from '../../../../contract/api/timing.ts';
import type { Optimizer } from '../../../../contract/optimizers.ts';
import { keyedRandom } from '../../../data/random.ts';
import type { HostTensor, Session } from '../../../engine/engine.ts';
import { networkProgram } from '../../../engine/program.ts';
import { describeNetwork } from '../../../models/describe.ts';
import { getModel } from '../../../models/registry.ts';
import { startAtRandom } from '../../startAtRandom.ts';
import { implementJob, progressSender, type JobContext } from '../../jobContext.ts';
import { openEngine } from '../../openEngine.ts';
import { type TimeJob, timeJob } from './messages.ts';

/** Never applied: it only makes the program hold gradients. */
const NO_UPDATE: Optimizer = { kind: 'sgd', momentum: 0, nesterov: false };

export async function runTimeJob(job: TimeJob, context: JobContext): Promise<TimeResult> {
  const engine = await openEngine(job.device);
  const { batchSize, size, channels, classes, iterations, warmUp, precision } = job;
  const model = getModel(job.model.name);
  const shape = { size, channels, classes, options: job.model.options };
  const description = describeNetwork(model, shape);
  const device = engine.device.kind;
  const program = networkProgram({
    model,
    shape,
    preprocessing: null,
    precision,
    device,
    optimizer: NO_UPDATE,
    parts: true,
  });
  const session = engine.load(program);
  let times: CallTimes;
  try {
    startAtRandom(session, program);
    times = await timeCalls(job, session, context);
  } finally {
    session.dispose();
  }
  const { forward, both } = times;
  return {
    model: model.name,
    size,
    batch: batchSize,
    precision,
    iterations,
    warmUp,
    forwardMs: durationsOf(forward),
    forwardBackwardMs: durationsOf(both),
    backwardMs: durationsOf(both.map((ms, i) => Math.max(0, ms - forward[i]!))),
    parameters: description.learnable,
    multiplyAdds: description.multiplyAdds,
    trainingMemoryBytes: description.memory(batchSize, precision).totalBytes,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    device: engine.device,
  };
}

/** Milliseconds, a value a call. */
interface CallTimes {
  readonly forward: number[];
  readonly both: number[];
}

/**
 * Calls are interleaved, so that a machine that slows down slows both; the gradients stay on the device.
 * @throws the signal's reason when stopped
 */
async function timeCalls(
  { batchSize: n, size, channels, classes, iterations, warmUp }: TimeJob,
  session: Session,
  context: JobContext,
): Promise<CallTimes> {
  const random = keyedRandom(0, 'time');
  const images: HostTensor = {
    shape: [n, size, size, channels],
    data: Float32Array.from({ length: n * size * size * channels }, () => 2 * random.uniform() - 1),
  };
  const labels = { shape: [n], data: Int32Array.from({ length: n }, () => random.int(classes)) };
  const weights = { shape: [n], data: new Float32Array(n).fill(1 / n) };
  const seed = { shape: [2], data: Int32Array.of(0, 0) };
  const timed = (call: () => void): number => {
    const from = performance.now();
    call();
    return performance.now() - from;
  };
  const times: CallTimes = { forward: [], both: [] };
  const tell = progressSender(context, 'time', warmUp + iterations);
  for (let i = 0; i < warmUp + iterations; i++) {
    context.signal.throwIfAborted();
    const forwardMs = timed(() => session.run('infer', { images }));
    const bothMs = timed(() => session.run('firstPart', { images, labels, weights, seed }));
    if (i >= warmUp) {
      times.forward.push(forwardMs);
      times.both.push(bothMs);
    }
    tell(i + 1);
    await new Promise(setImmediate);
  }
  return times;
}

/** Percentiles between the nearest ranks. */
function durationsOf(values: readonly number[]): Durations {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const low = Math.floor(place);
    const first = sorted[low]!;
    return first + (place - low) * ((sorted[low + 1] ?? first) - first);
  };
  return { median: at(0.5), p10: at(0.1), p90: at(0.9) };
}

export const run = implementJob(timeJob, runTimeJob);
