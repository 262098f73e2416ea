import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../../contract/errors.ts';
import type { RunSpec } from '../../../../contract/runSpec.ts';
import { fineTuningPlan, layerNames, matchLayers } from '../../../../core/models/layerChoice.ts';
import { getModel } from '../../../../core/models/registry.ts';
import { describeFineTuning } from '../../../../core/studio/runs/fineTuning.ts';
import { parseRunRequest, resolveSpec } from '../../../../core/studio/runs/resolveSpec.ts';
import type { StartingPoint } from '../../../../core/studio/weights/startingPoint.ts';
import { exampleCard } from '../../db/examples.ts';
import { exampleStart } from './exampleStart.ts';

const card = exampleCard({ nativeSize: { width: 32, height: 32 } });
const FROM = { kind: 'imported', weights: 'published' };

function resolve(fineTuning: object, start: StartingPoint | null, request: object = {}): RunSpec {
  const parsed = parseRunRequest({
    model: { name: 'vgg16' },
    dataset: 'd',
    epochs: 10,
    fineTuning: { ...(start && { from: FROM }), ...fineTuning },
    ...request,
  });
  return resolveSpec(parsed, card, getModel(parsed.model.name), start);
}

function errorOf(work: () => unknown): StudioError {
  try {
    work();
  } catch (error) {
    if (error instanceof StudioError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('layers by pattern', () => {
  const vgg = layerNames(getModel('vgg16_bn'), { size: 32, channels: 3, classes: 10, options: {} });
  it.each([
    ['conv1_1', ['conv1_1']],
    ['conv1*, bn1*', ['conv1_1', 'bn1_1', 'conv1_2', 'bn1_2']],
    ['head', ['fc8']],
    ['fc*', ['fc6', 'fc7', 'fc8']],
    ['*5_3', ['conv5_3', 'bn5_3']],
    ['conv.*', []],
    ['CONV1_1', []],
  ])('%s', (pattern, expected) => {
    expect([...matchLayers(pattern, vgg).layers].sort()).toEqual(expected.toSorted());
  });

  it('the parts that name nothing are told', () => {
    expect(matchLayers('conv1_1,conv9*,nope', vgg).unknown).toEqual(['conv9*', 'nope']);
  });

  it.each(['vgg16', 'resnet18', 'resnet20', 'inception_v3', 'dpn68', 'senet154', 'resnet50_3g'])(
    'the head of %s is what the number of classes shapes',
    (name) => {
      const model = getModel(name);
      const { head } = layerNames(model, { size: model.nativeSize, channels: 3, classes: 10, options: {} });
      expect(head.size).toBe(1);
    },
  );

  it('what trains when: the last factor that names a layer counts, the earliest thaw', () => {
    const { startEpoch, lrFactor, loaded } = fineTuningPlan(
      {
        from: { kind: 'imported', weights: 'w', name: 'w', sha256: 'a'.repeat(64) },
        newHead: true,
        loads: 'conv*,bn*,fc*',
        trains: { kind: 'from', layer: 'fc6' },
        lrFactors: [
          { layers: '*', factor: 0.5 },
          { layers: 'head', factor: 10 },
        ],
        unfreeze: [
          { epoch: 4, layers: 'conv5*' },
          { epoch: 2, layers: 'conv5_3' },
        ],
      },
      vgg,
    );
    expect(Object.fromEntries(startEpoch)).toEqual({ fc6: 0, fc7: 0, fc8: 0, conv5_1: 4, conv5_2: 4, conv5_3: 2 });
    expect([lrFactor.get('conv1_1'), lrFactor.get('fc8')]).toEqual([0.5, 10]);
    expect([loaded.has('conv1_1'), loaded.has('fc7'), loaded.has('fc8')]).toEqual([true, true, false]);
  });
});

describe('weights decide what is left open', () => {
  it('the head is new where the classes are others, the pictures are fed as the weights want them, at their size', () => {
    const spec = resolve({}, exampleStart('vgg16'));
    expect(spec).toMatchObject({
      fineTuning: { newHead: true, from: { kind: 'imported', sha256: 'a'.repeat(64) } },
      preprocessing: { size: 224, color: 'bgr', scale: 1, mean: [103.939, 116.779, 123.68] },
    });
  });

  it('at another size the pooling before the head keeps its grid', () => {
    expect(resolve({}, exampleStart('vgg16'), { preprocessing: { size: 32 } })).toMatchObject({
      model: { options: { poolGrid: 7 } },
      preprocessing: { size: 32 },
    });
  });

  it('what the request says counts; other colours bring no foreign mean', () => {
    expect(
      resolve({ loads: 'fc*' }, exampleStart('vgg16'), { preprocessing: { size: 224, color: 'rgb' } }).preprocessing,
    ).toMatchObject({ color: 'rgb', scale: 255, mean: [0.4, 0.5, 0.6] });
  });

  it('a network of the same name has the options of the weights', () => {
    const start = exampleStart('vgg16', { model: { name: 'vgg16', options: { widthFactor: 0.25, headWidth: 64 } } });
    expect(resolve({}, start).model.options).toEqual({ widthFactor: 0.25, headWidth: 64 });
  });

  it('as many classes: kept where they are known to be the same, else new unless it is asked to be kept', () => {
    const same = { classes: card.classIds.length };
    expect(resolve({}, exampleStart('vgg16', same)).fineTuning?.newHead).toBe(true);
    expect(resolve({ newHead: false }, exampleStart('vgg16', same)).fineTuning?.newHead).toBe(false);
    const knowing = (ids: readonly string[]): boolean | undefined =>
      resolve({}, exampleStart('vgg16', { ...same, outputs: { ids, names: ids } })).fineTuning?.newHead;
    expect(knowing(card.classIds)).toBe(false);
    expect(knowing(card.classIds.toReversed())).toBe(false);
    expect(knowing(card.classIds.map((id) => `${id} of others`))).toBe(true);
  });

  it('weights that are missing or of another shape are listed, with the remedy', () => {
    const start = exampleStart('vgg16');
    const partial = exampleStart('vgg16', {
      weights: new Map([...start.weights].filter(([name]) => !name.startsWith('conv5_3'))),
    });
    expect(errorOf(() => resolve({}, partial))).toMatchObject({
      code: 'weights.mismatch',
      details: { missing: ['conv5_3/kernel', 'conv5_3/bias'], misshaped: [] },
    });
    expect(resolve({ loads: 'conv1*,conv2*' }, partial).fineTuning).toMatchObject({ loads: 'conv1*,conv2*' });
    expect(errorOf(() => resolve({ newHead: false }, start))).toMatchObject({
      code: 'weights.mismatch',
      remedy: 'Take a new head (--new-head).',
      details: { misshaped: ['fc8/kernel', 'fc8/bias'] },
    });
    expect(errorOf(() => resolve({}, start, { model: { name: 'vgg16', options: { poolGrid: 2 } } }))).toMatchObject({
      code: 'weights.mismatch',
      details: { misshaped: ['fc6/kernel'] },
    });
  });

  it.each([
    ['trains', { trains: { kind: 'except', layers: 'conv9*' } }],
    ['trains', { trains: { kind: 'except', layers: '*' } }],
    ['trains', { trains: { kind: 'from', layer: 'fc9' } }],
    ['loads', { loads: 'nope' }],
    ['lrFactors', { lrFactors: [{ layers: 'nope', factor: 2 }] }],
    ['unfreeze', { unfreeze: [{ epoch: 10, layers: 'conv*' }] }],
    ['unfreeze', { unfreeze: [{ epoch: 1, layers: 'nope' }] }],
  ])('a bad choice is a bad field: %s', (field, choice) => {
    expect(errorOf(() => resolve(choice, exampleStart('vgg16')))).toMatchObject({
      code: 'run.badSpec',
      details: { fields: [{ field: `fineTuning.${field}` }] },
    });
  });

  it('a new head without weights is one too', () => {
    expect(errorOf(() => resolve({ newHead: true }, null)).details).toMatchObject({
      fields: [{ field: 'fineTuning.from' }],
    });
  });
});

describe('in words', () => {
  it('what is frozen, new, and how much trains', () => {
    const start = exampleStart('vgg16');
    const words = describeFineTuning(resolve({ trains: { kind: 'except', layers: 'conv*,fc6,fc7' } }, start), start);
    expect(words?.summary).toBe(
      '13 convolutions and 2 dense layers frozen, head new, 8.19 k of 134 M parameters train',
    );
    expect(words?.notes).toEqual([
      'Starts from imported weights "published": 15 of 16 layers.',
      'New head fc8 for 2 classes; the weights tell 1000 apart.',
      'Images are fed as the weights need them: 224 × 224, bgr, (value / 1 − 103.939, 116.779, 123.68) / 1, 1, 1.',
    ]);
  });

  it('what thaws, and that random layers are frozen', () => {
    const words = describeFineTuning(
      resolve({ trains: { kind: 'only', layers: 'head' }, unfreeze: [{ epoch: 3, layers: 'conv5*' }] }, null),
      null,
    );
    expect(words?.summary).toMatch(
      /^13 convolutions and 2 dense layers frozen, of these 3 convolutions from epoch 4 on, all from the seed, /,
    );
    expect(words?.notes).toEqual([
      'Frozen layers keep the random values of the seed: there are no weights to start from.',
    ]);
    expect(words?.trainedAtLast).toBeGreaterThan(words?.trained ?? Infinity);
  });

  it('nothing where nothing is chosen', () => {
    expect(
      describeFineTuning(
        resolveSpec(parseRunRequest({ model: { name: 'vgg11' }, dataset: 'd' }), card, getModel('vgg11')),
        null,
      ),
    ).toBeNull();
  });
});
