/** Long work that is no training: imports, evaluations, probes, installations. */
import { z } from 'zod';
import { DatasetCheck } from '../dataset.ts';
import { EngineTestReport } from '../engine.ts';
import { ErrorReport } from '../errors.ts';
import { DeviceReport } from '../run.ts';
import { DatasetPreview } from './datasetTypes.ts';
import { LrRangeResult } from '../lrRange.ts';
import { Progress } from '../progress.ts';
import { procedure, Id } from './procedure.ts';
import { SelfCheck, WeightsInspection } from '../weights.ts';

export const JobKind = z.enum([
  'inspect',
  'import',
  'check',
  'probe',
  'installEngine',
  'testEngine',
  'export',
  'inspectWeights',
  'importWeights',
  'exportWeights',
  'selfCheck',
  'evaluate',
  'reproduce',
  'time',
  'duplicates',
  'lrRange',
]);
export type JobKind = z.infer<typeof JobKind>;

/** Measured on this machine, with the settings asked about. */
export const ProbeReport = z.object({
  device: DeviceReport,
  imagesPerSec: z.number(),
  stepMs: z.number(),
  firstStepSeconds: z.number(),
  /** Of the job process, host memory. */
  peakRssBytes: z.number(),
  stepsPerEpoch: z.int(),
  totalSteps: z.int(),
  /** From the start of the process to the end of the last epoch: first step, steps, validation; without checkpoints. */
  secondsToFinish: z.number(),
  checkpointBytes: z.number(),
});
export type ProbeReport = z.infer<typeof ProbeReport>;

/** A file made for download; the addresses are relative to the studio's own origin. */
export const ExportedFile = z.object({
  url: z.string(),
  sidecarUrl: z.string().nullable(),
  fileName: z.string(),
  rows: z.int(),
  sizeBytes: z.number(),
  sha256: z.string(),
});
export type ExportedFile = z.infer<typeof ExportedFile>;

/**
 * Exported weights: where they lie on the host's disk, and the addresses to download them from. Folders are downloaded
 * as one tar archive.
 */
export const ExportedWeights = z.object({
  path: z.string(),
  url: z.string(),
  fileName: z.string(),
  cardUrl: z.string(),
  sizeBytes: z.number(),
  sha256: z.string().nullable(),
  notes: z.array(z.string()),
});
export type ExportedWeights = z.infer<typeof ExportedWeights>;

export const JobResult = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('preview'), preview: DatasetPreview }),
  z.object({ kind: z.literal('dataset'), datasetId: z.string() }),
  z.object({ kind: z.literal('check'), datasetId: z.string(), report: DatasetCheck }),
  z.object({ kind: z.literal('probe'), report: ProbeReport }),
  z.object({ kind: z.literal('engine'), folder: z.string() }),
  z.object({ kind: z.literal('engineTest'), report: EngineTestReport }),
  z.object({ kind: z.literal('export'), file: ExportedFile }),
  z.object({ kind: z.literal('inspection'), inspection: WeightsInspection }),
  z.object({ kind: z.literal('weights'), weightsId: z.string() }),
  z.object({ kind: z.literal('weightsExport'), file: ExportedWeights }),
  z.object({ kind: z.literal('selfCheck'), weightsId: z.string(), check: SelfCheck }),
  z.object({ kind: z.literal('evaluations'), evaluationIds: z.array(z.string()), notes: z.array(z.string()) }),
  z.object({ kind: z.literal('timing'), timingIds: z.array(z.string()) }),
  z.object({ kind: z.literal('duplicates'), datasetId: z.string() }),
  z.object({ kind: z.literal('lrRange'), range: LrRangeResult }),
]);
export type JobResult = z.infer<typeof JobResult>;

export const JobStatus = z.object({
  id: z.string(),
  kind: JobKind,
  /** What it works on, in words: "Import flowers". */
  title: z.string(),
  /** `waiting`: another job has the device. */
  state: z.enum(['waiting', 'running', 'finished', 'failed', 'cancelled']),
  ...Progress.shape,
  /** Data set or run it is about. */
  subjectId: z.string().nullable(),
  error: ErrorReport.nullable(),
  result: JobResult.nullable(),
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
