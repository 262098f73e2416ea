/**
 * How much memory pictures take that are decoded at once, over all threads of a pool: a few large ones beside each
 * other would fill any machine. Small ones are not counted; one that needs the whole budget is decoded alone.
 */
import { isMainThread, workerData } from 'node:worker_threads';

/** Bytes in flight: with what a job takes anyway it stays below half a gigabyte. */
export const MEMORY_BUDGET_BYTES = 360_000_000;
/** A picture that takes no more than this is never waited for. */
const SMALL_BYTES = 4_000_000;
/** The counter has 32 bits. */
const UNIT = 1000;
const TOTAL = MEMORY_BUDGET_BYTES / UNIT;

/**
 * What a pool hands to its threads as `workerData`. Each pool has a new one: a thread that was ended gives nothing
 * back.
 */
export interface MemoryBudget {
  readonly memoryBudget: SharedArrayBuffer;
}

export function newMemoryBudget(): MemoryBudget {
  return { memoryBudget: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) };
}

const given = isMainThread ? undefined : (workerData as Partial<MemoryBudget> | null)?.memoryBudget;
const used = new Int32Array(given ?? newMemoryBudget().memoryBudget);

/** Does `work` once `bytes` more fit into the budget. */
export async function withinMemoryBudget<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  if (bytes <= SMALL_BYTES) return work();
  const units = Math.min(TOTAL, Math.ceil(bytes / UNIT));
  await take(units);
  try {
    return await work();
  } finally {
    Atomics.sub(used, 0, units);
    Atomics.notify(used, 0);
  }
}

async function take(units: number): Promise<void> {
  for (;;) {
    const before = Atomics.load(used, 0);
    if (before + units > TOTAL) await Atomics.waitAsync(used, 0, before).value;
    else if (Atomics.compareExchange(used, 0, before, before + units) === before) return;
  }
}
