/** How long a network takes for one batch on this machine, forward and backward apart. */
import { z } from 'zod';
import { StudioError } from '../../contract/errors.ts';
import { DeviceChoice, ModelOptions, Precision } from '../../contract/runSpec.ts';
import { getModel } from '../models/registry.ts';
import { TimeResult } from '../worker/protocol.ts';
import type { StudioContext, WorkOptions } from './context.ts';
import { runWork } from './runWork.ts';

export const TimeRequest = z.object({
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
export type TimeRequest = z.input<typeof TimeRequest>;

export interface TimingHandlers {
  /** @throws StudioError `input.invalid`, `model.…`, `engine.…`, `run.outOfMemory` */
  run(request: TimeRequest, work?: WorkOptions): Promise<TimeResult>;
}

export function createTimingHandlers(context: StudioContext): TimingHandlers {
  return {
    async run(request, work) {
      const parsed = TimeRequest.safeParse(request);
      if (!parsed.success) throw new StudioError('input.invalid', `The options are not valid: ${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}.`);
      const { model: name, options, size, threads, ...rest } = parsed.data, model = getModel(name);
      const result = await runWork(context, { kind: 'time', model: { name: model.name, options }, size: size ?? model.nativeSize, ...rest }, { ...work, device: rest.device, ...(threads !== undefined && { threads }) });
      return TimeResult.parse(result);
    },
  };
}
