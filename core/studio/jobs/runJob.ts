/** Runs one job to its end under a caller's signals. */
import type { z } from 'zod';
import { StudioError } from '../../../contract/errors.ts';
import type { DeviceChoice } from '../../../contract/deviceChoice.ts';
import type { JobDefinition } from '../../worker/jobMessages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import type { LaneHold } from '../lanes/laneBook.ts';
import type { RunningJob } from './jobProcess.ts';

/**
 * A job that was asked to stop has this long to put away what it began; one that hangs in native code hears nothing.
 */
const STOP_GRACE_MS = 15_000;

/**
 * The result of the job that `definition` describes; aborting `signal` stops it and kills it if it does not end,
 * `killSignal` kills it. A job with a device waits for a lane there, unless it is given one.
 * @throws {StudioError} `job.stopped`, `run.workerDied`, and what the job itself throws
 */
export async function runJob<Request extends z.ZodType, Result extends z.ZodType>(
  context: StudioContext,
  definition: JobDefinition<Request, Result>,
  request: z.input<Request>,
  options: WorkOptions & {
    readonly device?: DeviceChoice;
    readonly threads?: number;
    readonly logFile?: string;
    readonly decodeDiary?: string;
  } = {},
): Promise<z.output<Result>> {
  const { signal, killSignal, ...rest } = options;
  if (signal?.aborted) throw stopped();
  const hold = await laneOf(context, definition.kind, options);
  try {
    if (signal?.aborted) throw stopped();
    const running = context.startJob(definition.of(request), { ...rest, ...(hold && { lane: hold.lane }) });
    const disconnect = followSignals(running, signal, killSignal);
    try {
      return definition.result.parse(await running.result);
    } catch (error) {
      // Whatever a job says that was told to stop, the stop is why.
      if (signal?.aborted) throw stopped(error);
      throw (hold && (await context.lanes.vanished(hold.lane))) ?? error;
    } finally {
      disconnect();
    }
  } finally {
    await hold?.release();
  }
}

/** What a job is called where others wait for its lane. */
const TITLES: Readonly<Record<string, string>> = {
  evaluate: 'an evaluation',
  time: 'a timing',
  bench: 'a measurement',
  lrRange: 'a learning rate range test',
  selfCheck: 'a check of weights',
  forwardCheck: 'a check of weights',
  engineTest: 'a test of the engine',
};

/** Null for a job that computes nothing. */
async function laneOf(
  { lanes }: StudioContext,
  kind: string,
  { device, lane, signal, onProgress }: WorkOptions & { readonly device?: DeviceChoice },
): Promise<LaneHold | null> {
  if (device === undefined) return null;
  if (lane) return { lane, release: async () => undefined };
  return lanes.enter(
    device,
    { runId: null, title: TITLES[kind] ?? kind },
    {
      signal,
      onWait: (stage) => onProgress?.({ stage, done: 0, total: 0, perSec: null, secondsLeft: null }),
    },
  );
}

/** Connects a job to its caller's signals; returns what disconnects them. */
export function followSignals(running: RunningJob, signal?: AbortSignal, killSignal?: AbortSignal): () => void {
  let grace: NodeJS.Timeout | undefined;
  const stop = (): void => {
    running.stop();
    grace = setTimeout(() => running.kill(), STOP_GRACE_MS);
  };
  const kill = (): void => running.kill();
  signal?.addEventListener('abort', stop, { once: true });
  killSignal?.addEventListener('abort', kill, { once: true });
  return () => {
    clearTimeout(grace);
    signal?.removeEventListener('abort', stop);
    killSignal?.removeEventListener('abort', kill);
  };
}

function stopped(cause?: unknown): StudioError {
  return new StudioError('job.stopped', 'Stopped; nothing of this step was kept.', { cause });
}
