/**
 * Guard by command, on images: whatever one command that computes refuses or says, the others do too. Prediction,
 * evaluation, ensembles and the window's pages all run the evaluate job; the self-check and the export have jobs of
 * their own. What is looked at before anything is computed is in weightsGuards.test.ts; runs and their classes are in
 * cli/classesByName.test.ts.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExportOrigin } from '../../../contract/weights/exportCard.ts';
import type { InputSpec } from '../../../contract/inputSpec.ts';
import { Protocol } from '../../../contract/protocol.ts';
import type { OutputClasses } from '../../../contract/weights/weights.ts';
import { ImportOptions } from '../../../contract/dataset.ts';
import { importDataset } from '../../../core/data/import/import.ts';
import { writeSafetensors } from '../../../core/formats/safetensors.ts';
import { describeNetwork } from '../../../core/models/describe.ts';
import { getModel } from '../../../core/models/registry.ts';
import { runEvaluateJob } from '../../../core/worker/jobs/evaluate/job.ts';
import type { EvaluateResult, TrainedNetwork } from '../../../core/worker/jobs/evaluate/messages.ts';
import { runExportWeightsJob } from '../../../core/worker/jobs/exportWeights/job.ts';
import { runSelfCheckJob } from '../../../core/worker/jobs/selfCheck/job.ts';
import { formulaWeight } from '../../support/formulaWeights.ts';
import { picture, put } from '../data/fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-table-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const model = getModel('resnet20_cifar');
const options = { widthFactor: 0.01, depthFactor: 0.34 };
const SIDE = 32;
const shape = { size: SIDE, channels: 1, classes: 4, options };
const GRAY: InputSpec = { color: 'gray', scale: 255, mean: [0.2], std: [0.3] };
const RGB: InputSpec = { color: 'rgb', scale: 255, mean: [0, 0, 0], std: [1, 1, 1] };
const outputs: OutputClasses = { ids: ['a', 'b', 'c', 'd'], names: ['a', 'b', 'c', 'd'] };
const context = { send: () => undefined, signal: new AbortController().signal, startedAt: 0 };
let count = 0;

/** Images of each class under a name of its own; `names` are in the order of the network's classes. */
async function dataset(names: readonly string[]): Promise<string> {
  const root = join(folder, `set-${++count}`);
  for (const [label, name] of names.entries())
    for (const split of ['train', 'val'])
      for (let i = 0; i < 2; i += 1)
        put(join(root, split, name, `${i}.png`), await picture(SIDE, SIDE, 40 * label + i));
  const directory = join(folder, `imported-${count}`);
  await importDataset(ImportOptions.parse({ path: root }), `d${count}`, directory);
  return directory;
}

async function weights(change: (values: Float32Array) => void = () => undefined): Promise<string> {
  const path = join(folder, `weights-${++count}.safetensors`);
  const specs = describeNetwork(model, shape).weights;
  const tensors = specs.map((spec, i) => {
    const data = formulaWeight(spec);
    if (i === 0) change(data);
    return { name: spec.name, shape: spec.shape, data };
  });
  await writeSafetensors(path, tensors);
  return path;
}

const networkOf = (path: string, classes: OutputClasses | null = outputs): TrainedNetwork => ({
  model: { name: model.name, options },
  size: SIDE,
  outputs: classes,
  weights: { kind: 'file', path },
});

const protocolOf = (change: object = {}): Protocol =>
  Protocol.parse({
    name: 'whole',
    title: 'whole',
    resize: { kind: 'none' },
    crop: SIDE,
    crops: 'whole',
    mirror: false,
    average: 'probabilities',
    input: GRAY,
    labels: 'own',
    ...change,
  });

interface Asked {
  readonly path: string;
  readonly data: string;
  readonly protocol?: Protocol;
  readonly classes?: OutputClasses | null;
}

function evaluate({ path, data, protocol = protocolOf(), classes }: Asked): Promise<EvaluateResult> {
  const outputDir = join(folder, `out-${++count}`);
  mkdirSync(outputDir);
  return runEvaluateJob(
    {
      networks: [
        { network: networkOf(path, classes), own: { input: null, labels: null }, items: [{ protocol, outputDir }] },
      ],
      images: { kind: 'split', datasetDir: data, split: 'val', limit: null },
      batchSize: 4,
      precision: 'f32',
      device: 'wasm',
    },
    context,
  );
}

function check({ path, data, protocol = protocolOf(), classes }: Asked): Promise<{ classes: number }> {
  return runSelfCheckJob(
    {
      network: networkOf(path, classes),
      declared: null,
      labels: null,
      protocol,
      datasetDir: data,
      split: 'val',
      limit: 8,
      batchSize: 4,
      device: 'wasm',
    },
    context,
  );
}

async function exported(path: string): Promise<readonly string[]> {
  const origin: ExportOrigin = {
    name: 'guarded',
    model: { name: model.name, options },
    title: model.title,
    size: SIDE,
    channels: 1,
    classes: 4,
    input: GRAY,
    classNames: outputs.names,
    classIds: outputs.ids,
    labels: 'own',
    resize: null,
    protocol: null,
    source: {
      kind: 'file',
      id: null,
      checkpoint: null,
      dataset: null,
      definition: model.source,
      license: model.license,
      paper: model.paper,
    },
    metrics: [],
    notes: [],
  };
  const output = join(folder, `export-${++count}.onnx`);
  const job = { format: 'onnx', output, overwrite: false, exportedBy: 'test', size: null, pixels: null } as const;
  const card = await runExportWeightsJob({ ...job, network: networkOf(path), origin, features: [] }, context);
  return card.notes;
}

const COMPUTING = { 'evaluate, predict, ensembles, window': evaluate, check } as const;
let own: string;
let plain: string;
beforeAll(async () => {
  own = await dataset(outputs.names);
  plain = await weights();
});

describe.each(Object.entries(COMPUTING))('%s', (_name, compute) => {
  it('class ids: another order is no obstacle, nothing in common is refused', async () => {
    const turned = { ids: ['d', 'c', 'b', 'a'], names: ['d', 'c', 'b', 'a'] };
    expect(await compute({ path: plain, data: own, classes: turned })).toBeDefined();
    const others = await dataset(['u', 'v', 'x', 'y']);
    await expect(compute({ path: plain, data: others })).rejects.toMatchObject({ code: 'prediction.classMismatch' });
  });

  it('size of views: an image larger or smaller than a view of it whole is refused', async () => {
    for (const crop of [24, 48])
      await expect(compute({ path: plain, data: own, protocol: protocolOf({ crop }) })).rejects.toMatchObject({
        code: 'input.invalid',
      });
  });
});

it('the figures of classes in another order are those of the classes', async () => {
  const [forward] = (await evaluate({ path: plain, data: own })).scores;
  const names = ['z-a', 'y-b', 'x-c', 'w-d'];
  const turned = await dataset(names);
  const [again] = (await evaluate({ path: plain, data: turned, classes: { ids: names, names } })).scores;
  expect(again).toMatchObject({ top1: forward!.top1, count: forward!.count });
  expect(again!.loss).toBeCloseTo(forward!.loss!, 6);
});

it('colour: a network of one channel is not fed three', async () => {
  const protocol = protocolOf({ input: RGB });
  await expect(evaluate({ path: plain, data: own, protocol })).rejects.toMatchObject({ code: 'weights.mismatch' });
});

it('finite weights: the reason of probabilities that are no numbers, said in the exported card; a self-check finds out nothing with others', async () => {
  const path = await weights((values) => values.fill(NaN, 0, 1));
  await expect(evaluate({ path, data: own })).rejects.toThrow(
    /scores for .*\.png are no numbers\. .* no finite numbers/,
  );
  expect((await exported(path)).join(' ')).toContain('no finite numbers');
  await expect(check({ path, data: own })).rejects.toThrow(/no finite numbers/);
});
