/** Forward selection with replacement, against a search by hand and against each member alone. */
import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../../core/data/random.ts';
import { selectGreedily } from '../../../core/evaluate/greedySelection.ts';

const CLASSES = 4;
const IMAGES = 60;
const everyImage = Array.from({ length: IMAGES }, (_, i) => i);
const labels = everyImage.map((i) => i % CLASSES);

/** Right on most images, each on its own. */
function member(seed: number, skill: number): Float32Array {
  const random = keyedRandom(seed, 'member');
  const out = new Float32Array(IMAGES * CLASSES);
  for (const image of everyImage) {
    const row = Array.from({ length: CLASSES }, (_, c) => random.int(100) + (c === labels[image] ? skill : 0));
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((value, c) => {
      out[image * CLASSES + c] = value / sum;
    });
  }
  return out;
}

/** Right answers of the mean of those taken, straight from its definition. */
function rightOf(taken: readonly Float32Array[]): number {
  return everyImage.filter((image) => {
    const means = Array.from({ length: CLASSES }, (_, c) =>
      taken.reduce((sum, one) => sum + one[image * CLASSES + c]!, 0),
    );
    return means.indexOf(Math.max(...means)) === labels[image];
  }).length;
}

describe('greedy selection', () => {
  const members = [member(1, 60), member(2, 55), member(3, 50), member(4, 0)];

  it('takes at each step the member that makes the mean right most often', () => {
    const { accuracies } = selectGreedily(members, labels, { classes: CLASSES, images: everyImage, steps: 6 });
    const best = Math.max(...members.map((one) => rightOf([one])));
    expect(accuracies[0]).toBe(best / IMAGES);
    const second = Math.max(
      ...members.filter((one) => rightOf([one]) === best).flatMap((one) => members.map((two) => rightOf([one, two]))),
    );
    if (accuracies.length > 1) expect(accuracies[1]! * IMAGES).toBeLessThanOrEqual(second);
  });

  it('keeps the best step, so that it is at least as good there as the best member, and counts who was taken', () => {
    const { counts, accuracies } = selectGreedily(members, labels, { classes: CLASSES, images: everyImage, steps: 20 });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(accuracies.length);
    expect(accuracies.at(-1)).toBe(Math.max(...accuracies));
    const taken = counts.flatMap((count, i) => Array.from({ length: count }, () => members[i]!));
    expect(accuracies.at(-1)! * IMAGES).toBe(rightOf(taken));
    expect(rightOf(taken)).toBeGreaterThanOrEqual(Math.max(...members.map((one) => rightOf([one]))));
  });

  it('one perfect member is taken once, and alone', () => {
    const perfect = Float32Array.from({ length: IMAGES * CLASSES }, (_, at) =>
      at % CLASSES === labels[Math.floor(at / CLASSES)] ? 1 : 0,
    );
    expect(selectGreedily([members[0]!, perfect], labels, { classes: CLASSES, images: everyImage, steps: 20 })).toEqual(
      {
        counts: [0, 1],
        accuracies: [1],
      },
    );
  });

  it('looks at no image that is not to count', () => {
    const half = everyImage.slice(0, IMAGES / 2);
    const spoilt = members.map((one) => one.map((value, at) => (at < (IMAGES / 2) * CLASSES ? value : Number.NaN)));
    const options = { classes: CLASSES, images: half, steps: 5 };
    expect(selectGreedily(spoilt, labels, options)).toEqual(selectGreedily(members, labels, options));
  });
});
