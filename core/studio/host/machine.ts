/** The machine under the studio: load, memory, GPUs. */
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { HostInfo } from '../../../contract/api/home.ts';
import { runProgram } from '../../provision/childProcess.ts';
import { findGpus } from '../../provision/gpu.ts';

const LOAD_MS = 1000;
const GPU_MS = 2000;

export interface Machine {
  read(): Promise<Pick<HostInfo, 'cpu' | 'cores' | 'memoryBytes' | 'memoryFreeBytes' | 'cpuLoad' | 'gpus'>>;
  /** Of the first GPU; null without one. */
  gpuMemoryBytes(): Promise<number | null>;
  close(): void;
}

export function createMachine(): Machine {
  let times = cpuTimes();
  let load = 0;
  const timer = setInterval(() => {
    const now = cpuTimes();
    const all = now.all - times.all;
    load = all > 0 ? 1 - (now.idle - times.idle) / all : 0;
    times = now;
  }, LOAD_MS);
  timer.unref();
  let cards: ReturnType<typeof findGpus> | null = null;
  let gpus: { at: number; value: Promise<HostInfo['gpus']> } | null = null;

  async function readGpus(): Promise<HostInfo['gpus']> {
    const { gpus: found } = await (cards ??= findGpus());
    if (found.length === 0) return [];
    const result = await runProgram('nvidia-smi', ['--query-gpu=memory.used,utilization.gpu,temperature.gpu', '--format=csv,noheader,nounits'], { timeoutMs: 5000 });
    const rows = (result?.stdout ?? '').trim().split('\n').map((line) => line.split(',').map((cell) => Number(cell)));
    return found.map((gpu, i) => ({ ...gpu, usedBytes: finite(rows[i]?.[0], 2 ** 20), utilization: finite(rows[i]?.[1], 0.01), temperatureC: finite(rows[i]?.[2], 1) }));
  }

  return {
    async read() {
      const now = performance.now();
      if (!gpus || now - gpus.at > GPU_MS) gpus = { at: now, value: readGpus() };
      return { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), memoryBytes: totalmem(), memoryFreeBytes: freemem(), cpuLoad: Math.min(1, Math.max(0, load)), gpus: await gpus.value };
    },
    gpuMemoryBytes: async () => (await (cards ??= findGpus())).gpus[0]?.memoryBytes ?? null,
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

function finite(value: number | undefined, factor: number): number | null {
  return value !== undefined && Number.isFinite(value) ? value * factor : null;
}
