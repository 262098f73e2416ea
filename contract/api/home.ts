/** The machine, what it computes with, and what the user should know about the data folder. */
import { z } from 'zod';
import { EngineDevice, GpuInfo } from '../engine.ts';
import { procedure } from './procedure.ts';

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
  gpus: z.array(
    GpuInfo.extend({
      usedBytes: z.number().nullable(),
      utilization: z.number().nullable(),
      temperatureC: z.number().nullable(),
      /** By the settings: nothing of Quorum computes on it. */
      leftAlone: z.boolean(),
      /** What computes on it; null when nothing of this data folder does. */
      work: z.object({ runId: z.string().nullable(), title: z.string() }).nullable(),
    }),
  ),
  dataDir: z.string(),
  /** Why nothing can be stored, in words: a full or read-only disk; null when all is well. */
  readOnly: z.string().nullable(),
  /** Folders that pages may look into. */
  roots: z.array(z.string()),
});
export type HostInfo = z.infer<typeof HostInfo>;

/** Runs, data sets, jobs and queue have lists of their own. */
export const HomeSummary = z.object({
  engine: z.object({
    /** What a job with device `auto` would compute on. */
    device: z.enum(['gpu', 'cpu', 'wasm']),
    installed: z.array(EngineDevice),
    tfVersion: z.string().nullable(),
    notice: z.string().nullable(),
  }),
  disk: z.object({ freeBytes: z.number(), totalBytes: z.number() }),
});
export type HomeSummary = z.infer<typeof HomeSummary>;

export const homeContract = {
  summary: procedure.output(HomeSummary),
  host: procedure.output(HostInfo),
  /** What was found, and done, when the data folder was opened: a database made anew, checkpoints that are gone. */
  notices: procedure.output(z.array(z.string())),
  /** They were read; no window shows them again. */
  dismissNotices: procedure.output(z.void()),
};
