/**
 * What the picker says about a network beside its layers: every card names where it comes from, what was published
 * about it and how its weights are fed.
 */
import type { ModelCard } from '../../contract/network.ts';
import { describe, expect, it } from 'vitest';
import { describeNetwork } from '../../core/models/describe.ts';
import { getModel, listModels } from '../../core/models/registry.ts';

/**
 * Definitions that nobody published figures for: variants of ours, the small 3G network of the public code, definitions
 * of timm's without weights.
 */
const NO_FIGURES = [
  'vgg16_c1_bn',
  'vgg16_fc',
  'resnet18_3g',
  'resnet10',
  'efficientnet_lite1',
  'efficientnet_lite2',
  'efficientnet_lite3',
  'efficientnet_lite4',
  'mixer_s16_224',
];

/**
 * As the read-me's of the published files have it: mean and standard deviation in the order blue, green, red, and the
 * list that numbers the classes.
 */
const FED: readonly [networks: readonly string[], mean: readonly number[], std: readonly number[], labels: string][] = [
  [['resnet101-v2', 'resnet152-v2', 'resnet269-v2'], [102.98, 115.947, 122.772], [1, 1, 1], 'ilsvrc2012'],
  [
    [
      'resnet18',
      'resnext26-32x4d',
      'resnext50-32x4d',
      'resnext101-32x4d',
      'resnext101-64x4d',
      'resnet38a',
      'wrn50-2',
      'airx50-24x4d',
      'air101',
      'air152',
      'airx101-32x4d',
    ],
    [103.52, 116.28, 123.675],
    [57.375, 57.12, 58.395],
    'ilsvrc2012',
  ],
  [['inception-v3'], [128, 128, 128], [128, 128, 128], 'ilsvrc2015'],
  [['xception', 'inception-v4', 'inception-resnet-v2'], [128, 128, 128], [128, 128, 128], 'ilsvrc2012'],
  [
    ['dpn-68-extra', 'dpn-92', 'dpn-98', 'dpn-131', 'dpn-107-extra'],
    [104, 117, 124],
    [59.88, 59.88, 59.88],
    'ilsvrc2012',
  ],
  [
    [
      'se-inception-v2',
      'se-resnet50',
      'se-resnet101',
      'se-resnet152',
      'se-resnext50-32x4d',
      'se-resnext101-32x4d',
      'senet154',
    ],
    [104, 117, 123],
    [1, 1, 1],
    'ilsvrc2015',
  ],
];

describe('cards', () => {
  it.each(listModels().map((card): [string, ModelCard] => [card.name, card]))(
    '%s has paper, source, licence and figures with their protocol',
    (name, card) => {
      expect(card.paper).toMatch(/^https:\/\//);
      for (const text of [card.title, card.license, card.source]) expect(text).not.toBe('');
      for (const { dataset, protocol, top1ErrorPct, top5ErrorPct } of card.published) {
        expect(`${dataset} ${protocol}`.length).toBeGreaterThan(15);
        expect(top1ErrorPct).toBeGreaterThan(top5ErrorPct ?? 0);
        expect(top1ErrorPct).toBeLessThan(100);
      }
      expect(card.published.length === 0, 'figures').toBe(NO_FIGURES.includes(name));
      const { layers, learnable, multiplyAdds } = describeNetwork(getModel(name), {
        size: card.nativeSize,
        channels: 3,
        classes: 1000,
        options: {},
      });
      expect(Math.min(layers.length, learnable, multiplyAdds)).toBeGreaterThan(5);
    },
  );

  it.each(FED)('%j are fed as their authors did', (networks, mean, std, labels) => {
    for (const network of networks) {
      const { preprocessing, nativeSize } = getModel(network);
      expect(preprocessing, network).toEqual({
        mean,
        std,
        labels,
        scale: 1,
        color: 'bgr',
        interpolation: 'linear',
        size: nativeSize,
        resize: nativeSize === 299 ? 320 : 256,
      });
    }
  });

  it('weights of the 2015 Inceptions take values from -1 to 1 wherever they were converted', () => {
    for (const name of ['inception_v3', 'inception_v3.keras', 'inception_v4', 'inception_resnet_v2', 'legacy_xception'])
      expect(getModel(name).preprocessing, name).toMatchObject({
        scale: 255,
        color: 'rgb',
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
      });
  });
});
