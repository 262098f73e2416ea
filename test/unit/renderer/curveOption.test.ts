import { expect, test } from 'vitest';
import { COMPARED, curveOption, type CurveSettings, DRAWN, type DrawnRun } from '../../../renderer/curves/curveOption.ts';

const settings: CurveSettings = { axis: 'epoch', smoothing: 0, logLoss: false, logLr: false, train: true, zoom: false };
const colors = { text: '#fff', muted: '#aaa', line: '#333', surface: '#000' };
const run = (at: number): DrawnRun => ({
  id: `r-${at}`, name: `run ${at}`, color: ['red', 'green'][at % 2] ?? '', dash: 'solid', bestEpoch: 2,
  curves: { attempt: 1, whole: true, columns: new Map(DRAWN.map((name) => [name, { steps: [1, 2, 3], epochs: [1, 2, 3], values: [3 + at, 2, 1] }])) },
});
type Drawn = { name: string; data: (number | null)[][]; markPoint?: { data: unknown[] }; xAxisIndex: number };
const seriesOf = (amount: number): Drawn[] => curveOption(Array.from({ length: amount }, (_, at) => run(at)), settings, colors, 500).series as unknown as Drawn[];

test('one run shows the loss of its batches too; several are compared without', () => {
  expect(seriesOf(1)).toHaveLength(DRAWN.length);
  expect(seriesOf(2)).toHaveLength(2 * COMPARED.length);
  expect(COMPARED).not.toContain('train/batchLoss');
});

test('very many runs are a few series with gaps, and not a point of them is lost', () => {
  const many = seriesOf(40);
  expect(many).toHaveLength(2 * COMPARED.length);
  for (const one of many) {
    expect(one.data.filter(([x]) => x === null)).toHaveLength(20);
    expect(one.data.filter(([x]) => x !== null)).toHaveLength(60);
  }
  expect(many.filter((one) => one.markPoint)).toEqual([]);
  expect(seriesOf(3).filter((one) => one.markPoint)).toHaveLength(6);
});
