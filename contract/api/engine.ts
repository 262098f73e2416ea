/** The engine: installed or not, installing it, testing it. */
import { z } from 'zod';
import { EngineDevice, EngineFallback, EngineStatus, EngineTestReport } from '../engine.ts';
import { DeviceChoice } from '../deviceChoice.ts';
import { jobKind, JobStarted, procedure } from './procedure.ts';

export const installEngineJob = jobKind('installEngine', { folder: z.string() });
export const testEngineJob = jobKind('testEngine', { report: EngineTestReport });

export const engineContract = {
  status: procedure.input(z.object({ verify: z.boolean().default(false) }).prefault({})).output(EngineStatus),
  /** Job: `installEngineJob`. One that is being installed is joined; runs that wait for it start when it is there. */
  install: procedure.input(z.object({ device: EngineDevice })).output(JobStarted),
  /**
   * The user's choice where the installation failed (`QueueState.engine`): all work goes on with it until an engine is
   * installed.
   */
  useFallback: procedure.input(z.object({ fallback: EngineFallback })).output(z.void()),
  /** Job: `testEngineJob`. */
  test: procedure.input(z.object({ device: DeviceChoice.default('auto') }).prefault({})).output(JobStarted),
};
