/**
 * What every call of the bridge has in common: its errors, its pages, and how a folder or file is named without a free
 * path.
 */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { ErrorReport } from '../errors.ts';

/**
 * Every call can fail with `STUDIO`: a cause the user can act on, as plain data. Anything else is a fault of Quorum and
 * says only that.
 */
export const procedure = oc.errors({ STUDIO: { status: 422, data: ErrorReport } });

/**
 * A long answer of records that were checked when they were stored: to check each again would take the host longer than
 * to find them.
 */
export const asStored = <T>() => z.custom<T>();

/** Rows `offset … offset + limit` of a list; `total` counts all of them. */
export const PageRequest = z.object({
  offset: z.int().min(0).default(0),
  limit: z.int().min(1).max(1000).default(100),
});
export type PageRequest = z.infer<typeof PageRequest>;

/**
 * A folder or file below a root that the host allows; `path` is relative, with `/`, and may be empty. Roots come from
 * `files.roots` or from a native dialog.
 */
export const FileRef = z.object({ root: z.string().min(1).max(200), path: z.string().max(4096).default('') });
export type FileRef = z.infer<typeof FileRef>;

/** Starts long work: its progress comes as `job` events, its state from `jobs.show`. */
export const JobStarted = z.object({ jobId: z.string() });
export type JobStarted = z.infer<typeof JobStarted>;

/** What a call starts: the name of the work, and what it ends with. It is defined beside the call. */
export interface JobKind<Result extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly result: Result;
}

export function jobKind<Result extends z.ZodRawShape>(name: string, result: Result): JobKind<z.ZodObject<Result>> {
  return { name, result: z.object(result) };
}

/** What undo needs to know. */
export const Removed = z.object({ id: z.string(), name: z.string() });
export type Removed = z.infer<typeof Removed>;

export const Id = z.string().min(1).max(200);
