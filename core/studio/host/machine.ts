/** The machine under the studio: load, memory, GPUs. */
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { HostInfo } from '../../../contract/api/home.ts';
import type { GpuFinding } from '../../provision/gpu.ts';
import type { Reader } from '../lookups/lookups.ts';

const LOAD_MS = 1000;
const GPU_MS = 2000;

export interface Machine {
  read(): Promise<Pick<HostInfo, 'cpu' | 'cores' | 'memoryBytes' | 'memoryFreeBytes' | 'cpuLoad' | 'gpus'>>;
  /** Of the first GPU; null without one. */
  gpuMemoryBytes(): Promise<number | null>;
  close(): void;
}

/** @param reader starts the driver's program, which would hold up the host */
export function createMachine(reader: Reader): Machine {
  let times = cpuTimes();
  let load = 0;
  const timer = setInterval(() => {
    const now = cpuTimes();
    const all = now.all - times.all;
    load = all > 0 ? 1 - (now.idle - times.idle) / all : 0;
    times = now;
  }, LOAD_MS);
  timer.unref();
  let cards: Promise<GpuFinding> | null = null;
  let gpus: { at: number; value: Promise<HostInfo['gpus']> } | null = null;

  const found = (): Promise<GpuFinding> => (cards ??= reader.ask('gpus', {}));

  async function readGpus(): Promise<HostInfo['gpus']> {
    const { gpus: all } = await found();
    if (all.length === 0) return [];
    const loads = await reader.ask('gpuLoads', {});
    return all.map((gpu, i) => ({
      ...gpu,
      ...(loads[i] ?? { usedBytes: null, utilization: null, temperatureC: null }),
    }));
  }

  return {
    async read() {
      const now = performance.now();
      if (!gpus || now - gpus.at > GPU_MS) gpus = { at: now, value: readGpus() };
      return {
        cpu: cpus()[0]?.model.trim() ?? 'unknown',
        cores: availableParallelism(),
        memoryBytes: totalmem(),
        memoryFreeBytes: freemem(),
        cpuLoad: Math.min(1, Math.max(0, load)),
        gpus: await gpus.value,
      };
    },
    gpuMemoryBytes: async () => (await found()).gpus[0]?.memoryBytes ?? null,
    close: () => clearInterval(timer),
  };
}

function cpuTimes(): { idle: number; all: number } {
  let idle = 0;
  let all = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, all };
}
