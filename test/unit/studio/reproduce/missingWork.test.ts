/** What a table still needs, from planted cells. */
import { expect, test } from 'vitest';
import { type CellState, ReproducedTable } from '../../../../contract/results/reproduction.ts';
import { missingWork } from '../../../../core/studio/reproduce/missingWork.ts';

const COLUMN = { title: '', metric: 'top1', split: 'val', comparison: 'retrained' } as const;

function table(state: CellState, change: Partial<ReproducedTable> = {}): ReproducedTable {
  return ReproducedTable.parse({
    project: {
      id: 'p',
      title: 'P',
      question: '',
      source: 'https://example.org/',
      paper: null,
      dataset: { name: 'd', title: 'D', classes: 2, images: {} },
      rows: [
        { id: 'a', title: 'A', model: 'vgg11', preset: null, recipe: { epochs: 2 } },
        { id: 'b', title: 'B', model: 'vgg13', preset: 'quick' },
      ],
      columns: [
        { ...COLUMN, id: 'top1', protocol: 'whole', epoch: 3 },
        { ...COLUMN, id: 'top5', metric: 'top5', protocol: 'whole', epoch: 3 },
      ],
      published: { a: { top1: '50.0', top5: '80.0' } },
    },
    shipped: false,
    cells: [
      { row: 'a', column: 'top1', published: '50.0', state },
      { row: 'a', column: 'top5', published: '80.0', state },
      { row: 'b', column: 'top1', published: null, state },
    ],
    datasets: [{ id: 'd-1', name: 'D' }],
    ...change,
  });
}

test('a network without a run is trained once for each seed, by its own recipe; one without published figures is not', () => {
  const { runs, evaluations, byHand } = missingWork(table({ kind: 'missingRun' }), { seeds: [1, 2] });
  expect(runs.map(({ model, epochs, seed, dataset, name }) => [model.name, epochs, seed, dataset, name])).toEqual([
    ['vgg11', 2, 1, 'd-1', 'A, seed 1'],
    ['vgg11', 2, 2, 'd-1', 'A, seed 2'],
  ]);
  expect(evaluations).toEqual([]);
  expect(byHand).toEqual([]);
});

test('figures of one protocol and checkpoint are one evaluation', () => {
  const { evaluations } = missingWork(table({ kind: 'missingEvaluation', of: ['r-1', 'r-2'] }), { seeds: [1] });
  expect(evaluations).toEqual(
    ['r-1', 'r-2'].map((run) => ({
      network: { kind: 'run', run, checkpoint: { epoch: 3 } },
      dataset: 'd-1',
      split: 'val',
      protocol: 'whole',
    })),
  );
});

test('a run that ended early is continued once, although two cells wait for it', () => {
  expect(missingWork(table({ kind: 'unfinished', runId: 'r-1' }), { seeds: [1] }).resume).toEqual(['r-1']);
});

test('so is one that has a figure and is compared once it has ended', () => {
  const measured = (unfinished: string[]): CellState => ({
    kind: 'measured',
    value: '12.3',
    verdict: { kind: 'notComparable', reason: 'the run did not finish' },
    protocol: 'as-trained',
    from: ['r-1'],
    unfinished,
  });
  const resumed = (unfinished: string[]) => missingWork(table(measured(unfinished)), { seeds: [1] }).resume;
  expect(resumed(['r-1'])).toEqual(['r-1']);
  expect(resumed([])).toEqual([]);
});

test('what trains already is left alone', () => {
  expect(missingWork(table({ kind: 'running', runId: 'r-1' }), { seeds: [1] })).toEqual({
    runs: [],
    resume: [],
    evaluations: [],
    byHand: [],
  });
});

test('data and weights are for the user to bring, and nothing is trained without data', () => {
  const { runs, byHand } = missingWork(table({ kind: 'missingData' }, { datasets: [] }), { seeds: [1] });
  expect(runs).toEqual([]);
  expect(byHand.map(({ row, column }) => `${row} ${column}`)).toEqual(['a top1', 'a top5']);
});
