import { describe, expect, it } from 'vitest';
import { Loader } from '../../../core/data/batches/loader.ts';
import { lrRangeTest, suggestedLr, usableLrs, type LrRangePoint } from '../../../core/train/lrRangeTest.ts';
import { native, noTensorFlow, webAssembly } from '../../support/engines.ts';
import { SIDE, smallSpec, stripes } from '../../support/smallRun.ts';

describe('learning-rate range test', () => {
  it('rises geometrically, sees the loss fall and break, and suggests a rate between', async () => {
    const spec = smallSpec({ optimizer: { kind: 'sgd', momentum: 0.9 } });
    const engine = noTensorFlow === null ? native() : await webAssembly();
    const train = new Loader(stripes(40, 1), {
      size: SIDE,
      channels: 3,
      batchSize: 8,
      augmentation: spec.augmentation,
      seed: 5,
      shuffle: true,
    });
    const points: LrRangePoint[] = [];
    for await (const point of lrRangeTest(
      spec,
      { engine, train, signal: new AbortController().signal },
      { from: 1e-4, to: 1e3, steps: 80 },
    ))
      points.push(point);
    expect((points[1]?.lr ?? NaN) / (points[0]?.lr ?? NaN)).toBeCloseTo(1e7 ** (1 / 79), 6);
    expect(points.length).toBeLessThan(80);
    const best = suggestedLr(points) ?? NaN;
    expect(best).toBeGreaterThan(2e-4);
    expect(best).toBeLessThan(points.at(-1)?.lr ?? NaN);
    expect(Math.min(...points.map((p) => p.smoothLoss))).toBeLessThan(0.95 * (points[0]?.smoothLoss ?? NaN));
  });

  it('the usable range begins where the loss falls, and ends at its least', () => {
    const course = (losses: readonly number[]) =>
      losses.map((smoothLoss, step) => ({ step, lr: 10 ** (step - 6), loss: 0, smoothLoss }));
    // a twentieth of the fall from 2 to 1 is reached at the fourth rate
    expect(usableLrs(course([2, 2, 1.97, 1.9, 1.5, 1.2, 1, 1.8, 4]))).toEqual({ from: 1e-3, to: 1 });
    expect(usableLrs(course([2, 2.1, 2.2, 2.3, 2.4, 2.5]))).toBeNull();
    expect(usableLrs([])).toBeNull();
  });

  it('a loss that never falls suggests nothing; the steepest fall is found', () => {
    const course = (lossOf: (k: number) => number) =>
      Array.from({ length: 20 }, (_, k) => ({ step: k, lr: 10 ** (k / 4 - 5), loss: 0, smoothLoss: lossOf(k) }));
    expect(suggestedLr(course((k) => k))).toBeNull();
    expect(suggestedLr(course((k) => 1 / (1 + Math.exp(k - 10))))).toBeCloseTo(10 ** (10 / 4 - 5), 12);
    expect(suggestedLr([])).toBeNull();
    // Falls to its least at 11, is thrown up at 13, and falls steeply from there.
    expect(suggestedLr(course((k) => (k < 12 ? 2 - 0.1 * k : k === 13 ? 9 : 1.5)))).toBeLessThanOrEqual(
      10 ** (9 / 4 - 5),
    );
  });
});
