/**
 * The self-check's verdict: ties by a paired test, the declared way preferred among them, early ends of what is clearly
 * worse, class order.
 */
import { expect, test } from 'vitest';
import type { InputSpec } from '../../../contract/inputSpec.ts';
import { InputContest } from '../../../core/evaluate/inputContest.ts';
import { plausibleInputs } from '../../../core/evaluate/protocols/plausibleInputs.ts';

const CLASSES = 10;
const ways = ['first', 'second', 'third'].map((name, i) => ({
  name,
  declared: i === 1,
  input: { color: 'gray' as const, scale: 1, mean: [i], std: [1] },
}));

/** Probabilities that are right for a picture where `right` says so, else those of another class, by `order`. */
function contest(
  pictures: number,
  right: readonly ((picture: number) => boolean)[],
  order: (label: number) => number = (label) => label,
): { contest: InputContest; openAfter: number[] } {
  const all = new InputContest(ways, CLASSES);
  const openAfter: number[] = [];
  const byInput = new Map<InputSpec, number>(ways.map(({ input }, i) => [input, i]));
  for (let from = 0; from < pictures; from += 50) {
    const batch = Array.from({ length: Math.min(50, pictures - from) }, (_, i) => from + i);
    const labels = batch.map((i) => (i * 7) % CLASSES);
    for (const one of all.open) {
      const rows = new Float32Array(batch.length * CLASSES).fill(0.01);
      const way = byInput.get(one.input)!;
      batch.forEach((picture, i) => {
        rows[i * CLASSES + order((labels[i]! + (right[way]!(picture) ? 0 : 1 + (picture % 9))) % CLASSES)] = 0.91;
      });
      one.add(rows, labels, CLASSES);
    }
    all.looked(labels);
    openAfter.push(all.open.length);
  }
  return { contest: all, openAfter };
}

test('a tie is said, and what the weights declare is proposed in it', () => {
  const verdict = contest(200, [(i) => i % 10 > 0, (i) => i % 10 > 0 && i !== 5, (i) => i % 2 === 0]).contest.verdict();
  expect(verdict.rows.map(({ name, correct, total }) => [name, correct, total])).toEqual([
    ['first', 180, 200],
    ['second', 179, 200],
    ['third', 100, 200],
  ]);
  expect(verdict.tied).toEqual(['second']);
  expect(verdict.proposed).toBe('second');
});

test('where the sample tells them apart the best is proposed, whatever is declared', () => {
  const verdict = contest(1000, [(i) => i % 10 > 0, (i) => i % 10 > 1, (i) => i % 10 > 8]).contest.verdict();
  expect(verdict).toMatchObject({ tied: [], proposed: 'first', pictures: 1000 });
  expect(verdict.rows[2]).toMatchObject({ name: 'third', total: 200 });
});

test('what is clearly worse drops out at the first look, and never before something is clearly right', () => {
  expect(contest(400, [(i) => i % 10 > 0, (i) => i % 10 > 0, (i) => i % 10 === 1]).openAfter).toEqual([
    3, 3, 3, 2, 2, 2, 2, 2,
  ]);
  expect(contest(400, [(i) => i % 10 > 7, (i) => i % 10 === 0, () => false]).openAfter.at(-1)).toBe(3);
});

test('classes in another order: the way that it explains is named, though it scores nothing as it is', () => {
  const { labelOrder, rows } = contest(
    400,
    [(i) => i % 3 === 0, (i) => i % 11 > 0, (i) => i % 3 === 0],
    (label) => (label + 3) % CLASSES,
  ).contest.verdict();
  expect(labelOrder).toMatchObject({ suspected: true, fedAs: 'second', moved: 10 });
  expect(labelOrder.agreement).toBeGreaterThan(0.8);
  expect(rows.find(({ name }) => name === 'second')!.accuracy).toBeLessThan(0.1);
});

test('the declared input is tried once, under both its names', () => {
  const own = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.2] };
  const declared = { color: 'rgb' as const, scale: 1, mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] };
  const named = plausibleInputs(3, own, declared);
  expect(named.length).toBe(plausibleInputs(3, own).length);
  expect(named[0]).toMatchObject({
    name: 'as the weights say (RGB, ImageNet mean and sd)',
    declared: true,
    input: declared,
  });
  expect(plausibleInputs(3, own, { ...declared, mean: [100, 100, 100] }).length).toBe(named.length + 1);
});
