/** Orders of an epoch in which each class is as frequent as any other. */
import { keyedRandom, permutation } from '../random.ts';

/**
 * `labels.length` positions in random order, keyed by (seed, epoch): every class that has examples gets the same number
 * of places (±1), filled with its own examples in random order, all of them once before one comes twice.
 */
export function balancedOrder(labels: Int32Array, seed: number, epoch: number): Int32Array {
  const byClass = new Map<number, number[]>();
  labels.forEach((label, position) => {
    const own = byClass.get(label);
    if (own) own.push(position);
    else byClass.set(label, [position]);
  });
  const classes = [...byClass.keys()].sort((a, b) => a - b);
  const each = Math.floor(labels.length / classes.length);
  const chosen: number[] = [];
  // Which classes get the places that are left over changes from epoch to epoch.
  const extra = new Set(
    [...permutation(classes.length, seed, 'balanced/extra', epoch)].slice(0, labels.length - each * classes.length),
  );
  classes.forEach((label, k) => {
    const own = byClass.get(label) ?? [];
    const random = keyedRandom(seed, 'balanced/class', epoch, k);
    for (let left = each + (extra.has(k) ? 1 : 0); left > 0;) {
      const round = shuffled(own, random);
      chosen.push(...round.slice(0, left));
      left -= round.length;
    }
  });
  return permutation(chosen.length, seed, 'shuffle', epoch).map((i) => chosen[i]!);
}

function shuffled(values: readonly number[], random: { int(n: number): number }): number[] {
  const order = [...values];
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = random.int(i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}
