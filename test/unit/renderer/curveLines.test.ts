import { expect, test } from 'vitest';
import { curveLines, type DrawnRun, MANY_RUNS } from '../../../renderer/features/curves/curveLines.ts';
import { COMPARED, type CurveSettings, DRAWN, PANELS } from '../../../renderer/features/curves/curveSettings.ts';
import { readCurves } from '../../../renderer/features/curves/readCurves.ts';

const settings: CurveSettings = { axis: 'epoch', smoothing: 0, logLoss: false, logLr: false, train: true };
const run = (at: number): DrawnRun => ({
  id: `r-${at}`,
  name: `run ${at}`,
  look: { color: ['red', 'green'][at % 2] ?? '', marker: 'circle' },
  bestEpoch: 2,
  curves: {
    attempt: 1,
    whole: true,
    columns: new Map(DRAWN.map((name) => [name, { steps: [10, 20, 30], epochs: [1, 2, 3], values: [3 + at, 2, 1] }])),
  },
});
const all = (amount: number, change: Partial<CurveSettings> = {}) =>
  PANELS.map((panel) =>
    curveLines(
      Array.from({ length: amount }, (_, at) => run(at)),
      panel,
      { ...settings, ...change },
    ),
  );

test('one run shows the loss of its batches too; several are compared without', () => {
  expect(all(1).flat()).toHaveLength(DRAWN.length);
  expect(all(2).flat()).toHaveLength(2 * COMPARED.length);
  expect(COMPARED).not.toContain('train/batchLoss');
});

test('training can be left out, and validation lies above it', () => {
  expect(all(1, { train: false }).map((lines) => lines.length)).toEqual([1, 1, 1]);
  expect(all(1)[1]?.map(({ star }) => star)).toEqual([undefined, 1]);
});

test('the best epoch has a star; a dash means training, for any number of runs', () => {
  const validation = all(10)[1]?.slice(10);
  expect(validation?.every(({ star, marker }) => star === 1 && marker === 'circle')).toBe(true);
  for (const amount of [1, 2, 10]) {
    const lines = all(amount)[1] ?? [];
    expect(lines.map(({ dash }) => dash !== undefined)).toEqual([
      ...Array.from({ length: amount }, () => true),
      ...Array.from({ length: amount }, () => false),
    ]);
  }
});

test('very many runs are thin lines without dashes and stars', () => {
  const lines = all(MANY_RUNS + 1).flat();
  expect(lines).toHaveLength((MANY_RUNS + 1) * COMPARED.length);
  for (const { width, dash, marker, star } of lines)
    expect([width, dash, marker, star]).toEqual([1, undefined, undefined, undefined]);
});

test('what is smoothed keeps what was recorded behind it', () => {
  const [batch, mean] = curveLines([run(0)], PANELS[0]!, { ...settings, smoothing: 0.5 });
  expect(batch?.ys).toEqual([3, 2, 1]);
  expect(mean?.ys).toEqual([3, expect.closeTo((0.25 * 3 + 0.5 * 2) / 0.75, 12), expect.any(Number)]);
  expect(batch?.opacity).toBeLessThan(mean?.opacity ?? 0);
});

test('values are read at the nearest recorded point, or at the end', () => {
  const { curves } = run(0);
  expect(readCurves(curves, 'epoch', 1.6)).toMatchObject({ trainLoss: 2, valTop1: 2 });
  expect(readCurves(curves, 'step', 12)).toMatchObject({ valLoss: 3 });
  expect(readCurves(curves, 'epoch', null)).toMatchObject({ lr: 1 });
  expect(readCurves(curves, 'epoch', 1.6).place).toBe(2);
  expect(readCurves(null, 'epoch', 1)).toEqual({
    place: null,
    trainLoss: null,
    valLoss: null,
    trainTop1: null,
    valTop1: null,
    lr: null,
  });
});
