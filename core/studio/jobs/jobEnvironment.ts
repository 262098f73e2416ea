/** Environment of a job process: what it needs to find its engine, for that process alone. */
import { availableParallelism } from 'node:os';
import { type DeviceChoice, kindOf } from '../../../contract/deviceChoice.ts';
import { engineEnvironment } from '../../provision/environment.ts';
import { checkDatasetJob } from '../../worker/jobs/checkDataset/messages.ts';
import { findDuplicatesJob } from '../../worker/jobs/findDuplicates/messages.ts';
import { importJob } from '../../worker/jobs/import/messages.ts';
import { probePicturesJob } from '../../worker/jobs/probePictures/messages.ts';
import { DEVICE_VARIABLE, SHARING_VARIABLE } from '../../worker/jobMessages.ts';
import { type InstalledEngine, locateEngine } from '../../provision/installation.ts';
import type { Lane } from '../lanes/machineLanes.ts';

/** How a job computes on the processor. */
export interface ProcessorUse {
  /** Threads that compute; all cores, or half of them where the processor is shared. */
  readonly threads?: number | undefined;
  /** Leaves cores to other programs: with fewer threads, which sleep while they wait for each other. */
  readonly shared?: boolean | undefined;
}

/** Where an engine's threads come from OpenMP, they sleep at once while they wait. */
const NO_SPINNING = { OMP_WAIT_POLICY: 'PASSIVE', KMP_BLOCKTIME: '0', GOMP_SPINCOUNT: '0' } as const;

/** Jobs that decode many images and load no engine. */
const DECODING_JOBS: readonly string[] = [
  importJob.kind,
  checkDatasetJob.kind,
  findDuplicatesJob.kind,
  probePicturesJob.kind,
];
/**
 * Large blocks go back to the system at once, and few threads' leftovers are kept: else each large image leaves some
 * ten megabytes behind. An engine would lose time by that.
 */
const RETURN_MEMORY = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '1000000' } as const;

/** What a `kind` job's memory allocator is told (glibc; others do not read it). */
export function allocatorEnvironment(kind: string): Readonly<Record<string, string>> {
  return DECODING_JOBS.includes(kind) ? RETURN_MEMORY : {};
}

/**
 * The host's own environment, the library path of the engine that `device` means, the one GPU of its lane, and where
 * asked for the number of threads of TensorFlow and oneDNN. The loader reads the library path once, when a process
 * starts: a job cannot set it for itself.
 */
export function jobEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  device: DeviceChoice,
  { threads, shared = false }: ProcessorUse = {},
  lane?: Lane,
): Record<string, string> {
  const onCpu = kindOf(device) === 'auto' && lane?.kind === 'cpu';
  const engine = engineOf(onCpu ? 'cpu' : device, own);
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) if (value !== undefined) env[name] = value;
  // Pictures are decoded on libuv's threads, four unless told otherwise.
  env['UV_THREADPOOL_SIZE'] ??= String(Math.max(4, availableParallelism()));
  if (engine) Object.assign(env, engineEnvironment(engine, own));
  if (onCpu) env[DEVICE_VARIABLE] = 'cpu';
  if (lane?.kind === 'gpu' && lane.gpu) env['CUDA_VISIBLE_DEVICES'] = lane.gpu.uuid;
  const computing = threads ?? (shared ? Math.max(1, Math.floor(availableParallelism() / 2)) : undefined);
  if (computing !== undefined) {
    env['TF_NUM_INTRAOP_THREADS'] = String(computing);
    env['OMP_NUM_THREADS'] = String(computing);
  }
  if (shared) Object.assign(env, { TF_NUM_INTEROP_THREADS: '1', [SHARING_VARIABLE]: '1' }, NO_SPINNING);
  return env;
}

function engineOf(device: DeviceChoice, own: NodeJS.ProcessEnv): InstalledEngine | null {
  const kind = kindOf(device);
  if (kind === 'wasm') return null;
  if (kind === 'cpu') return locateEngine('cpu', own);
  return locateEngine('gpu', own) ?? (kind === 'auto' ? locateEngine('cpu', own) : null);
}
