/** Looks for NVIDIA GPUs through the program that comes with their driver. */
import type { GpuInfo } from '../../contract/engine.ts';
import { lastLines, runProgram } from './childProcess.ts';
import { OLDEST_GPU_DRIVER } from './wheels.ts';

export interface GpuFinding {
  readonly gpus: GpuInfo[];
  readonly problem: string | null;
}

/** Also where Windows' Linux subsystem keeps it, off the search path. */
const PROGRAMS = ['nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi'];
const FIELDS = 'index,uuid,name,memory.total,driver_version,compute_cap';

/** GPUs the driver reports, and what keeps them from being used; none and no problem where there is no driver. */
export async function findGpus(options: { env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {}): Promise<GpuFinding> {
  for (const program of PROGRAMS) {
    let result = await runProgram(program, [`--query-gpu=${FIELDS}`, '--format=csv,noheader,nounits'], {
      ...options,
      timeoutMs: 20_000,
    });
    if (!result) continue;
    // drivers before 510 do not know compute_cap
    if (result.exitCode !== 0 && /compute_cap/.test(result.stdout + result.stderr)) {
      result = await runProgram(
        program,
        [`--query-gpu=${FIELDS.replace(',compute_cap', '')}`, '--format=csv,noheader,nounits'],
        { ...options, timeoutMs: 20_000 },
      );
    }
    if (result?.exitCode !== 0) {
      const output = `${result?.stdout ?? ''}\n${result?.stderr ?? ''}`.trim();
      return {
        gpus: [],
        problem: `${program} reports: ${lastLines(output, 2) || 'nothing'}`,
      };
    }
    const gpus = parseGpus(result.stdout);
    const { CUDA_VISIBLE_DEVICES: visible } = options.env ?? process.env;
    return { gpus: visibleGpus(gpus, visible), problem: driverProblem(gpus) };
  }
  return { gpus: [], problem: null };
}

/**
 * Those that `CUDA_VISIBLE_DEVICES` leaves to this program and all that it starts. As CUDA reads it: numbers or (begins
 * of) UUIDs, and what follows one that does not exist is ignored.
 */
export function visibleGpus(gpus: readonly GpuInfo[], visible: string | undefined): GpuInfo[] {
  if (visible === undefined) return [...gpus];
  const chosen: GpuInfo[] = [];
  for (const entry of visible.split(',').map((part) => part.trim())) {
    const gpu = gpus.find(({ index, uuid }) => String(index) === entry || (entry !== '' && uuid.startsWith(entry)));
    if (!gpu) break;
    chosen.push(gpu);
  }
  return chosen;
}

/** What a GPU does at the moment; null where its driver does not say. */
export interface GpuLoad {
  readonly uuid: string;
  readonly usedBytes: number | null;
  /** 0 to 1. */
  readonly utilization: number | null;
  readonly temperatureC: number | null;
}

export async function readGpuLoads(): Promise<GpuLoad[]> {
  const result = await runProgram(
    'nvidia-smi',
    ['--query-gpu=uuid,memory.used,utilization.gpu,temperature.gpu', '--format=csv,noheader,nounits'],
    { timeoutMs: 5000 },
  );
  return result ? parseGpuLoads(result.stdout) : [];
}

/** Reads nvidia-smi's CSV: UUID, MiB, per cent, degrees. */
export function parseGpuLoads(csv: string): GpuLoad[] {
  const finite = (cell: string | undefined, factor: number): number | null =>
    cell !== undefined && cell.trim() !== '' && Number.isFinite(Number(cell)) ? Number(cell) * factor : null;
  return csv
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [uuid = '', used, utilization, temperature] = line.split(',');
      return {
        uuid: uuid.trim(),
        usedBytes: finite(used, 2 ** 20),
        utilization: finite(utilization, 0.01),
        temperatureC: finite(temperature, 1),
      };
    });
}

/** Reads nvidia-smi's CSV: number, UUID, name, MiB, driver, compute capability. */
export function parseGpus(csv: string): GpuInfo[] {
  return csv.split('\n').flatMap((line) => {
    const fields = line.split(',').map((field) => field.trim());
    const [index, uuid, name, memory, driver, capability] = fields;
    if (!index || !uuid || !name || !memory || !driver) return [];
    const mebibytes = Number(memory);
    return [
      {
        index: Number(index),
        uuid,
        name,
        memoryBytes: Number.isFinite(mebibytes) ? mebibytes * 2 ** 20 : 0,
        driver,
        computeCapability: capability && /^\d+\.\d+$/.test(capability) ? capability : null,
      },
    ];
  });
}

/** Whether the driver is too old for the CUDA libraries of the GPU engine. */
export function driverProblem(gpus: readonly Pick<GpuInfo, 'driver'>[]): string | null {
  const driver = gpus[0]?.driver;
  if (driver === undefined || compareVersions(driver, OLDEST_GPU_DRIVER) >= 0) return null;
  return `NVIDIA driver ${driver} is too old: CUDA 12 needs ${OLDEST_GPU_DRIVER} or newer. Update the driver.`;
}

function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
