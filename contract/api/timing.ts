/** How long networks take for a batch on this machine. */
import { z } from 'zod';
import { DeviceReport } from '../run.ts';
import { DeviceChoice } from '../deviceChoice.ts';
import { ModelOptions, Precision } from '../runSpec.ts';
import { Id, jobKind, JobStarted, procedure } from './procedure.ts';

/** Milliseconds. */
export const Durations = z.object({ median: z.number(), p10: z.number(), p90: z.number() });
export type Durations = z.infer<typeof Durations>;

/** `backwardMs` is the difference of the other two, call by call. */
export const TimeResult = z.object({
  model: z.string(),
  size: z.int(),
  batch: z.int(),
  precision: Precision,
  iterations: z.int(),
  warmUp: z.int(),
  forwardMs: Durations,
  backwardMs: Durations,
  forwardBackwardMs: Durations,
  parameters: z.int(),
  multiplyAdds: z.number(),
  trainingMemoryBytes: z.number(),
  peakRssBytes: z.number(),
  device: DeviceReport,
});
export type TimeResult = z.infer<typeof TimeResult>;

export const TimeRow = TimeResult.extend({ id: z.string(), createdAt: z.string() });
export type TimeRow = z.infer<typeof TimeRow>;

export const TimeQuestion = z.object({
  model: z.string(),
  options: ModelOptions.prefault({}),
  /** The network's own unless given. */
  size: z.int().min(1).optional(),
  classes: z.int().min(2).default(1000),
  channels: z.int().min(1).default(3),
  batchSize: z.int().min(1).default(1),
  iterations: z.int().min(1).max(100_000).default(100),
  warmUp: z.int().min(0).max(1000).default(5),
  precision: Precision.default('f32'),
  device: DeviceChoice.default('auto'),
  threads: z.int().min(1).optional(),
});
export type TimeQuestion = z.infer<typeof TimeQuestion>;

export const timeJob = jobKind('time', { timingIds: z.array(z.string()) });

export const timingContract = {
  /** One after another. Job: `timeJob`. */
  run: procedure.input(z.object({ questions: z.array(TimeQuestion).min(1).max(200) })).output(JobStarted),
  /** Newest first. */
  list: procedure.output(z.array(TimeRow)),
  remove: procedure.input(z.object({ timing: Id })).output(z.object({ id: z.string() })),
};
