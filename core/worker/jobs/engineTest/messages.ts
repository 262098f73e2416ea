/** The engine's own checks. */
import { z } from 'zod';
import { EngineTestReport } from '../../../../contract/engine.ts';
import { DeviceChoice } from '../../../../contract/deviceChoice.ts';
import { defineJob } from '../../jobMessages.ts';

export const EngineTestJob = z.object({ device: DeviceChoice });
export type EngineTestJob = z.infer<typeof EngineTestJob>;

export const engineTestJob = defineJob('engineTest', EngineTestJob, EngineTestReport);
