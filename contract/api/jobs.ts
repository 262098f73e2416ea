/** Long work that is no training: imports, evaluations, probes, installations. */
import { z } from 'zod';
import { ErrorReport } from '../errors.ts';
import { Progress } from '../progress.ts';
import { Id, procedure } from './procedure.ts';

export const JobStatus = z.object({
  id: z.string(),
  /** The name of its `jobKind`. */
  kind: z.string(),
  /** What it works on, in words: "Import flowers". */
  title: z.string(),
  /** `waiting`: another job has the device. */
  state: z.enum(['waiting', 'running', 'finished', 'failed', 'cancelled']),
  ...Progress.shape,
  /** Data set or run it is about. */
  subjectId: z.string().nullable(),
  error: ErrorReport.nullable(),
  /** What its `jobKind` ends with; null until it has finished. */
  result: z.unknown(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
});
export type JobStatus = z.infer<typeof JobStatus>;

export const jobsContract = {
  /** Jobs of this session of the host, newest first. */
  list: procedure.output(z.array(JobStatus)),
  show: procedure.input(z.object({ job: Id })).output(JobStatus),
  /** Stops where that is safe; nothing half-made is kept. */
  cancel: procedure.input(z.object({ job: Id })).output(JobStatus),
};
