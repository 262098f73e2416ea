/**
 * How much is decoded at once, over all threads of a pool: a few large pictures beside each other would fill any
 * memory. Small ones are not counted; one that is larger than the whole budget is decoded alone.
 */
import { isMainThread, workerData } from 'node:worker_threads';

/** Pixels in flight; a format that is decoded whole counts several times. */
const TOTAL_PIXELS = 64_000_000;
/** A picture up to this size is never waited for. */
const SMALL_PIXELS = 1_000_000;
/** The counter has 32 bits. */
const UNIT = 1000;
const TOTAL = TOTAL_PIXELS / UNIT;

/**
 * What a pool hands to its threads as `workerData`. Each pool has a new one: a thread that was ended gives nothing
 * back.
 */
export interface PixelBudget {
  readonly pixelBudget: SharedArrayBuffer;
}

export function newPixelBudget(): PixelBudget {
  return { pixelBudget: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) };
}

const given = isMainThread ? undefined : (workerData as Partial<PixelBudget> | null)?.pixelBudget;
const used = new Int32Array(given ?? newPixelBudget().pixelBudget);

/** Does `work` once `pixels` more fit into the budget. */
export async function withinPixelBudget<T>(pixels: number, work: () => Promise<T>): Promise<T> {
  if (pixels <= SMALL_PIXELS) return work();
  const units = Math.min(TOTAL, Math.ceil(pixels / UNIT));
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
