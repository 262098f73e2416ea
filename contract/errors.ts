/** The errors a user can act on: one code each, a message that says what happened, and a remedy. */
import { z } from 'zod';

export const ErrorCode = z.enum([
  // data sets
  'dataset.notFound',
  'dataset.unknownLayout',
  'dataset.layoutMismatch',
  'dataset.emptyClass',
  'dataset.oneClass',
  'dataset.empty',
  'dataset.missingAnnotations',
  'dataset.recordSize',
  'dataset.labelRange',
  'dataset.noPermission',
  'dataset.changed',
  'dataset.nested',
  'dataset.columns',
  'dataset.nameTaken',
  'dataset.inUse',
  'dataset.missingSplit',
  'dataset.limit',
  'dataset.unavailable',
  // archives of data sets
  'archive.hostile',
  'archive.limit',
  'archive.damaged',
  'archive.unsupported',
  'archive.notLookedInto',
  // files
  'file.notFound',
  'file.noPermission',
  'file.diskFull',
  'file.damaged',
  'file.exists',
  'file.tooManyOpen',
  'file.tooLarge',
  'file.unreachable',
  // engine
  'engine.notInstalled',
  'engine.offline',
  'engine.noPython',
  'engine.noCompiler',
  'engine.damaged',
  'engine.noGpu',
  'engine.unsupported',
  // networks and weights
  'model.unknown',
  'model.badOption',
  'model.inputTooSmall',
  'weights.inUse',
  'weights.mismatch',
  'weights.damaged',
  'weights.hostile',
  'weights.limit',
  'weights.unsupported',
  'weights.notWeights',
  // runs
  'run.notFound',
  'run.badSpec',
  'run.diverged',
  'run.noCheckpoint',
  'run.inUse',
  'run.outOfMemory',
  'run.hung',
  'run.workerDied',
  // other places that runs train at
  'place.unknown',
  'place.refused',
  'place.unreachable',
  'place.hostKey',
  'place.keyRefused',
  'place.programMissing',
  // ensembles and predictions
  'ensemble.notFound',
  'ensemble.badMembers',
  'prediction.notFound',
  'prediction.classMismatch',
  'prediction.classMap',
  'prediction.invalid',
  // the database of runs
  'database.damaged',
  'database.newer',
  'database.foreign',
  'database.busy',
  'database.unsupported',
  // files from the network
  'fetch.refused',
  'fetch.notFound',
  'fetch.offline',
  'fetch.changed',
  'fetch.licence',
  // asked to stop before it was done
  'job.stopped',
  // more work at once than a host takes on
  'job.tooMany',
  // anything else a caller got wrong
  'input.invalid',
]);
export type ErrorCode = z.infer<typeof ErrorCode>;

export const ErrorReport = z.object({
  code: ErrorCode,
  message: z.string(),
  remedy: z.string().optional(),
  details: z.record(z.string(), z.json()).optional(),
});
export type ErrorReport = z.infer<typeof ErrorReport>;

/** Thrown wherever the user can act on the cause; everything else is a plain Error and a bug. */
export class StudioError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly details: ErrorReport['details'];

  constructor(
    code: ErrorCode,
    message: string,
    options: { remedy?: string; details?: ErrorReport['details']; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'StudioError';
    this.code = code;
    this.remedy = options.remedy;
    this.details = options.details;
  }

  /** The plain object that crosses a process border. */
  toReport(): ErrorReport {
    return {
      code: this.code,
      message: this.message,
      ...(this.remedy && { remedy: this.remedy }),
      ...(this.details && { details: this.details }),
    };
  }

  static fromReport(report: ErrorReport): StudioError {
    return new StudioError(report.code, report.message, report);
  }
}
