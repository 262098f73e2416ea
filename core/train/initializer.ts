/** First values of a network's weights: a pure function of the run's seed, the same on every engine. */
import { keyedRandom } from '../data/random.ts';
import type { Initializer } from '../models/builder.ts';

export interface WeightToInitialise {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Initializer;
  readonly fanIn: number;
  readonly fanOut: number;
}

/**
 * Values of one weight. Uniform draws of the variance that He et al. (2015) and Glorot and Bengio (2010) ask for; each
 * number is a hash of its index under a key from (seed, name), so that 100 million of them take less than a second.
 */
export function initialValues(weight: WeightToInitialise, seed: number): Float32Array {
  const values = new Float32Array(weight.shape.reduce((n, d) => n * d, 1));
  const { init } = weight;
  if (init.kind === 'constant') return values.fill(init.value);
  const random = keyedRandom(seed, `weights/${weight.name}`);
  const key = random.uint32();
  if (init.kind === 'unitVector') {
    for (let i = 0; i < values.length; i++) values[i] = random.normal();
    const length = Math.hypot(...values);
    return values.map((v) => v / length);
  }
  if (init.kind === 'normal') {
    // Box and Muller (1958), two hashes a value.
    for (let i = 0; i < values.length; i++)
      values[i] =
        (init.mean ?? 0) +
        init.std *
          Math.sqrt(-2 * Math.log((mix(2 * i, key) + 1) / 2 ** 32)) *
          Math.cos((2 * Math.PI * mix(2 * i + 1, key)) / 2 ** 32);
    return values;
  }
  const variance =
    init.kind === 'he' ? 2 / (init.fan === 'in' ? weight.fanIn : weight.fanOut) : 2 / (weight.fanIn + weight.fanOut);
  const limit = Math.sqrt(3 * variance);
  const scale = (2 * limit) / 2 ** 32;
  for (let i = 0; i < values.length; i++) values[i] = mix(i, key) * scale - limit;
  return values;
}

/** PyTorch's number of power iterations before the first step. */
const POWER_ITERATIONS = 15;

/**
 * Brings the vectors of spectrally normalised layers, random so far, near those of their kernels in `values`; see
 * `spectralNorm` of the builder's convolution. Those in `kept` stay as they are.
 */
export function startPowerIterations(values: Map<string, Float32Array>, kept: ReadonlyMap<string, unknown>): void {
  for (const [name, left] of values) {
    if (!name.endsWith('/leftVector') || kept.has(name)) continue;
    const layer = name.slice(0, -'/leftVector'.length);
    const kernel = values.get(`${layer}/kernel`);
    const right = values.get(`${layer}/rightVector`);
    if (!kernel || !right) throw new Error(`${layer} has no kernel or vectors`);
    const u = Float64Array.from(left);
    const v = Float64Array.from(right);
    const out = u.length;
    for (let i = 0; i < POWER_ITERATIONS; i++) {
      u.fill(0);
      for (let k = 0, at = 0; k < v.length; k++) for (let o = 0; o < out; o++, at++) u[o] = u[o]! + kernel[at]! * v[k]!;
      toUnitLength(u);
      for (let k = 0, at = 0; k < v.length; k++) {
        let sum = 0;
        for (let o = 0; o < out; o++, at++) sum += kernel[at]! * u[o]!;
        v[k] = sum;
      }
      toUnitLength(v);
    }
    left.set(u);
    right.set(v);
  }
}

function toUnitLength(values: Float64Array): void {
  let squares = 0;
  for (const value of values) squares += value * value;
  const length = Math.max(Math.sqrt(squares), 1e-12);
  for (let i = 0; i < values.length; i++) values[i] = values[i]! / length;
}

/** A 32-bit hash of `index` under `key`: two rounds of MurmurHash3's finaliser, the key added between them. */
function mix(index: number, key: number): number {
  let h = Math.imul(index ^ key, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = (h ^ (h >>> 16)) + key;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}
