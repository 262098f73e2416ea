/**
 * A 64-bit fingerprint of what a picture looks like (pHash: the signs of its lowest cosine frequencies), and finding
 * those that differ in few bits.
 */

/** Side of the gray pictures that are hashed. */
export const HASH_SIDE = 32;
const FREQUENCIES = 8;
/**
 * Mean size of the frequencies, in gray levels, below which a picture is too plain: noise alone would decide the bits.
 */
const PLAIN_LEVEL = 0.25;

const COSINES = Float64Array.from({ length: FREQUENCIES * HASH_SIDE }, (_, i) =>
  Math.cos((Math.PI * Math.floor(i / HASH_SIDE) * (2 * (i % HASH_SIDE) + 1)) / (2 * HASH_SIDE)),
);

/** Bits as two 32-bit halves, or null for a plain picture. `gray` has `HASH_SIDE × HASH_SIDE` bytes, row-major. */
export function perceptualHash(gray: Uint8Array): readonly [high: number, low: number] | null {
  const rows = new Float64Array(HASH_SIDE * FREQUENCIES);
  for (let y = 0; y < HASH_SIDE; y += 1) {
    for (let u = 0; u < FREQUENCIES; u += 1) {
      let sum = 0;
      for (let x = 0; x < HASH_SIDE; x += 1) sum += gray[y * HASH_SIDE + x]! * COSINES[u * HASH_SIDE + x]!;
      rows[y * FREQUENCIES + u] = sum;
    }
  }
  const waves = new Float64Array(FREQUENCIES * FREQUENCIES);
  for (let v = 0; v < FREQUENCIES; v += 1) {
    for (let u = 0; u < FREQUENCIES; u += 1) {
      let sum = 0;
      for (let y = 0; y < HASH_SIDE; y += 1) sum += rows[y * FREQUENCIES + u]! * COSINES[v * HASH_SIDE + y]!;
      waves[v * FREQUENCIES + u] = sum;
    }
  }
  // The first one is the brightness, which says nothing about what is seen.
  const size = waves.subarray(1).reduce((sum, value) => sum + Math.abs(value), 0) / (waves.length - 1) / HASH_SIDE ** 2;
  if (size < PLAIN_LEVEL) return null;
  const sorted = Float64Array.from(waves.subarray(1)).sort();
  const median = sorted[Math.floor(sorted.length / 2)]!;
  let [high, low] = [0, 0];
  for (let i = 1; i < waves.length; i += 1) {
    if (waves[i]! <= median) continue;
    if (i < 32) high |= 1 << i;
    else low |= 1 << (i - 32);
  }
  return [high >>> 0, low >>> 0];
}

function bitsSet(value: number): number {
  let bits = value - ((value >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** Bits in which two hashes differ. */
export function hashDistance(highA: number, lowA: number, highB: number, lowB: number): number {
  return bitsSet(highA ^ highB) + bitsSet(lowA ^ lowB);
}

/** Bits `[start, end)` of the 64, the low half first. */
function band(high: number, low: number, start: number, end: number): number {
  const wanted = 2 ** (end - start) - 1;
  if (end <= 32) return (low >>> start) & wanted;
  if (start >= 32) return (high >>> (start - 32)) & wanted;
  return ((low >>> start) | (high << (32 - start))) & wanted;
}

/**
 * Calls `onPair` for every pair of hashes (all different) that differ in at most `most` bits. With `most + 1` bands,
 * two such hashes agree in one band at least, so only pictures that share a band are compared.
 */
export function forEachNearPair(
  high: Uint32Array,
  low: Uint32Array,
  most: number,
  onPair: (a: number, b: number) => void,
): void {
  const bands = most + 1;
  for (let b = 0; b < bands; b += 1) {
    const [start, end] = [Math.floor((64 * b) / bands), Math.floor((64 * (b + 1)) / bands)];
    const buckets = new Map<number, number[]>();
    for (let i = 0; i < high.length; i += 1) {
      const key = band(high[i]!, low[i]!, start, end);
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [i]);
      else bucket.push(i);
    }
    for (const bucket of buckets.values()) {
      for (let x = 0; x < bucket.length; x += 1) {
        const i = bucket[x]!;
        for (let y = x + 1; y < bucket.length; y += 1) {
          const j = bucket[y]!;
          if (hashDistance(high[i]!, low[i]!, high[j]!, low[j]!) <= most) onPair(i, j);
        }
      }
    }
  }
}
