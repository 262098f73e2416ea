/**
 * Weights, pictures and labels from a formula, so that goldens need no stored weights: element i of the weight `name`
 * is a hash of both. build/goldens/formula_weights.py states the formula and is the same in Python.
 */
import type { WeightKind } from '../../core/models/weightSpecs.ts';

/** The weight's values, row-major in its shape, float32. */
export function formulaWeight(spec: {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: WeightKind;
}): Float32Array {
  const count = spec.shape.reduce((product, side) => product * side, 1);
  const fanIn = count / (spec.shape.at(-1) ?? 1);
  switch (spec.kind) {
    case 'kernel':
      return fill(spec.name, count, 0, Math.sqrt(6 / fanIn));
    case 'bias':
      return fill(spec.name, count, 0, 0.05);
    case 'gamma':
    case 'variance':
      return fill(spec.name, count, 1, 0.1);
    case 'beta':
    case 'mean':
    case 'embedding':
    case 'relativeBias':
      return fill(spec.name, count, 0, 0.1);
    case 'leftVector':
    case 'rightVector':
      return fill(spec.name, count, 0, 1 / norm(spec.name, count));
  }
}

/** A batch of pictures `shape` = [batch, height, width, channels], in [-1, 1). */
export function formulaPictures(shape: readonly number[]): Float32Array {
  return fill(
    'input',
    shape.reduce((product, side) => product * side, 1),
    0,
    1,
  );
}

export function formulaLabels(count: number, classes: number): Int32Array {
  const start = nameHash('labels');
  return Int32Array.from({ length: count }, (_, i) => mix(start + i) % classes);
}

/** The formula's numbers under `name`, in [-1, 1), exact. */
export function formulaUnits(name: string, count: number): Float64Array {
  const start = nameHash(name);
  return Float64Array.from({ length: count }, (_, i) => mix(start + i) / 2 ** 31 - 1);
}

/**
 * Product of `values` with the formula's numbers for `probe:<name>`: one number that no wrong entry leaves as it is.
 */
export function formulaProbe(name: string, values: ArrayLike<number>): number {
  const start = nameHash(`probe:${name}`);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? NaN) * (mix(start + i) / 2 ** 31 - 1);
  return sum;
}

function fill(name: string, count: number, offset: number, scale: number): Float32Array {
  const start = nameHash(name);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = offset + scale * (mix(start + i) / 2 ** 31 - 1);
  return values;
}

function norm(name: string, count: number): number {
  const start = nameHash(name);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (mix(start + i) / 2 ** 31 - 1) ** 2;
  return Math.sqrt(sum);
}

/** 32-bit FNV-1a. */
function nameHash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** Murmur3's 32-bit finalizer. */
function mix(start: number): number {
  let x = start >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  x ^= x >>> 16;
  return x >>> 0;
}
