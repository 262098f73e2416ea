/** The engine: what is installed, installing it, and whether it computes. */
import type { EngineStatus, InstallProgress } from '../../../contract/engine.ts';
import { EngineDevice } from '../../../contract/engine.ts';
import { StudioError } from '../../../contract/errors.ts';
import { DeviceChoice } from '../../../contract/runSpec.ts';
import { findGpus } from '../../provision/gpu.ts';
import { installEngine, platformSupported } from '../../provision/install.ts';
import { type InstalledEngine, locateEngine } from '../../provision/installation.ts';
import { engineStatus } from '../../provision/status.ts';
import { engineTestJob, type EngineTestResult } from '../../worker/jobs/engineTest/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runJob } from '../jobs/runJob.ts';

export interface InstallOptions {
  readonly onProgress?: (progress: InstallProgress) => void;
  readonly signal?: AbortSignal;
  /** Reads every byte of an engine that is there already, and repairs it. */
  readonly verify?: boolean;
}

export interface EngineReady {
  /** The installed engine that jobs will use; null = the wasm fallback. */
  readonly engine: InstalledEngine | null;
  /** Set when this is less than what was asked for; always to be shown. */
  readonly notice: string | null;
}

export interface EngineHandlers {
  status(options?: { verify?: boolean }): Promise<EngineStatus>;
  /** @throws StudioError `engine.…`, `file.diskFull`, `file.noPermission` */
  install(device: EngineDevice, options?: InstallOptions): Promise<InstalledEngine>;
  /**
   * Installs what `device` needs unless it is there. `auto` takes the GPU where there is one, else the CPU, and falls back with a notice;
   * @throws StudioError `engine.…` when a device was asked for by name and cannot be had
   */
  ensure(device: DeviceChoice, options?: InstallOptions): Promise<EngineReady>;
  /** Runs the engine's own checks on `device` in a process of its own. @throws StudioError `engine.…`, `run.workerDied` */
  test(request?: { device?: DeviceChoice }, work?: WorkOptions): Promise<EngineTestResult>;
}

export function createEngineHandlers(context: StudioContext): EngineHandlers {
  return {
    status: (options) => engineStatus(options),
    install: (device, options) => installEngine(EngineDevice.parse(device), options),
    async ensure(device, options = {}) {
      if (device === 'wasm') return { engine: null, notice: null };
      if (device === 'cpu' || device === 'gpu')
        return { engine: locateEngine(device) ?? (await installEngine(device, options)), notice: null };
      return ensureAny(options);
    },
    async test({ device = 'auto' } = {}, work) {
      return runJob(context, engineTestJob, { device: DeviceChoice.parse(device) }, { ...work, device });
    },
  };
}

async function ensureAny(options: InstallOptions): Promise<EngineReady> {
  const installedGpu = locateEngine('gpu');
  if (installedGpu) return { engine: installedGpu, notice: null };
  let notice: string | null = null;
  const { gpus, problem } = await findGpus(options.signal ? { signal: options.signal } : {});
  if (gpus.length > 0 && problem === null) {
    try {
      return { engine: await installEngine('gpu', options), notice: null };
    } catch (error) {
      notice = `The GPU (${gpus[0]?.name}) is not used: ${inWords(error)}`;
    }
  } else if (problem !== null) {
    notice = `The GPU is not used: ${problem}`;
  }
  if (!platformSupported())
    return {
      engine: null,
      notice: `There is no native engine for ${process.platform}-${process.arch}: the wasm engine computes, correctly and slowly.`,
    };
  try {
    return { engine: locateEngine('cpu') ?? (await installEngine('cpu', options)), notice };
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return {
      engine: null,
      notice: `${notice ? `${notice} ` : ''}The native engine is not installed: ${inWords(error)} The wasm engine computes instead, correctly and slowly.`,
    };
  }
}

/** Only what the user can act on is worth a fallback; a fault of ours must not hide behind one. */
function inWords(error: unknown): string {
  if (!(error instanceof StudioError)) throw error;
  return `${error.message}${error.remedy ? ` ${error.remedy}` : ''}`;
}
