/** Runs one job to its end under a caller's signals. */
import type { z } from 'zod';
import { StudioError } from '../../../contract/errors.ts';
import type { DeviceChoice } from '../../../contract/runSpec.ts';
import type { JobDefinition } from '../../worker/jobMessages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import type { RunningJob } from './jobProcess.ts';

/**
 * A job that was asked to stop has this long to put away what it began; one that hangs in native code hears nothing.
 */
const STOP_GRACE_MS = 15_000;

/**
 * The result of the job that `definition` describes; aborting `signal` stops it and kills it if it does not end,
 * `killSignal` kills it.
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
  const running = context.startJob(definition.of(request), rest);
  const release = followSignals(running, signal, killSignal);
  try {
    return definition.result.parse(await running.result);
  } catch (error) {
    // Whatever a job says that was told to stop, the stop is why.
    throw signal?.aborted ? stopped(error) : error;
  } finally {
    release();
  }
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
