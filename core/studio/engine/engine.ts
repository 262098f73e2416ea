/** The engine: what is installed, installing it, and whether it computes. */
import type { EngineStatus, EngineTestReport, InstallProgress } from '../../../contract/engine.ts';
import { EngineDevice, EngineFallback } from '../../../contract/engine.ts';
import { StudioError } from '../../../contract/errors.ts';
import { z } from 'zod';
import { DeviceChoice, kindOf } from '../../../contract/deviceChoice.ts';
import type { GpuFinding } from '../../provision/gpu.ts';
import { installEngine, platformSupported } from '../../provision/install.ts';
import { type InstalledEngine, locateEngine } from '../../provision/installation.ts';
import { engineStatus } from '../../provision/status.ts';
import { engineTestJob } from '../../worker/jobs/engineTest/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runJob } from '../jobs/runJob.ts';

export interface InstallOptions {
  readonly onProgress?: (progress: InstallProgress) => void;
  readonly signal?: AbortSignal;
  /** Reads every byte of an engine that is there already, and repairs it. */
  readonly verify?: boolean;
}

/** What must be installed before a job can start. */
export interface EngineNeed {
  readonly device: EngineDevice;
  /** What could compute instead, if the user says so. */
  readonly fallback: EngineFallback | null;
}

export interface EngineReady {
  /** The installed engine that jobs will use; null = the wasm fallback. */
  readonly engine: InstalledEngine | null;
  /** Set when this is less than what was asked for; always to be shown. */
  readonly notice: string | null;
}

export interface EngineHandlers {
  status(options?: { verify?: boolean }): Promise<EngineStatus>;
  /** @throws {StudioError} `engine.…`, `file.diskFull`, `file.noPermission` */
  install(device: EngineDevice, options?: InstallOptions): Promise<InstalledEngine>;
  /**
   * What a job on `device` lacks; null when it can start. `auto` takes the GPU where there is one, else the CPU, else
   * what the user allowed.
   */
  needed(device: DeviceChoice): Promise<EngineNeed | null>;
  /** The user's choice: work on `auto` goes on with it until an engine is installed. */
  allowFallback(fallback: EngineFallback): Promise<void>;
  /**
   * Installs what `device` needs unless it is there. A slower engine takes its place only where the user allowed it, or
   * where none exists.
   * @throws {StudioError} `engine.…`, `file.…`: it cannot be had; `details.fallback` names what could compute instead
   */
  ensure(device: DeviceChoice, options?: InstallOptions): Promise<EngineReady>;
  /**
   * Runs the engine's own checks on `device` in a process of its own.
   * @throws {StudioError} `engine.…`, `run.workerDied`
   */
  test(request?: { device?: DeviceChoice }, work?: WorkOptions): Promise<EngineTestReport>;
}

const SETTINGS_KEY = 'engine';
const EngineSettings = z.object({ fallback: EngineFallback.nullable().default(null) });

export function createEngineHandlers(context: StudioContext): EngineHandlers {
  const { settings, lanes } = context;

  async function install(device: EngineDevice, options?: InstallOptions): Promise<InstalledEngine> {
    const installed = await installEngine(EngineDevice.parse(device), options);
    await settings.write(SETTINGS_KEY, EngineSettings.parse({}));
    return installed;
  }

  async function neededByAuto(): Promise<EngineNeed | null> {
    if (!platformSupported()) return null;
    // with all GPUs left alone, the processor computes
    if (locateEngine('gpu') && (await lanes.kindOf('auto')) === 'gpu') return null;
    const { fallback } = await settings.read(SETTINGS_KEY, EngineSettings);
    if (fallback === 'wasm') return null;
    const { gpus: found, problem } = await lanes.usableGpus();
    if (!locateEngine('gpu') && found.length > 0 && problem === null && fallback === null)
      return { device: 'gpu', fallback: 'cpu' };
    return locateEngine('cpu') ? null : { device: 'cpu', fallback: 'wasm' };
  }

  async function needed(device: DeviceChoice): Promise<EngineNeed | null> {
    const kind = kindOf(device);
    if (kind === 'wasm') return null;
    if (kind === 'auto') return neededByAuto();
    return locateEngine(kind) ? null : { device: kind, fallback: null };
  }

  return {
    status: (options) => engineStatus(options),
    install,
    needed,
    allowFallback: (fallback) => settings.write(SETTINGS_KEY, { fallback }),
    async ensure(device, options) {
      const need = await needed(device);
      if (need) {
        const engine = await install(need.device, options).catch((error: unknown) => {
          throw withFallback(error, need.fallback);
        });
        return { engine, notice: null };
      }
      const kind = kindOf(device);
      if (kind === 'cpu' || kind === 'gpu') return { engine: locateEngine(kind), notice: null };
      if (kind === 'wasm') return { engine: null, notice: null };
      const onGpu = (await lanes.kindOf('auto')) === 'gpu';
      const engine = onGpu ? locateEngine('gpu') : locateEngine('cpu');
      return { engine, notice: onGpu ? null : await whyNotBetter(engine, () => lanes.usableGpus()) };
    },
    async test({ device = 'auto' } = {}, work) {
      return runJob(context, engineTestJob, { device: DeviceChoice.parse(device) }, { ...work, device });
    },
  };
}

/** The error with what could compute instead in its details. */
export function withFallback(error: unknown, fallback: EngineFallback | null): unknown {
  if (!(error instanceof StudioError)) return error;
  return new StudioError(error.code, error.message, {
    ...(error.remedy !== undefined && { remedy: error.remedy }),
    details: { ...error.details, fallback },
    cause: error,
  });
}

async function whyNotBetter(
  engine: InstalledEngine | null,
  askForGpus: () => Promise<GpuFinding>,
): Promise<string | null> {
  if (!engine)
    return platformSupported()
      ? 'The wasm engine computes, as you chose: correctly and slowly.'
      : `There is no native engine for ${process.platform}-${process.arch}: the wasm engine ` +
          'computes, correctly and slowly.';
  const { gpus, problem } = await askForGpus();
  if (problem !== null) return `The GPU is not used: ${problem}`;
  return gpus.length > 0 ? `The CPU computes, as you chose, not the GPU (${gpus[0]?.name}).` : null;
}
