/** Runs as the screens show them. */
import { z } from 'zod';
import { InitialWeightsRequest } from '../../fineTuning.ts';
import { Progress } from '../../progress.ts';
import { Run } from '../../run.ts';
import { ModelSpec, RunSpec } from '../../runSpec.ts';

/** Without the class list, which a thousand classes would repeat in every row. */
export const RunRowSpec = RunSpec.omit({ classNames: true, classIds: true }).extend({ classes: z.int() });
export type RunRowSpec = z.infer<typeof RunRowSpec>;

export const RunRow = Run.omit({ spec: true }).extend({
  spec: RunRowSpec,
  datasetName: z.string().nullable(),
  group: z.string().nullable(),
  /** 1 is next; null when not queued. */
  queuePosition: z.int().nullable(),
  attempt: z.int(),
  epoch: z.number(),
  durationMs: z.number(),
  diskBytes: z.number(),
  trashedAt: z.string().nullable(),
  /** Whether there is a checkpoint to continue from. */
  resumable: z.boolean(),
});
export type RunRow = z.infer<typeof RunRow>;

/** Weights that a run can start from. */
export const StartingPointRow = z.object({
  from: InitialWeightsRequest,
  id: z.string(),
  name: z.string(),
  model: ModelSpec,
  size: z.int(),
  classes: z.int(),
});
export type StartingPointRow = z.infer<typeof StartingPointRow>;

/** Live figures of a training run, its pace in images a second; they are not stored. */
export const RunProgress = Progress.extend({
  runId: z.string(),
  step: z.int(),
  epoch: z.number(),
});
export type RunProgress = z.infer<typeof RunProgress>;

/** One metric of one run as columns of equal length, in order of step. */
export const MetricSeries = z.object({
  name: z.string(),
  steps: z.array(z.int()),
  epochs: z.array(z.number()),
  /** Null where the value was no finite number; `nonFinite` says which. */
  values: z.array(z.number().nullable()),
  nonFinite: z.array(z.object({ at: z.int(), kind: z.enum(['nan', 'inf', '-inf']) })),
  /**
   * Stored points; more than `steps` holds when the series was thinned, which keeps each stretch's first, last, lowest
   * and highest.
   */
  total: z.int(),
});
export type MetricSeries = z.infer<typeof MetricSeries>;

export const RunSeries = z.object({
  runId: z.string(),
  /** Changes when a run was resumed, which removes points beyond its checkpoint: then ask again from the start. */
  attempt: z.int(),
  lastStep: z.int(),
  series: z.array(MetricSeries),
});
export type RunSeries = z.infer<typeof RunSeries>;

/**
 * The answer of `runs.series`, which is JSON in itself: so a hundred thousand numbers cross as one text, and were
 * checked when they were stored.
 */
export const parseSeries = (answer: string): RunSeries[] => JSON.parse(answer) as RunSeries[];
