/** The machine under the studio: load, memory, GPUs. */
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { HostInfo } from '../../../contract/api/home.ts';
import type { LaneBook } from '../lanes/laneBook.ts';
import { isLeftAlone } from '../lanes/machineLanes.ts';
import { gpuChoice } from '../../../contract/deviceChoice.ts';
import type { Reader } from '../lookups/lookups.ts';

const LOAD_MS = 1000;
const GPU_MS = 2000;

export interface Machine {
  read(): Promise<Pick<HostInfo, 'cpu' | 'cores' | 'memoryBytes' | 'memoryFreeBytes' | 'cpuLoad' | 'gpus'>>;
  close(): void;
}

/** @param reader starts the driver's program, which would hold up the host */
export function createMachine(reader: Reader, lanes: LaneBook): Machine {
  let times = cpuTimes();
  let load = 0;
  const timer = setInterval(() => {
    const now = cpuTimes();
    const all = now.all - times.all;
    load = all > 0 ? 1 - (now.idle - times.idle) / all : 0;
    times = now;
  }, LOAD_MS);
  timer.unref();
  let gpus: { at: number; value: Promise<HostInfo['gpus']> } | null = null;

  async function readGpus(): Promise<HostInfo['gpus']> {
    const { gpus: all } = await lanes.gpus();
    if (all.length === 0) return [];
    const loads = await reader.ask('gpuLoads', {});
    const held = await lanes.held();
    const settings = await lanes.settings();
    return all.map((gpu) => {
      const {
        usedBytes = null,
        utilization = null,
        temperatureC = null,
      } = loads.find(({ uuid }) => uuid === gpu.uuid) ?? {};
      const work = held.find(({ lane }) => lane === gpuChoice(gpu.uuid));
      return {
        ...gpu,
        ...{ usedBytes, utilization, temperatureC },
        leftAlone: isLeftAlone(gpu, settings),
        work: work ? { runId: work.runId, title: work.title } : null,
      };
    });
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
