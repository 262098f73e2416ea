import { describe, expect, it } from 'vitest';
import type { ModelOptions } from '../../../contract/runSpec.ts';
import { describeNetwork, type NetworkDescription } from '../../../core/models/describe.ts';
import { getModel, listModels } from '../../../core/models/registry.ts';
import { initialValues } from '../../../core/train/initializer.ts';

function described(
  name: string,
  size = 224,
  classes = 1000,
  options: ModelOptions = {},
  channels = 3,
): NetworkDescription {
  return describeNetwork(getModel(name), { size, channels, classes, options });
}

describe('fully convolutional VGG-16', () => {
  it.each([
    ['vgg16_fc', 13],
    ['vgg16_fc14', 14],
  ] as const)(
    '%s has %i normalised convolutions, five of stride 2, and no pooling but the mean of its logits',
    (name, convs) => {
      const { layers } = described(name);
      const normalised = layers.filter((layer) => layer.weights.some((weight) => weight.kind === 'leftVector'));
      expect(normalised).toHaveLength(convs);
      expect(normalised.filter((layer) => layer.stride === 2)).toHaveLength(5);
      expect(layers.filter((layer) => /pool/i.test(layer.kind)).map((layer) => layer.name)).toEqual([
        'globalAvgPool_1',
      ]);
      // BatchNorm after all but the first and the last
      expect(layers.filter((layer) => layer.kind === 'batchNorm')).toHaveLength(convs - 2);
    },
  );

  it('has the weights of dense layers on a 7×7 map at 224 pixels, and the same ones on a larger picture', () => {
    const shapes = (size: number): unknown =>
      described('vgg16_fc', size).weights.map(({ name, shape }) => [name, shape]);
    expect(described('vgg16_fc').weights.find((weight) => weight.name === 'fc6/kernel')?.shape).toEqual([
      7, 7, 512, 4096,
    ]);
    expect(shapes(320)).toEqual(shapes(224));
  });

  it('starts as published: BatchNorm scales 1 ± 0.02, head 0 ± 0.01', () => {
    const { weights } = described('vgg16_fc14', 32, 10, { headWidth: 256 });
    const spread = (chosen: (name: string) => boolean): [mean: number, deviation: number] => {
      const values = weights.filter(({ name }) => chosen(name)).flatMap((weight) => [...initialValues(weight, 1)]);
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      return [mean, Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length)];
    };
    const [gamma, gammaDeviation] = spread((name) => name.endsWith('/gamma'));
    const [head, headDeviation] = spread((name) => /^fc\d\/kernel/.test(name));
    expect(Math.abs(gamma - 1)).toBeLessThan(0.002);
    expect(Math.abs(gammaDeviation / 0.02 - 1)).toBeLessThan(0.05);
    expect(Math.abs(head)).toBeLessThan(1e-4);
    expect(Math.abs(headDeviation / 0.01 - 1)).toBeLessThan(0.02);
  });

  it('takes one channel, as gray pictures have', () => {
    expect(described('vgg16_fc', 64, 10, {}, 1).weights[0]?.shape).toEqual([3, 3, 1, 64]);
  });
});

describe('options of the zoo', () => {
  it('keep small pictures large through the stem', () => {
    const stemSize = (options: ModelOptions): number | undefined =>
      described('resnet50', 32, 10, options).layers.find((layer) => layer.name === 'res1_conv1')?.input[0];
    expect(stemSize({})).toBe(8);
    expect(stemSize({ smallInput: true })).toBe(32);
    const stem = described('resnet50', 32, 10, { smallInput: true }).layers.find((layer) => layer.name === 'conv1');
    expect([stem?.kernel, stem?.stride]).toEqual([[3, 3], 1]);
  });

  it('take fewer blocks, never none', () => {
    const blocks = (depthFactor: number): number =>
      described('resnet50', 32, 10, { depthFactor }).layers.filter((layer) => /^res\d+_conv2$/.test(layer.name)).length;
    expect([blocks(1), blocks(0.5), blocks(0.01)]).toEqual([16, 9, 4]);
  });

  it('keep groups whole in narrow networks', () => {
    const groups = described('resnext50_32x4d', 64, 10, { widthFactor: 0.3 }).layers.filter(
      (layer) => layer.groups === 32,
    );
    expect(groups.map((layer) => layer.output[2])).toEqual([
      32, 32, 32, 64, 64, 64, 64, 160, 160, 160, 160, 160, 160, 320, 320, 320,
    ]);
  });

  it('take the definition’s dropout unless told otherwise', () => {
    const dropouts = (options: ModelOptions): number =>
      described('senet154', 32, 10, { depthFactor: 0.1, ...options }).layers.filter((layer) => layer.kind === 'dropout')
        .length;
    expect([dropouts({}), dropouts({ dropout: 0 }), dropouts({ dropout: 0.5 })]).toEqual([1, 0, 1]);
  });
});

describe('cards', () => {
  it('state how published weights are fed and measured', () => {
    expect(getModel('se-resnet50').preprocessing).toEqual({
      size: 224,
      resize: 256,
      interpolation: 'linear',
      color: 'bgr',
      scale: 1,
      mean: [104, 117, 123],
      std: [1, 1, 1],
      labels: 'ilsvrc2015',
    });
    expect(
      getModel('inception-v4').published.map(({ protocol, top1ErrorPct, top5ErrorPct }) => [
        protocol,
        top1ErrorPct,
        top5ErrorPct,
      ]),
    ).toEqual([
      ['centre crop 299 of short side 320', 20.03, 5.09],
      ['12 crops 299 of short side 320', 18.6, 4.3],
      ['centre crop 395 of short side 395', 18.68, 4.32],
      ['12 crops 395 of short side 395', 18.12, 3.92],
    ]);
  });

  it('have no error that is no percentage, and none without a protocol', () => {
    for (const card of listModels()) {
      for (const { top1ErrorPct, top5ErrorPct, protocol, dataset } of card.published) {
        expect(top1ErrorPct, card.name).toBeGreaterThan(0);
        expect(top1ErrorPct, card.name).toBeLessThan(100);
        if (top5ErrorPct !== null) expect(top5ErrorPct, card.name).toBeLessThan(top1ErrorPct);
        expect(protocol.length * dataset.length, card.name).toBeGreaterThan(0);
      }
      if (card.preprocessing)
        expect([card.preprocessing.mean.length, card.preprocessing.std.length], card.name).toEqual(
          card.name === 'lenet' ? [1, 1] : [3, 3],
        );
    }
  });
});
