/** Throughput of a network on this machine, in a process of its own. */
import { z } from 'zod';
import { DeviceChoice } from '../../../contract/deviceChoice.ts';
import { ModelOptions, Precision } from '../../../contract/runSpec.ts';
import { getModel } from '../../models/registry.ts';
import { benchJob, type BenchResult } from '../../worker/jobs/bench/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runJob } from '../jobs/runJob.ts';
import { parseInput } from '../parseInput.ts';

export const BenchRequest = z.object({
  model: z.string(),
  options: ModelOptions.prefault({}),
  size: z.int().min(1).default(64),
  classes: z.int().min(2).default(200),
  channels: z.int().min(1).default(3),
  batchSize: z.int().min(1).default(64),
  precision: Precision.default('f32'),
  mode: z.enum(['train', 'infer']).default('train'),
  device: DeviceChoice.default('auto'),
  steps: z.int().min(1).default(3),
  rounds: z.int().min(1).default(5),
  leastSeconds: z.number().min(0).default(0),
  threads: z.int().min(1).optional(),
});
export type BenchRequest = z.input<typeof BenchRequest>;

export interface BenchHandlers {
  /** @throws {StudioError} `input.invalid`, `model.…`, `engine.…` */
  run(request: BenchRequest, work?: WorkOptions): Promise<BenchResult>;
}

export function createBenchHandlers(context: StudioContext): BenchHandlers {
  return {
    async run(request, work) {
      const { model, options, threads, ...rest } = parseInput(BenchRequest, request, "The bench's options");
      return runJob(
        context,
        benchJob,
        { model: { name: getModel(model).name, options }, ...rest },
        { ...work, device: rest.device, ...(threads !== undefined && { threads }) },
      );
    },
  };
}
