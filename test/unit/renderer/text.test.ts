import { describe, expect, test } from 'vitest';
import { ORPCError } from '@orpc/client';
import { badFields, problemFrom } from '../../../renderer/bridge/problem.ts';
import { smooth } from '../../../renderer/features/curves/smooth.ts';
import { nearestIndex } from '../../../renderer/ui/plots/plotRange.ts';
import { fuzzyScore } from '../../../renderer/format/fuzzy.ts';
import { bytes, compactNumber, duration, percent } from '../../../renderer/format/numbers.ts';
import { settingsDiff } from '../../../pure/settingsDiff.ts';
import { tableText } from '../../../pure/textTable.ts';
import { appendPoints, type RunCurves } from '../../../renderer/features/curves/runCurves.ts';
import { metricPoint } from '../../../contract/metrics.ts';

describe('numbers in words', () => {
  test('durations show their two largest units', () => {
    expect([420, 7000, 200_000, 7_500_000, 3 * 86_400_000 + 4 * 3_600_000].map((ms) => duration(ms))).toEqual([
      '420 ms',
      '7 s',
      '3 min 20 s',
      '2 h 05 min',
      '3 d 4 h',
    ]);
  });
  test('learning rates are short and exact', () => {
    expect([0, 1e-4, 0.001, 5e-8, 0.05, 1234].map((value) => compactNumber(value))).toEqual([
      '0',
      '1e-4',
      '0.001',
      '5e-8',
      '0.05',
      '1234',
    ]);
  });
  test('a missing value is a dash', () => {
    expect([percent(null), bytes(undefined), duration(Number.NaN)]).toEqual(['–', '–', '–']);
  });
});

describe('curves', () => {
  test('the smoothed beginning is not drawn towards zero, and gaps stay', () => {
    expect(smooth([2, 2, null, 2], 0.9).map((value) => (value === null ? null : Number(value.toFixed(9))))).toEqual([
      2,
      2,
      null,
      2,
    ]);
  });
  test('nearest point', () => {
    expect([-1, 0.4, 0.6, 2.5, 99].map((x) => nearestIndex([0, 1, 2, 3], x))).toEqual([0, 0, 1, 2, 3]);
    expect(nearestIndex([], 1)).toBe(-1);
  });
  test('points of a resumed run replace those beyond its checkpoint', () => {
    const curves: RunCurves = { attempt: 1, whole: true, columns: new Map() };
    appendPoints(
      curves,
      [1, 2, 3, 4].map((step) => metricPoint('train/loss', step, step / 2, step)),
    );
    appendPoints(curves, [metricPoint('train/loss', 3, 1.5, 30), metricPoint('val/loss', 3, 1.5, Number.NaN)]);
    expect(curves.columns.get('train/loss')).toEqual({ steps: [1, 2, 3], epochs: [0.5, 1, 1.5], values: [1, 2, 30] });
    expect(curves.columns.get('val/loss')?.values).toEqual([null]);
  });
});

describe('tables', () => {
  const table = {
    header: ['name', 'top-1, %'],
    rows: [
      ['=cmd|x', '-1.5'],
      ['a_b', '71.2'],
    ],
    numeric: [false, true],
    caption: 'val_split',
  };
  test('CSV never holds a formula, and numbers stay numbers', () => {
    expect(tableText(table, 'csv')).toBe('name,"top-1, %"\r\n"\'=cmd|x",-1.5\r\na_b,71.2');
  });
  test('Markdown and LaTeX escape what they must', () => {
    expect(tableText(table, 'markdown')).toContain('| =cmd\\|x | -1.5 |');
    expect(tableText(table, 'latex')).toContain('a\\_b & 71.2 \\\\');
  });
  test('only what differs is marked', () => {
    const rows = settingsDiff([
      { name: 'x', lr: 1, model: { name: 'a' } },
      { name: 'y', lr: 1, model: { name: 'b' } },
    ]);
    expect(rows.filter((row) => row.differs)).toEqual([{ setting: 'model.name', values: ['a', 'b'], differs: true }]);
  });
});

describe('what went wrong', () => {
  test("the host's own words come through", () => {
    const problem = problemFrom(
      new ORPCError('STUDIO', {
        data: {
          code: 'run.badSpec',
          message: 'No.',
          remedy: 'Yes.',
          details: { fields: [{ field: 'batchSize', problem: 'is 9' }, 3] },
        },
      }),
    );
    expect(problem).toMatchObject({ code: 'run.badSpec', message: 'No.', remedy: 'Yes.' });
    expect(badFields(problem)).toEqual([{ field: 'batchSize', problem: 'is 9' }]);
  });
  test('a lost wire is told from a fault', () => {
    expect(problemFrom(new Error('Cannot send message, WebSocket is not open.')).code).toBe('bridge.lost');
    expect(problemFrom(new TypeError('x is undefined')).code).toBe('unexpected');
  });
  test('the palette finds by beginnings of words', () => {
    expect(fuzzyScore('Stop vgg11 on shoes', 'vgg sto')).toBeGreaterThan(0);
    expect(fuzzyScore('Stop vgg11', 'vgg13')).toBeNull();
  });
});
