/** Every state of a cell, and every verdict, from planted facts. */
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CellState } from '../../../../contract/results/reproduction.ts';
import { getModel } from '../../../../core/models/registry.ts';
import { getProtocol } from '../../../../core/evaluate/protocols/namedProtocols.ts';
import {
  reproductionCells,
  type DatasetFact,
  type EvaluationFact,
  type RowFacts,
  type RunFact,
} from '../../../../core/studio/reproduce/cells.ts';
import { readProjects } from '../../../../core/studio/reproduce/readProjects.ts';
import { findPreset } from '../../../../core/studio/runs/presets.ts';

const SHIPPED = resolve(import.meta.dirname, '../../../../resources/reproduction');
const { projects } = readProjects(SHIPPED, '/nowhere');
const projectOf = (id: string) => projects.find(({ project }) => project.id === id)!.project;

describe('the shipped projects', () => {
  test('the five published tables are there', () => {
    expect(projects.map(({ project }) => project.id)).toEqual([
      '3g-net-imagenet',
      '3g-net-places365',
      'cifar10-fine-tuning',
      'imagenet-zoo-224',
      'imagenet-zoo-299',
      'vgg-lab-gray',
      'vgg-tiny-imagenet',
    ]);
    const zoo = projects.filter(({ project }) => project.id.startsWith('imagenet-zoo'));
    expect(zoo.flatMap(({ project }) => project.rows)).toHaveLength(31);
  });

  test.each(projects.map(({ project }) => [project.id, project] as const))('%s names what exists', (_, project) => {
    for (const row of project.rows) {
      expect(getModel(row.model).name).toBe(row.model);
      if (row.preset === null) continue;
      const [settings] = findPreset(row.preset).settings;
      expect(settings?.model.name).toBe(row.model);
    }
    for (const { protocol } of project.columns) {
      if (protocol !== null && protocol !== 'as-trained') expect(getProtocol(protocol).name).toBe(protocol);
    }
  });

  test.each(projects.map(({ project }) => [project.id, project] as const))(
    '%s says on an empty data folder what is missing',
    (_, project) => {
      const cells = reproductionCells(project, [], () => nothing);
      for (const { published, state } of cells) {
        if (published !== null) expect(['missingData', 'missingEvaluation']).toContain(state.kind);
      }
    },
  );
});

const nothing: RowFacts = { runs: [], weights: [], evaluations: [], timings: [] };
const TINY: DatasetFact = { id: 'd', name: 'tiny', classes: 200, images: { train: 100_000, val: 10_000 } };
const RUN: RunFact = {
  id: 'r',
  name: 'vgg11',
  datasetId: 'd',
  seed: 0,
  state: 'ended',
  differences: [],
  best: { 'val/top1': 0.3591, 'val/loss': 2.75, 'train/top1': 0.48, 'train/loss': 2.03 },
  images: { val: 10_000, train: 100_000 },
};

function stateOf(project: string, row: string, column: string, facts: RowFacts, dataset = TINY): CellState {
  const cells = reproductionCells(projectOf(project), [dataset], ({ id }) => (id === row ? facts : nothing));
  return cells.find((cell) => cell.row === row && cell.column === column)!.state;
}
const vgg11 = (facts: Partial<RowFacts>, dataset = TINY): CellState =>
  stateOf('vgg-tiny-imagenet', 'vgg11', 'val-top1', { ...nothing, ...facts }, dataset);

describe('a trained network', () => {
  test('from nothing to measured', () => {
    expect(vgg11({}, { ...TINY, classes: 10 })).toEqual({ kind: 'missingData' });
    expect(vgg11({})).toEqual({ kind: 'missingRun' });
    expect(vgg11({ runs: [{ ...RUN, state: 'running' }] })).toEqual({ kind: 'running', runId: 'r' });
    expect(vgg11({ runs: [{ ...RUN, state: 'unfinished', best: {} }] })).toEqual({ kind: 'unfinished', runId: 'r' });
    expect(vgg11({ runs: [RUN] })).toMatchObject({
      kind: 'measured',
      value: '35.91',
      protocol: 'as-trained',
      from: ['r'],
      verdict: { kind: 'agrees' },
    });
  });

  test('a run that ended early is continued, unless it differs in more than that', () => {
    const early: RunFact = { ...RUN, state: 'unfinished', differences: ['the run did not finish'] };
    expect(vgg11({ runs: [early] })).toMatchObject({
      verdict: { kind: 'notComparable', reason: 'the run did not finish' },
      unfinished: ['r'],
    });
    expect(vgg11({ runs: [RUN] })).toMatchObject({ unfinished: [] });
    const other: RunFact = { ...early, differences: ['lr 0.1 instead of 0.0001', ...early.differences] };
    expect(vgg11({ runs: [other] })).toMatchObject({ unfinished: [] });
  });

  test('seeds of settings other than published count together', () => {
    const small: RunFact = { ...RUN, differences: ['trained on 40,000 images'], best: { 'val/top1': 0.2 } };
    const runs = [
      small,
      { ...small, id: 's', best: { 'val/top1': 0.3 } },
      { ...small, id: 't', differences: ['lr 1'] },
    ];
    expect(vgg11({ runs })).toMatchObject({ value: '25.00', from: ['r', 's'] });
  });

  test('beyond chance', () => {
    expect(vgg11({ runs: [{ ...RUN, best: { 'val/top1': 0.3791 } }] })).toMatchObject({ verdict: { kind: 'differs' } });
  });

  test('too few images, and how many would decide', () => {
    const runs = [{ ...RUN, images: { val: 500 } }];
    // other images than the published ones are named first
    expect(vgg11({ runs })).toMatchObject({
      verdict: { kind: 'notComparable', reason: '500 val images, published on 10,000' },
    });
  });

  test('other settings are not comparable, and are named', () => {
    const differences = ['lr 0.01 instead of 0.0001'];
    expect(vgg11({ runs: [{ ...RUN, differences }] })).toMatchObject({
      kind: 'measured',
      verdict: { kind: 'notComparable', reason: 'lr 0.01 instead of 0.0001' },
    });
    // one that follows the preset counts before it
    expect(vgg11({ runs: [{ ...RUN, id: 'other', differences }, RUN] })).toMatchObject({ from: ['r'] });
  });

  test('seeds count together', () => {
    const seeds = [0.35, 0.36, 0.37].map((top1, seed) => ({
      ...RUN,
      id: `r${seed}`,
      seed,
      best: { 'val/top1': top1 },
    }));
    expect(vgg11({ runs: seeds })).toMatchObject({
      value: '36.00',
      from: ['r0', 'r1', 'r2'],
      verdict: { kind: 'agrees', reason: expect.stringContaining('3 seeds') },
    });
  });

  test('a loss needs two seeds', () => {
    const loss = (values: readonly number[]): CellState =>
      stateOf('vgg-tiny-imagenet', 'vgg11', 'val-loss', {
        ...nothing,
        runs: values.map((value, seed) => ({ ...RUN, id: `r${seed}`, seed, best: { 'val/loss': value } })),
      });
    expect(loss([2.75])).toMatchObject({ value: '2.75', verdict: { kind: 'notComparable' } });
    expect(loss([2.74, 2.76])).toMatchObject({ value: '2.75', verdict: { kind: 'agrees' } });
    expect(loss([2.94, 2.95])).toMatchObject({ verdict: { kind: 'differs' } });
  });

  test('an epoch of its own is read from an evaluation of that checkpoint', () => {
    const evaluation: EvaluationFact = {
      id: 'e',
      runId: 'r',
      epoch: 30,
      datasetId: 'd',
      split: 'val',
      protocol: 'as-trained',
      labelled: 50_000,
      top1: 0.357,
      top5: 0.6322,
      loss: 3,
    };
    const imagenet = { ...TINY, classes: 1000, images: { train: 1_281_167, val: 50_000 } };
    const facts = { ...nothing, runs: [{ ...RUN, best: {} }], evaluations: [evaluation] };
    expect(stateOf('vgg-lab-gray', 'fc-lab', 'top1-30', facts, imagenet)).toMatchObject({
      value: '35.70',
      from: ['e'],
    });
    expect(stateOf('vgg-lab-gray', 'fc-lab', 'top1-60', facts, imagenet)).toEqual({
      kind: 'missingEvaluation',
      of: ['r'],
    });
  });

  test('the validation that every run keeps does not fill a column under another protocol', () => {
    const project = projectOf('vgg-tiny-imagenet');
    const cropped = {
      ...project,
      columns: project.columns.map((column) => ({ ...column, protocol: 'native-64' })),
    };
    const kept: EvaluationFact = {
      id: 'e',
      runId: 'r',
      epoch: 'best',
      datasetId: 'd',
      split: 'val',
      protocol: 'as-trained',
      labelled: 10_000,
      top1: 0.3591,
      top5: 0.6,
      loss: 2.75,
    };
    const state = (evaluations: readonly EvaluationFact[]): CellState | undefined =>
      reproductionCells(cropped, [TINY], () => ({ ...nothing, runs: [RUN], evaluations })).find(
        ({ row, column }) => row === 'vgg11' && column === 'val-top1',
      )?.state;
    expect(state([kept])).toEqual({ kind: 'missingEvaluation', of: ['r'] });
    expect(state([kept, { ...kept, id: 'f', protocol: 'native-72' }])).toMatchObject({
      verdict: { kind: 'notComparable', reason: 'measured under native-72, published under native-64' },
    });
    expect(state([kept, { ...kept, id: 's', protocol: 'native-64.subset' }])).toMatchObject({
      verdict: { kind: 'notComparable', reason: expect.stringContaining('reading differs') },
    });
    expect(state([kept, { ...kept, id: 'g', protocol: 'native-64' }])).toMatchObject({
      from: ['g'],
      verdict: { kind: 'agrees' },
    });
  });
});

describe('published weights', () => {
  const IMAGENET: DatasetFact = { id: 'd', name: 'imagenet', classes: 1000, images: { val: 50_000 } };
  const evaluation = (change: Partial<EvaluationFact>): EvaluationFact => ({
    id: 'e',
    runId: null,
    epoch: null,
    datasetId: 'd',
    split: 'val',
    protocol: 'caffe-1crop-224',
    labelled: 50_000,
    top1: 1 - 0.2962,
    top5: 1 - 0.1038,
    loss: 1,
    ...change,
  });
  const cell = (evaluations: readonly EvaluationFact[], weights: readonly string[] = ['w']): CellState =>
    stateOf('imagenet-zoo-224', 'resnet18', 'native-1-top1', { ...nothing, weights, evaluations }, IMAGENET);

  test('missing, not evaluated, measured', () => {
    expect(cell([], [])).toEqual({ kind: 'missingWeights' });
    expect(cell([])).toEqual({ kind: 'missingEvaluation', of: ['w'] });
    expect(cell([evaluation({})])).toMatchObject({ kind: 'measured', value: '29.62', verdict: { kind: 'agrees' } });
  });

  test('another protocol, split or data set never fills the cell', () => {
    expect(cell([evaluation({ protocol: 'torchvision-1crop-224' })])).toMatchObject({ kind: 'missingEvaluation' });
    expect(cell([evaluation({ split: 'train' })])).toMatchObject({ kind: 'missingEvaluation' });
    expect(cell([evaluation({ datasetId: 'other' })])).toMatchObject({ kind: 'missingEvaluation' });
  });

  test('another reading of the same views is shown, and never compared', () => {
    const subset = evaluation({ id: 's', protocol: 'caffe-1crop-224.subset' });
    expect(cell([subset])).toMatchObject({
      kind: 'measured',
      protocol: 'caffe-1crop-224.subset',
      verdict: { kind: 'notComparable', reason: 'reading differs' },
    });
    expect(cell([subset, evaluation({})])).toMatchObject({ from: ['e'], verdict: { kind: 'agrees' } });
    const mapped = evaluation({ protocol: 'caffe-1crop-224.map-0123abcd' });
    expect(cell([mapped])).toMatchObject({ verdict: { kind: 'notComparable', reason: 'reading differs' } });
  });

  test('a wrong class order or mean shows', () => {
    expect(cell([evaluation({ top1: 0.001 })])).toMatchObject({ verdict: { kind: 'differs' } });
    expect(cell([evaluation({ top1: 1 - 0.3062 })])).toMatchObject({ verdict: { kind: 'differs' } });
  });

  test('a sample says how many images would decide', () => {
    expect(cell([evaluation({ labelled: 500 })])).toMatchObject({ verdict: { kind: 'tooFewImages' } });
  });

  test('times are shown and never judged', () => {
    const facts = { ...nothing, timings: [{ id: 't', size: 224, forwardMs: 31.234, backwardMs: 60 }] };
    expect(stateOf('imagenet-zoo-224', 'resnet18', 'forward-native', facts, IMAGENET)).toMatchObject({
      value: '31.23',
      verdict: { kind: 'notComparable' },
    });
    expect(stateOf('imagenet-zoo-224', 'resnet18', 'forward-large', facts, IMAGENET)).toEqual({
      kind: 'missingEvaluation',
      of: [],
    });
  });
});
