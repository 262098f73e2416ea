/** What is going on, and what to do next. */
import { z } from 'zod';
import { EngineDevice, GpuInfo } from '../engine.ts';
import { SampleDataset } from './datasets.ts';
import { DatasetRow } from './datasetTypes.ts';
import { JobStatus } from './jobs.ts';
import { procedure } from './procedure.ts';
import { QueueState } from './queue.ts';
import { RunRow } from './runTypes.ts';

export const HostInfo = z.object({
  kind: z.enum(['desktop', 'web']),
  version: z.string(),
  platform: z.string(),
  cpu: z.string(),
  cores: z.int(),
  memoryBytes: z.number(),
  memoryFreeBytes: z.number(),
  /** Of the whole machine, 0–1, over the last second. */
  cpuLoad: z.number(),
  gpus: z.array(GpuInfo.extend({ usedBytes: z.number().nullable(), utilization: z.number().nullable(), temperatureC: z.number().nullable() })),
  dataDir: z.string(),
});
export type HostInfo = z.infer<typeof HostInfo>;

export const HomeSummary = z.object({
  queue: QueueState,
  /** Newest ones that have ended. */
  recent: z.array(RunRow),
  interrupted: z.array(RunRow),
  datasets: z.array(DatasetRow),
  samples: z.array(SampleDataset),
  jobs: z.array(JobStatus),
  engine: z.object({
    /** What a job with device `auto` would compute on. */
    device: z.enum(['gpu', 'cpu', 'wasm']), installed: z.array(EngineDevice), tfVersion: z.string().nullable(), notice: z.string().nullable(),
  }),
  disk: z.object({ freeBytes: z.number(), totalBytes: z.number() }),
});
export type HomeSummary = z.infer<typeof HomeSummary>;

export const homeContract = {
  summary: procedure.output(HomeSummary),
  host: procedure.output(HostInfo),
};
