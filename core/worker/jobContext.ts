/** What a job gets from its process: ways to tell the host, and the host's wish to stop. */
import type { z } from 'zod';
import type { OnProgress } from '../../contract/progress.ts';
import type { JobDefinition, WorkerMessage } from './jobMessages.ts';

export interface JobContext {
  readonly send: (message: WorkerMessage) => void;
  readonly signal: AbortSignal;
  /** Number of the newest checkpoint that the host has recorded; left out where nobody keeps records. */
  readonly recordedSeq?: () => number | null;
  /** `performance.now()` when the process began. */
  readonly startedAt: number;
}

/** A job's work, as the process starts it: what was asked is looked at first. */
export type RunJob = (request: unknown, context: JobContext) => Promise<unknown>;

/** Gives the job of a folder its work. */
export function implementJob<Request extends z.ZodType, Result extends z.ZodType>(
  { request: Asked }: JobDefinition<Request, Result>,
  work: (request: z.output<Request>, context: JobContext) => Promise<z.input<Result>>,
): RunJob {
  return (request, context) => work(Asked.parse(request), context);
}

/** Passes on the progress that a stage reports by itself, a few times a second. */
export function tellProgress({ send }: JobContext): OnProgress {
  return (progress) => {
    send({ type: 'progress', ...progress });
  };
}

const EVERY_MS = 200;

/** Progress messages a few times a second, with a rate over the whole stage; the last one always goes out. */
export function progressSender({ send }: JobContext, stage: string, total: number): (done: number) => void {
  const began = performance.now();
  let sent = -Infinity;
  return (done) => {
    const now = performance.now();
    if (now - sent < EVERY_MS && done < total) return;
    sent = now;
    const perSec = done / Math.max(1e-3, (now - began) / 1000);
    send({ type: 'progress', stage, done, total, perSec, secondsLeft: perSec > 0 ? (total - done) / perSec : null });
  };
}
