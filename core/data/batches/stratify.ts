/** Drawing parts of a data set class by class, so that every part has the same proportions. */
import type { Split, SplitFractions } from '../../../contract/dataset.ts';
import { permutation } from '../random.ts';

/**
 * Split of each of `count` pictures of class `label`, given in a fixed order. Each part gets its rounded share; a part
 * with a fraction above 0 gets at least one picture as long as one is left for train.
 */
export function drawSplits(count: number, label: number, fractions: SplitFractions): Split[] {
  const splits = new Array<Split>(count).fill('train');
  const order = permutation(count, fractions.seed >>> 0, 'split', label);
  let used = 0;
  for (const part of ['test', 'val'] as const) {
    const wanted = fractions[part] === 0 ? 0 : Math.max(1, Math.round(count * fractions[part]));
    const taken = Math.min(wanted, Math.max(0, count - used - 1));
    for (const position of order.subarray(used, used + taken)) splits[position] = part;
    used += taken;
  }
  return splits;
}

/**
 * Positions, ascending, of a fixed subset of `limit` examples in which each class keeps its share (largest remainders
 * round up). Always the same for the same labels, whatever the run's seed: trials with different seeds stay comparable.
 */
export function stratifiedSubset(labels: Int32Array, limit: number): Int32Array {
  if (limit >= labels.length) return Int32Array.from(labels, (_, i) => i);
  const byClass = new Map<number, number[]>();
  labels.forEach((label, i) => {
    const positions = byClass.get(label);
    if (positions) positions.push(i);
    else byClass.set(label, [i]);
  });
  const shares = [...byClass.entries()]
    .sort(([a], [b]) => a - b)
    .map(([label, positions]) => {
      const exact = (positions.length * limit) / labels.length;
      return { label, positions, take: Math.floor(exact), remainder: exact - Math.floor(exact) };
    });
  let left = limit - shares.reduce((sum, share) => sum + share.take, 0);
  for (const share of [...shares].sort((a, b) => b.remainder - a.remainder || a.label - b.label)) {
    if (left === 0) break;
    share.take += 1;
    left -= 1;
  }
  const chosen: number[] = [];
  for (const { label, positions, take } of shares) {
    const order = permutation(positions.length, 0, 'subset', label < 0 ? 0 : label);
    for (const position of order.subarray(0, take)) chosen.push(positions[position]!);
  }
  return Int32Array.from(chosen).sort();
}
