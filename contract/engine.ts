/** The native engine as the user sees it: what is installed, what it would take, and how an installation goes on. */
import { z } from 'zod';
import { ErrorReport } from './errors.ts';
import { Progress } from './progress.ts';
import { DeviceReport } from './run.ts';

/** `gpu` computes on an NVIDIA GPU; the wasm fallback needs no installation and is therefore not listed. */
export const EngineDevice = z.enum(['cpu', 'gpu']);
export type EngineDevice = z.infer<typeof EngineDevice>;

export const GpuInfo = z.object({
  /** As nvidia-smi counts, from 0. */
  index: z.int(),
  uuid: z.string(),
  name: z.string(),
  memoryBytes: z.number(),
  /** Version of NVIDIA's driver. */
  driver: z.string(),
  /** CUDA compute capability such as `9.0`; null when the driver does not tell. */
  computeCapability: z.string().nullable(),
});
export type GpuInfo = z.infer<typeof GpuInfo>;

export const EngineDeviceStatus = z.object({
  device: EngineDevice,
  state: z.enum(['installed', 'missing', 'damaged']),
  /** Where TensorFlow came from: the pinned wheel, or a folder the user named. */
  source: z.enum(['wheel', 'local']).nullable(),
  tfVersion: z.string().nullable(),
  folder: z.string(),
  sizeBytes: z.number(),
  /** What an installation would have to download now. */
  downloadBytes: z.number(),
  /** In words, each one a thing found wrong. */
  problems: z.array(z.string()),
});
export type EngineDeviceStatus = z.infer<typeof EngineDeviceStatus>;

/** A program that the installation needs (nothing of it is needed at run time). */
export const EngineTool = z.object({
  tool: z.enum(['python', 'compiler']),
  found: z.string().nullable(),
  problem: z.string().nullable(),
  remedy: z.string().nullable(),
});
export type EngineTool = z.infer<typeof EngineTool>;

export const EngineStatus = z.object({
  /** Such as `linux-x64`. */
  platform: z.string(),
  /** Whether the native engine exists for this platform; elsewhere only wasm computes. */
  supported: z.boolean(),
  cacheFolder: z.string(),
  /** The TensorFlow version this release is pinned to. */
  tfVersion: z.string(),
  devices: z.array(EngineDeviceStatus),
  gpus: z.array(GpuInfo),
  /** Why a GPU cannot be used although there may be one; null when all is well. */
  gpuProblem: z.string().nullable(),
  tools: z.array(EngineTool),
});
export type EngineStatus = z.infer<typeof EngineStatus>;

/** What may compute where the engine that a job needs cannot be had: the user's choice, never taken in silence. */
export const EngineFallback = z.enum(['cpu', 'wasm']);
export type EngineFallback = z.infer<typeof EngineFallback>;

/** Why runs wait that could start: the engine they need is being installed, or could not be. */
export const EngineWait = z.discriminatedUnion('state', [
  /** `jobId` names the installation in the list of jobs, which tells how far it is. */
  z.object({ state: z.literal('installing'), device: EngineDevice, jobId: z.string().nullable() }),
  /**
   * Until somebody chooses: install it again, or compute with `fallback`; null where nothing else can compute these
   * runs.
   */
  z.object({
    state: z.literal('failed'),
    device: EngineDevice,
    error: ErrorReport,
    fallback: EngineFallback.nullable(),
  }),
]);
export type EngineWait = z.infer<typeof EngineWait>;

/** A few times a second while an engine is installed; bytes, except in stages whose length is not known (`total` 0). */
export const InstallProgress = Progress.extend({
  stage: z.enum(['wait', 'download', 'verify', 'unpack', 'compile']),
  label: z.string(),
});
export type InstallProgress = z.infer<typeof InstallProgress>;

/** What the engine's own checks found. */
export const EngineTestReport = z.object({
  device: DeviceReport,
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});
export type EngineTestReport = z.infer<typeof EngineTestReport>;
