/**
 * Names of timm's and torchvision's networks, with the shapes of their state dicts. Which weight takes which tensor was
 * verified by logits: their networks with random weights and ours with the imported ones agree within 2e-6; the hashes
 * keep that table.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { getModel } from '../../../core/models/registry.ts';
import { planWeights } from '../../../core/weights/mapWeights.ts';
import type { WeightFile, WeightTensor } from '../../../core/formats/weightFile.ts';
import { fixturePath } from './fixtures.ts';

type Names = Record<string, [string, ...number[]][]>;
const namesIn = (file: string): Names => JSON.parse(gunzipSync(readFileSync(fixturePath(file))).toString()) as Names;
const names = { ...namesIn('timm_names.json.gz'), ...namesIn('torchvision_names.json.gz') };

/** A file whose tensors hold their own number in every place. */
function numbered(
  name: string,
  format: WeightFile['format'] = 'safetensors',
  epsilons: ReadonlyMap<string, number> = new Map(),
): WeightFile {
  const tensors = new Map<string, WeightTensor>(
    names[name]!.map(([key, ...shape], i) => [
      key,
      { dtype: 'f32', shape, read: () => new Float32Array(shape.reduce((n, side) => n * side, 1)).fill(i + 1) },
    ]),
  );
  return {
    format,
    path: `${name}.safetensors`,
    tensors,
    epsilons,
    metadata: new Map(),
    notes: [],
    close: () => undefined,
  };
}

const shapeOf = (name: string) => ({ size: getModel(name).nativeSize, channels: 3, classes: 1000, options: {} });

describe('names of timm and torchvision', () => {
  it.each([
    ['inception_v3', '85045464d5c17e3a'],
    ['inception_v4', '151885c99936ef87'],
    ['inception_resnet_v2', 'd6a7c59c7688e138'],
    ['legacy_xception', 'a30bd0ed9983ba60'],
    ['dpn68', '64c31e38cd9af2ff'],
    ['dpn92', '2a28382b3db73a7b'],
    ['legacy_seresnet50', 'f7399c4713a7b539'],
    ['legacy_senet154', 'f621d0cc27e0fb16'],
    ['seresnet50', 'ac201475f71f9fee'],
    // torchvision's, and timm's ResNet-D
    ['mobilenet_v2', '3a75c35326091297'],
    ['mobilenet_v3_small', '04589d028aa671af'],
    ['mobilenet_v3_large', '24289806bda4763a'],
    ['efficientnet_b0', '79ea749b298801b8'],
    ['mnasnet1_0', '996e5b0d5ab46aef'],
    ['convnext_tiny', '5cc3184cf092a9c5'],
    ['vit_b_16', '0eaf4cbbf0a67dd0'],
    ['swin_t', '3203f176a7c2f8e0'],
    ['squeezenet1_1', '7421fa1fc293929e'],
    ['shufflenet_v2_x1_0', '3a4d17650845722d'],
    ['googlenet', '6e94051cf7358f2e'],
    ['alexnet', 'be8b4964dbcd44de'],
    ['resnet50d', '7b32fb4ea63aae7d'],
  ] as const)('%s takes every tensor, each in its place', (name, hash) => {
    const { tensors, report } = planWeights(numbered(name), getModel(name), shapeOf(name));
    expect(report).toMatchObject({ missing: [], unused: [], misshaped: [] });
    const table = createHash('sha256');
    // The number in a tensor tells where it is from; a large one has one source.
    for (const [own, { shape, read }] of tensors)
      table.update(
        `${own} ${shape.join('x')} ${shape.length > 1 && shape.reduce((n, side) => n * side, 1) > 1e6 ? 'large' : read()[0]}\n`,
      );
    expect(table.digest('hex').slice(0, 16)).toBe(hash);
  });

  it.each([
    ['inception_v3', 'inception_v3.caffe'],
    ['inception_v4', 'inception_v4.caffe'],
    ['inception_resnet_v2', 'inception_resnet_v2.caffe'],
    ['legacy_xception', 'xception'],
    ['legacy_seresnet50', 'seresnet50'],
    ['seresnet50', 'legacy_seresnet50'],
  ] as const)('weights of %s are refused for %s, whose poolings or strides differ', (file, model) => {
    expect(() => planWeights(numbered(file), getModel(model), shapeOf(model))).toThrow(
      expect.objectContaining({
        code: 'weights.mismatch',
        message: expect.stringContaining('by shapes alone') as string,
      }),
    );
  });
});

describe('the epsilon of BatchNorm', () => {
  it('goes into the variances where the source has another', () => {
    const file = numbered('legacy_xception', 'safetensors', new Map([['bn1', 1e-3]]));
    const { tensors, card } = planWeights(file, getModel('legacy_xception'), shapeOf('legacy_xception'));
    const plain = planWeights(
      numbered('legacy_xception'),
      getModel('legacy_xception'),
      shapeOf('legacy_xception'),
    ).tensors;
    expect(tensors.get('conv1_bn/variance')!.read()[0]! - plain.get('conv1_bn/variance')!.read()[0]!).toBeCloseTo(
      1e-3 - 1e-5,
      5,
    );
    expect(tensors.get('conv2_bn/variance')!.read()).toEqual(plain.get('conv2_bn/variance')!.read());
    expect(card.notes.join(' ')).toContain(
      'BatchNorm adds 0.001 to variances where these weights come from and 0.00001 here',
    );
  });
});
