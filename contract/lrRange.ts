/** A learning rate range test: how the loss moves while the rate rises (Smith 2017, §3.3). */
import { z } from 'zod';
import { DeviceReport } from './run.ts';

export const LrRangeResult = z.object({
  /** `smoothLoss`: exponential mean of the losses so far, bias corrected. */
  points: z.array(z.object({ step: z.int(), lr: z.number(), loss: z.number(), smoothLoss: z.number() })),
  /** Where the loss falls fastest; null where it never falls. */
  suggested: z.number().nullable(),
  /** Where the loss falls at all, up to its least; null where it never falls. */
  usable: z.object({ from: z.number(), to: z.number() }).nullable(),
  device: DeviceReport,
});
export type LrRangeResult = z.infer<typeof LrRangeResult>;
