/** The engine: installed or not, installing it, testing it. */
import { z } from 'zod';
import { EngineDevice, EngineStatus } from '../engine.ts';
import { DeviceChoice } from '../runSpec.ts';
import { JobStarted, procedure } from './procedure.ts';

export const engineContract = {
  status: procedure.input(z.object({ verify: z.boolean().default(false) }).prefault({})).output(EngineStatus),
  /** Result: `engine`. */
  install: procedure.input(z.object({ device: EngineDevice })).output(JobStarted),
  /** Result: `engineTest`. */
  test: procedure.input(z.object({ device: DeviceChoice.default('auto') }).prefault({})).output(JobStarted),
};
