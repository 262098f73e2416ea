/** How long one batch takes. */
import { z } from 'zod';
import { TimeResult } from '../../../../contract/api/timing.ts';
import { DeviceChoice } from '../../../../contract/deviceChoice.ts';
import { ModelSpec, Precision } from '../../../../contract/runSpec.ts';
import { defineJob } from '../../jobMessages.ts';

export const TimeJob = z.object({
  model: ModelSpec,
  size: z.int(),
  channels: z.int(),
  classes: z.int(),
  batchSize: z.int(),
  iterations: z.int().min(1),
  warmUp: z.int().min(0),
  precision: Precision,
  device: DeviceChoice,
});
export type TimeJob = z.infer<typeof TimeJob>;

export const timeJob = defineJob('time', TimeJob, TimeResult);
