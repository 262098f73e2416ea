/**
 * Weights that a file keeps in two parts, put together as the network computes with them: pruned ones (`weight_orig`
 * and
 * `weight_mask` of torch.nn.utils.prune) and those under weight normalisation (a length and a direction, Salimans and
 * Kingma 2016, https://arxiv.org/abs/1602.07868).
 */
import type { WeightFile, WeightTensor } from '../formats/weightFile.ts';

interface Fold {
  /** What is said of the tensors that were put together. */
  readonly what: string;
  /** Name of the whole from the name of its first part, or null. */
  wholeOf(name: string): string | null;
  secondOf(name: string): string;
  /** Values of the whole. */
  together(first: WeightTensor, second: WeightTensor): Float32Array;
  /** Which part has the shape of the whole. */
  readonly shaped: 'first' | 'second';
}

function ending(name: string, end: string, otherwise = ''): string | null {
  return name.endsWith(end) ? name.slice(0, -end.length) + otherwise : null;
}

const ORIGINAL = /\.parametrizations\.(\w+)\.original0$/;

const FOLDS: readonly Fold[] = [
  {
    what: 'pruned weights were multiplied by their masks',
    wholeOf: (name) => ending(name, '_orig'),
    secondOf: (name) => name.replace(/_orig$/, '_mask'),
    together: masked,
    shaped: 'first',
  },
  {
    what: 'weights under weight normalisation were put together from length and direction',
    wholeOf: (name) => ending(name, 'weight_g', 'weight'),
    secondOf: (name) => name.replace(/_g$/, '_v'),
    together: scaled,
    shaped: 'second',
  },
  {
    what: 'weights under weight normalisation were put together from length and direction',
    wholeOf: (name) => (ORIGINAL.test(name) ? name.replace(ORIGINAL, '.$1') : null),
    secondOf: (name) => name.replace(/original0$/, 'original1'),
    together: scaled,
    shaped: 'second',
  },
];

/** The same file with such weights whole, and what was done among its notes. */
export function withFoldedTensors(file: WeightFile): WeightFile {
  const tensors = new Map(file.tensors);
  const counts = new Map<string, number>();
  for (const [name, first] of file.tensors) {
    for (const fold of FOLDS) {
      const whole = fold.wholeOf(name);
      const second = file.tensors.get(fold.secondOf(name));
      if (whole === null || second === undefined || tensors.has(whole) || !belong(first, second)) continue;
      const { shape } = fold.shaped === 'first' ? first : second;
      tensors.set(whole, { dtype: 'f32', shape, read: () => fold.together(first, second) });
      tensors.delete(name);
      tensors.delete(fold.secondOf(name));
      counts.set(fold.what, (counts.get(fold.what) ?? 0) + 1);
    }
  }
  if (counts.size === 0) return file;
  return { ...file, tensors, notes: [...file.notes, ...[...counts].map(([what, n]) => `${n} ${what}.`)] };
}

/** A mask has the shape of its weights; a length has 1, or the same number, along each axis. */
function belong({ shape: first }: WeightTensor, { shape: second }: WeightTensor): boolean {
  return first.length === second.length && first.every((size, axis) => size === 1 || size === second[axis]);
}

function masked(weights: WeightTensor, mask: WeightTensor): Float32Array {
  const values = weights.read();
  const kept = mask.read();
  return values.map((value, i) => value * kept[i]!);
}

/** v · g / ‖v‖, the norm over all axes along which g has one number. */
function scaled(length: WeightTensor, direction: WeightTensor): Float32Array {
  const g = length.read();
  const v = direction.read();
  const placeOf = placesIn(direction.shape, length.shape);
  const squares = new Float64Array(g.length);
  v.forEach((value, i) => {
    squares[placeOf(i)]! += value * value;
  });
  return v.map((value, i) => (value * g[placeOf(i)]!) / Math.sqrt(squares[placeOf(i)]!));
}

/** Place in a tensor of shape `small` of the element at place i of `shape`; both row-major. */
function placesIn(shape: readonly number[], small: readonly number[]): (i: number) => number {
  return (i) => {
    let [rest, place, step] = [i, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const at = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      if (small[axis] !== 1) {
        place += at * step;
        step *= small[axis]!;
      }
    }
    return place;
  };
}
