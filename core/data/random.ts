/**
 * Keyed random numbers. No draw depends on an earlier one: the same (seed, stream, indices) gives the same numbers in
 * any order, in any process, which is what makes resume exact. The generator is Philox 4×32 with ten rounds (Salmon et
 * al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): its key is (seed, hash of the stream's name), its counter
 * (block number, three indices), so distinct indices never share a block.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
const TWO_32 = 0x1_0000_0000;

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = Math.imul(aHigh, bLow) >>> 0;
  const carry = (Math.imul(aLow, bLow) >>> 16) + (middle & 0xffff) + (Math.imul(aLow, bHigh) >>> 0);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + Math.floor(carry / 0x10000)) >>> 0;
}

/** One Philox 4×32-10 block: writes four unsigned 32-bit numbers for counter (c0…c3) and key (k0, k1) into `out`. */
export function philox(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, out: Uint32Array): void {
  let [x0, x1, x2, x3, key0, key1] = [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0, k0 >>> 0, k1 >>> 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    const high0 = multiplyHigh(MULTIPLIER_0, x0);
    const high1 = multiplyHigh(MULTIPLIER_1, x2);
    const low0 = Math.imul(MULTIPLIER_0, x0);
    const low1 = Math.imul(MULTIPLIER_1, x2);
    x0 = (high1 ^ x1 ^ key0) >>> 0;
    x2 = (high0 ^ x3 ^ key1) >>> 0;
    x1 = low1 >>> 0;
    x3 = low0 >>> 0;
    key0 = (key0 + WEYL_0) >>> 0;
    key1 = (key1 + WEYL_1) >>> 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/** FNV-1a over the UTF-16 code units, finished with MurmurHash3's 32-bit mixer. */
export function hashStream(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export class KeyedRandom {
  readonly #seed: number;
  readonly #stream: number;
  readonly #indices: readonly [number, number, number];
  readonly #block = new Uint32Array(4);
  #blockNumber = 0;
  #used = 4;

  constructor(seed: number, stream: number, indices: readonly [number, number, number]) {
    this.#seed = seed;
    this.#stream = stream;
    this.#indices = indices;
  }

  /** Uniform over 0 … 2³² − 1. */
  uint32(): number {
    if (this.#used === 4) {
      philox(this.#blockNumber, ...this.#indices, this.#seed, this.#stream, this.#block);
      this.#blockNumber += 1;
      this.#used = 0;
    }
    const value = this.#block[this.#used]!;
    this.#used += 1;
    return value;
  }

  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 0x400_0000 + (this.uint32() >>> 6)) / 0x20_0000_0000_0000;
  }

  /** Uniform over 0 … n − 1, unbiased (values from the incomplete last range are drawn again). `n` is 1 … 2³². */
  int(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > TWO_32)
      throw new RangeError(`int(n) needs a whole number from 1 to 2^32, got ${n}`);
    const limit = TWO_32 - (TWO_32 % n);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % n;
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}

/**
 * A generator for one key. `seed` and up to three `indices` are whole numbers from 0 to 2³² − 1;
 * `stream` names what the numbers are for ('shuffle', 'augment', …).
 */
export function keyedRandom(seed: number, stream: string, ...indices: number[]): KeyedRandom {
  if (indices.length > 3) throw new RangeError(`a key has at most three indices, got ${indices.length}`);
  for (const part of [seed, ...indices]) {
    if (!Number.isInteger(part) || part < 0 || part >= TWO_32)
      throw new RangeError(`seed and indices are whole numbers from 0 to 2^32 − 1, got ${part}`);
  }
  return new KeyedRandom(seed, hashStream(stream), [indices[0] ?? 0, indices[1] ?? 0, indices[2] ?? 0]);
}

/** A random order of 0 … n − 1: Fisher–Yates on a fresh identity, keyed by (seed, stream, epoch). */
export function permutation(n: number, seed: number, stream: string, epoch: number): Int32Array {
  const random = keyedRandom(seed, stream, epoch);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i -= 1) {
    const j = random.int(i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}
