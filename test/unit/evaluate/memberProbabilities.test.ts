/** Every member's probabilities in the predictions file: on request, after the mean ones, in member order. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openPredictionsCsv } from '../../../core/evaluate/predictionsCsv.ts';
import type { PredictionsSidecar } from '../../../core/evaluate/predictionsSidecar.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-members-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const SIDECAR = {} as unknown as Omit<PredictionsSidecar, 'csv'>;

test('a column for each member and class', async () => {
  const path = join(folder, 'members.csv');
  const writer = await openPredictionsCsv(path, {
    memberLabels: ['11', '13'],
    classIds: ['n1', 'n2'],
    classNames: ['tench', 'goldfish'],
    columns: { probabilities: true, memberProbabilities: true },
  });
  await writer.write({
    image: 'a.png',
    memberClass: [0, 1],
    decision: 0,
    probabilities: [Float32Array.of(0.75, 0.25), Float32Array.of(0.5, 0.5)],
  });
  await writer.finish(SIDECAR);
  const means = 'p(tench),p(goldfish)';
  const own = '11 p(tench),11 p(goldfish),13 p(tench),13 p(goldfish)';
  expect(readFileSync(path, 'utf8').split('\n')).toEqual([
    `image,11,13,decision,${means},${own}`,
    'a.png,tench,goldfish,tench,0.625,0.375,0.75,0.25,0.5,0.5',
    '',
  ]);
});
