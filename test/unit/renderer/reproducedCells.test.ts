/** A reproduced table as cells: as it is shown, and with a column for each thing it says. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { type CellState, ReproducedTable, ReproductionProject } from '../../../contract/results/reproduction.ts';
import { reproducedCells } from '../../../renderer/features/reproduce/reproducedCells.ts';

const FILE = resolve(import.meta.dirname, '../../../resources/reproduction/vgg-tiny-imagenet.json');
const project = ReproductionProject.parse(JSON.parse(readFileSync(FILE, 'utf8')));
const MEASURED: CellState = {
  kind: 'measured',
  value: '36.10',
  verdict: { kind: 'agrees', interval: { low: 0.35, high: 0.37 }, reason: 'it lies within the interval' },
  protocol: 'as-trained',
  from: ['r-1'],
  unfinished: [],
};
const table = ReproducedTable.parse({
  project,
  shipped: true,
  cells: [
    { row: 'vgg11', column: 'val-top1', published: '35.91', state: MEASURED },
    { row: 'vgg11', column: 'val-loss', published: '2.75', state: { kind: 'missingRun' } },
    { row: 'vgg13', column: 'val-top1', published: null, state: { kind: 'missingRun' } },
  ],
  datasets: [],
});

test('as shown: a column for each figure, and what is not there says what it needs', () => {
  const { header, rows, numeric } = reproducedCells(table, false);
  expect(header).toEqual(['Network', ...project.columns.map(({ title }) => title)]);
  const [first, second] = rows;
  expect(first).toEqual(['VGG-11', '', '36.10 (published 35.91): Agrees', '', '– (published 2.75): Not trained yet']);
  expect(second).toEqual(['VGG-13', '', '', '', '']);
  expect(numeric).toEqual([false, true, true, true, true]);
});

test('for programs: published, here and verdict apart', () => {
  const { header, rows } = reproducedCells(table, true);
  expect(header.slice(4, 7)).toEqual([
    'Validation top-1, %, published',
    'Validation top-1, %, here',
    'Validation top-1, %, verdict',
  ]);
  expect(rows[0]!.slice(4, 7)).toEqual(['35.91', '36.10', 'Agrees']);
});
