/** The engine's own checks. */
import { z } from 'zod';
import { DeviceReport } from '../../../../contract/run.ts';
import { DeviceChoice } from '../../../../contract/runSpec.ts';
import { defineJob } from '../../jobMessages.ts';

export const EngineTestJob = z.object({ device: DeviceChoice });
export type EngineTestJob = z.infer<typeof EngineTestJob>;

export const EngineTestResult = z.object({
  device: DeviceReport,
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});
export type EngineTestResult = z.infer<typeof EngineTestResult>;

export const engineTestJob = defineJob('engineTest', EngineTestJob, EngineTestResult);
