/** Curves of several seeds as one, and where runs went on under other settings. */
import { expect, test } from 'vitest';
import { changeMarks, curveLines, type DrawnRun } from '../../../renderer/features/curves/curveLines.ts';
import { type CurveSettings, PANELS } from '../../../renderer/features/curves/curveSettings.ts';
import { seedMean } from '../../../renderer/features/curves/seedMeans.ts';
import { yRange } from '../../../renderer/ui/plots/plotRange.ts';

const SETTINGS: CurveSettings = { axis: 'epoch', smoothing: 0, logLoss: false, logLr: false, train: true };

function drawn(id: string, losses: readonly number[], changes?: DrawnRun['changes']): DrawnRun {
  const column = {
    steps: losses.map((_, i) => 10 * (i + 1)),
    epochs: losses.map((_, i) => i + 1),
    values: [...losses],
  };
  return {
    id,
    name: id,
    look: { color: '#0072B2', marker: 'circle' },
    curves: { attempt: 0, whole: true, columns: new Map([['val/loss', column]]) },
    bestEpoch: 1,
    ...(changes && { changes }),
  };
}

test('the mean of what each epoch has, with its standard deviation', () => {
  const mean = seedMean([drawn('a', [1, 0.5, 0.2]), drawn('b', [3, 0.9])])!;
  expect(mean.name).toBe('a (mean of 2 seeds)');
  expect(mean.curves?.columns.get('val/loss')).toEqual({
    epochs: [1, 2, 3],
    steps: [10, 20, 30],
    values: [2, 0.7, 0.2],
  });
  // of the sample: √((1 − 2)² + (3 − 2)²) = √2, and √(2 · 0.2²)
  const [first, second, third] = mean.spread!.get('val/loss')!;
  expect(first).toBeCloseTo(Math.SQRT2, 12);
  expect(second).toBeCloseTo(0.2 * Math.SQRT2, 12);
  expect(third).toBeNull();
  expect(mean.bestEpoch).toBeNull();
  const line = curveLines([mean], PANELS[0]!, SETTINGS).find(({ spread }) => spread);
  expect(line?.spread).toEqual([first, second, null]);
  // the axis has room for the ground around the line
  const [low, high] = yRange([line!], [1, 3], {});
  expect(low).toBeLessThan(0.2);
  expect(high).toBeGreaterThan(2 + Math.SQRT2);
});

test('a run alone stays as it is', () => {
  const run = drawn('a', [1]);
  expect(seedMean([run])).toBe(run);
  expect(seedMean([])).toBeNull();
});

test('a mark stands at its epoch, or at the last step before it ended', () => {
  const run = drawn('a', [1, 0.5, 0.2], [{ epoch: 2, words: 'lr' }]);
  expect(changeMarks([run], 'epoch')).toEqual([{ x: 2, color: '#0072B2', words: 'lr' }]);
  expect(changeMarks([run], 'step')[0]?.x).toBe(20);
  expect(changeMarks(new Array<DrawnRun>(13).fill(run), 'epoch')).toEqual([]);
});
