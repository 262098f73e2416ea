/**
 * What crosses between a host and its job process, as plain JSON: one job a process, progress and events on the way,
 * one end.
 */
import { z } from 'zod';
import { ErrorReport } from '../../contract/errors.ts';
import { Progress } from '../../contract/progress.ts';
import { TrainEvent } from '../../contract/run.ts';

/** Environment variable of a job process: how far it gives way to other programs, as `os.setPriority` takes it. */
export const PRIORITY_VARIABLE = 'QUORUM_JOB_PRIORITY';

/** Environment variable of a job process: set where it leaves half of the cores to other programs. */
export const SHARING_VARIABLE = 'QUORUM_JOB_SHARES';

/** Environment variable of a job process: `cpu` where the GPUs are not for it, whatever engine is installed. */
export const DEVICE_VARIABLE = 'QUORUM_JOB_DEVICE';

/** A job on its way: `kind` is the name of its folder below `jobs/`, `request` what that folder's messages say. */
export const Job = z.object({ kind: z.string().regex(/^[a-z]+$/i), request: z.unknown() });
export type Job = z.infer<typeof Job>;

/** What a job is asked and what it answers; its work is `run` of the file `job.ts` in the same folder. */
export interface JobDefinition<Request extends z.ZodType = z.ZodType, Result extends z.ZodType = z.ZodType> {
  readonly kind: string;
  readonly request: Request;
  readonly result: Result;
  /** The job, ready to be sent. */
  of(request: z.input<Request>): Job;
}

/** The registration of a job: `kind` must be the name of its folder. */
export function defineJob<Request extends z.ZodType, Result extends z.ZodType>(
  kind: string,
  request: Request,
  result: Result,
): JobDefinition<Request, Result> {
  return { kind, request, result, of: (asked) => ({ kind, request: asked }) };
}

export const HostMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), job: Job }),
  /** Finish the step, save, end. */
  z.object({ type: z.literal('stop') }),
  /** The checkpoint of this number is in the host's records: older ones may go. */
  z.object({ type: z.literal('recorded'), seq: z.int() }),
]);
export type HostMessage = z.infer<typeof HostMessage>;

export const WorkerMessage = z.discriminatedUnion('type', [
  Progress.extend({ type: z.literal('progress') }),
  z.object({ type: z.literal('event'), event: TrainEvent }),
  z.object({ type: z.literal('log'), level: z.enum(['info', 'warn', 'error']), text: z.string() }),
  /** What the job answers, by its definition's `result`. */
  z.object({ type: z.literal('done'), result: z.unknown() }),
  z.object({ type: z.literal('failed'), error: ErrorReport }),
]);
export type WorkerMessage = z.infer<typeof WorkerMessage>;
