/** A published table from a terminal, from an empty data folder to filled cells. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import type { ReportCheck } from '../../../contract/results/report.ts';
import type { CellState, ReproducedTable } from '../../../contract/results/reproduction.ts';
import { ENGINES } from '../../support/engines.ts';
import { copyFashionImages } from '../../support/fashionImages.ts';
import { quorumCommand, quorumJson } from '../../support/quorumCommand.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-reproduce-'));
const dataDir = join(folder, 'data');
const [session] = ENGINES;
const COLUMN = { metric: 'top1', split: 'val', comparison: 'retrained' };
const PROJECT = {
  id: 'small-table',
  title: 'A narrow network',
  question: 'Does it learn?',
  source: 'https://example.org/table',
  paper: null,
  dataset: { name: 'two', title: 'Two classes', classes: 2, images: {} },
  rows: [
    {
      id: 'narrow',
      title: 'VGG-11, narrow',
      model: 'vgg11',
      options: { widthFactor: 0.05, headWidth: 8 },
      preset: null,
      recipe: { epochs: 2, batchSize: 10, lr: 0.001, preprocessing: { size: 32 } },
    },
  ],
  columns: [
    { ...COLUMN, id: 'val', title: 'Validation', protocol: 'as-trained' },
    // for color images; these are gray
    { ...COLUMN, id: 'color', title: 'Squashed, in color', protocol: 'squash-rgb-224' },
    { ...COLUMN, id: 'squashed', title: 'Squashed', protocol: 'squash-gray-224' },
  ],
  published: { narrow: { val: '99.99', color: '99.99', squashed: '99.99' } },
};

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stateOf = ({ cells }: ReproducedTable, column: string): CellState | undefined =>
  cells.find((cell) => cell.column === column)?.state;

test.skipIf(!session?.available)('a table is filled by one command, and says how its run differs', async () => {
  const file = join(folder, 'table.json');
  writeFileSync(file, JSON.stringify(PROJECT));
  await quorumJson(dataDir, ['reproduce', 'add', file]);
  expect(stateOf(await quorumJson(dataDir, ['reproduce', 'show', 'small-table']), 'val')).toEqual({
    kind: 'missingData',
  });
  copyFashionImages(join(folder, 'images'), { classes: ['trouser', 'bag'], images: { train: 20, val: 10 } });
  await quorumJson(dataDir, ['dataset', 'import', join(folder, 'images'), '--name', 'two']);

  const command = ['reproduce', 'run', 'small-table', '--precision', 'bf16', '--limit-train', '20', '--seeds', '1,2'];
  const planned = await quorumCommand(dataDir, [...command, '--dry-run']);
  expect(planned.stdout).toContain('2 runs to train');
  const ended = await quorumCommand(dataDir, [...command, '--json']);
  expect(ended.code).not.toBe(0);
  expect(ended.stderr).toContain('feeds 3 channels');
  // what could be measured is, and is shown
  const table = JSON.parse(ended.stdout) as ReproducedTable;
  expect(stateOf(table, 'color')).toMatchObject({
    verdict: { kind: 'notComparable', reason: expect.stringContaining('measured under squash-gray-224') },
  });
  for (const column of ['val', 'squashed'])
    expect(stateOf(table, column)).toMatchObject({
      kind: 'measured',
      verdict: { kind: 'notComparable', reason: expect.stringContaining('trained on 20 images') },
    });
  const { runs } = await quorumJson<{ runs: RunRow[] }>(dataDir, ['runs', 'list']);
  expect(runs.map(({ state, spec }) => [state, spec.precision, spec.limit.train])).toEqual([
    ['finished', 'bf16', 20],
    ['finished', 'bf16', 20],
  ]);
  // what is measured is not done again
  expect((await quorumCommand(dataDir, [...command, '--dry-run'])).stdout).not.toContain('to train');
});

test.skipIf(!session?.available)('its report has the vote of an ensemble of its runs', async () => {
  const { runs } = await quorumJson<{ runs: RunRow[] }>(dataDir, ['runs', 'list']);
  const members = runs.flatMap(({ id }) => ['--run', id]);
  await quorumJson(dataDir, ['ensemble', 'create', 'both', ...members]);
  await quorumJson(dataDir, ['ensemble', 'predict', 'both', '--data', 'val', '--output', join(folder, 'votes.csv')]);
  const page = join(folder, 'table.html');
  await quorumJson(dataDir, ['report', 'small-table', '-o', page, '--no-images']);
  const text = readFileSync(page, 'utf8');
  const found = ['The vote is right on', 'left out of this report', '<img'].filter((words) => text.includes(words));
  expect(found).toEqual(['The vote is right on', 'left out of this report']);
  const check = await quorumJson<ReportCheck>(dataDir, ['verify', page]);
  expect([check.problems, check.untouched]).toEqual([[], true]);
});
