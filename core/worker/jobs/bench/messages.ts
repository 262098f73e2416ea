/** Images a second of a network on this machine. */
import { z } from 'zod';
import { DeviceReport } from '../../../../contract/run.ts';
import { DeviceChoice } from '../../../../contract/deviceChoice.ts';
import { ModelSpec, Precision } from '../../../../contract/runSpec.ts';
import { defineJob } from '../../jobMessages.ts';

export const BenchJob = z.object({
  model: ModelSpec,
  size: z.int(),
  classes: z.int(),
  channels: z.int().default(3),
  batchSize: z.int(),
  precision: Precision,
  mode: z.enum(['train', 'infer']),
  device: DeviceChoice,
  steps: z.int(),
  rounds: z.int(),
  /** Further rounds follow until as many seconds have been measured. */
  leastSeconds: z.number().default(0),
});
export type BenchJob = z.infer<typeof BenchJob>;

export const BenchResult = z.object({
  framework: z.literal('quorum'),
  version: z.string(),
  model: z.string(),
  size: z.int(),
  batch: z.int(),
  precision: Precision,
  mode: z.enum(['train', 'infer']),
  compile: z.literal(false),
  imagesPerSec: z.number(),
  median: z.number(),
  rounds: z.array(z.number()),
  peakRssBytes: z.number(),
  device: DeviceReport,
  firstStepSeconds: z.number(),
  /** What the processor has worked, all cores together: until the first step is done, and for each later one. */
  cpuSeconds: z.object({ firstStep: z.number(), step: z.number() }),
});
export type BenchResult = z.infer<typeof BenchResult>;

export const benchJob = defineJob('bench', BenchJob, BenchResult);
