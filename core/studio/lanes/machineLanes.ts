/** The lanes of a machine: the places where one job computes at a time. */
import { availableParallelism } from 'node:os';
import type { LaneSettings } from '../../../contract/api/settings.ts';
import { cardOf, type DeviceChoice, gpuChoice, kindOf } from '../../../contract/deviceChoice.ts';
import type { GpuInfo } from '../../../contract/engine.ts';
import { StudioError } from '../../../contract/errors.ts';
import { gpuWords } from '../../../pure/gpuWords.ts';
import { NAMELESS_GPU } from '../../db/laneRepository.ts';

/** `gpu` is null where the driver does not tell its GPUs apart: CUDA takes the first it finds. */
export type GpuLane = { readonly kind: 'gpu'; readonly id: string; readonly gpu: GpuInfo | null };
/** `threads` is null where the engine chooses. */
export type CpuLane = { readonly kind: 'cpu'; readonly id: string; readonly threads: number | null };
export type Lane = GpuLane | CpuLane;

export interface MachineDevices {
  readonly gpus: readonly GpuInfo[];
  /** Whether the engine for GPUs is installed. */
  readonly gpuEngine: boolean;
  /** UUIDs and names of GPUs that were here before. */
  readonly names: Readonly<Record<string, string>>;
}

/** What computes on the processor without a lane of its own: work that waits for nobody there. */
export const PASSING: CpuLane = { kind: 'cpu', id: 'cpu', threads: null };

export function cpuLanes({ cpuLanes: count, threadsPerLane }: LaneSettings): CpuLane[] {
  const share = Math.max(1, Math.floor(availableParallelism() / count));
  const threads = threadsPerLane ?? (count > 1 ? share : null);
  return Array.from({ length: count }, (_, i) => ({ kind: 'cpu', id: `cpu:${i}`, threads }));
}

export function isLeftAlone({ uuid }: Pick<GpuInfo, 'uuid'>, { gpusLeftAlone }: LaneSettings): boolean {
  return gpusLeftAlone.includes(uuid);
}

function gpuLanes({ gpus, gpuEngine }: MachineDevices, settings: LaneSettings): GpuLane[] {
  if (gpus.length === 0) return gpuEngine ? [{ kind: 'gpu', id: NAMELESS_GPU, gpu: null }] : [];
  return gpus
    .filter((gpu) => !isLeftAlone(gpu, settings))
    .map((gpu) => ({ kind: 'gpu', id: gpuChoice(gpu.uuid), gpu }));
}

/**
 * The lanes where a job with that device may compute, in the order in which they are taken.
 * @throws {StudioError} `engine.noGpu`: the GPU it names is not there, or is left alone as all others are
 */
export function lanesFor(device: DeviceChoice, machine: MachineDevices, settings: LaneSettings): Lane[] {
  const kind = kindOf(device);
  if (kind === 'cpu' || kind === 'wasm') return cpuLanes(settings);
  const all = gpuLanes(machine, settings);
  if (kind === 'auto') return machine.gpuEngine && all.length > 0 ? all : cpuLanes(settings);
  const card = cardOf(device);
  if (card !== null) {
    const own = all.find(({ gpu }) => gpu?.uuid === card);
    if (own) return [own];
    throw machine.gpus.some(({ uuid }) => uuid === card) ? leftAlone(machine, card) : notThere(machine, card);
  }
  if (all.length === 0 && machine.gpus.length > 0) throw leftAlone(machine, null);
  // without any, the engine says what it lacks
  return all.length > 0 ? all : [{ kind: 'gpu', id: NAMELESS_GPU, gpu: null }];
}

/** What to say of a GPU that was chosen, or in use, and cannot be found. */
export function notThere({ gpus, names }: Pick<MachineDevices, 'gpus' | 'names'>, card: string): StudioError {
  const name = names[card];
  const others = gpus.length === 0 ? 'no GPU is found at all' : `found: ${gpus.map(gpuWords).join(', ')}`;
  return new StudioError(
    'engine.noGpu',
    `${name === undefined ? `The GPU ${card}` : `${name}, ${card},`} is not there${name === undefined ? '' : ' any more'}; ${others}.`,
    {
      remedy:
        'Look for it with nvidia-smi and in the system log; when it is back, the run can go on. Or choose another GPU.',
    },
  );
}

function leftAlone({ gpus }: MachineDevices, card: string | null): StudioError {
  const gpu = gpus.find(({ uuid }) => uuid === card);
  return new StudioError(
    'engine.noGpu',
    gpu ? `Quorum leaves ${gpuWords(gpu)} alone, by its settings.` : 'Quorum leaves all GPUs alone, by its settings.',
    { remedy: 'Allow it in Settings → GPUs and lanes, or choose another device.' },
  );
}
