import { describe, expect, it } from 'vitest';
import { columnsFor, columnsInOrder, inColumns, labelIn } from '../../../core/evaluate/classColumns.ts';
import { probabilityMetrics } from '../../../core/evaluate/metrics.ts';
import { coarseProbabilities, seeded } from './seeded.ts';

const same = (...ids: string[]): { ids: string[]; names: string[] } => ({ ids, names: ids });
const owners = { network: 'The network', data: 'the data set' };

describe('columns of scores', () => {
  it("are the data set's classes in its order, then those that only the network knows", () => {
    const columns = columnsFor(same('a', 'b', 'c', 'd'), same('d', 'x', 'b'), owners);
    expect(columns).toMatchObject({ classes: { ids: ['d', 'x', 'b', 'a', 'c'] }, outputOf: [3, -1, 1, 0, 2] });
    expect([...inColumns(Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]), 4, columns)]).toEqual([
      4, 0, 2, 1, 3, 8, 0, 6, 5, 7,
    ]);
    expect([0, 1, 2, -1].map((label) => labelIn(columns, label))).toEqual([0, -1, 2, -1]);
    const scores = new Float32Array(6);
    expect(inColumns(scores, 3, columnsInOrder(same('a', 'b', 'c'), null))).toBe(scores);
  });

  it('give one accuracy and one loss, whatever the order in which a data set lists the classes', () => {
    const next = seeded(7);
    const ids = Array.from({ length: 9 }, (_, c) => `class ${c}`);
    const labels = Array.from({ length: 60 }, () => Math.floor(next() * 9));
    // Ties rank by place; there are none where every value differs.
    const scores = coarseProbabilities(next, 60, 9).map((value, i) => value + 0.001 * ((i * 7) % 9));
    const expected = probabilityMetrics(scores, labels, 9);
    for (let round = 0; round < 50; round++) {
      const listed = ids.toSorted(() => next() - 0.5);
      const columns = columnsFor(same(...ids), same(...listed), owners);
      const found = probabilityMetrics(
        inColumns(scores, 9, columns),
        labels.map((label) => labelIn(columns, listed.indexOf(ids[label]!))),
        9,
      );
      expect(found).toMatchObject({ labelled: 60, top1: expected.top1, top5: expected.top5 });
      expect(found.logLoss).toBeCloseTo(expected.logLoss!, 10);
    }
  });
});
