/** Names of published VGG weights: torchvision, timm, Keras applications, Caffe and vgg16.npy. */
import type { PublishedInput } from '../../../contract/network.ts';
import type { LayerRow } from '../../models/describe.ts';
import type { NameMap } from './nameMap.ts';

/** Caffe's preprocessing, kept by vgg16.npy and Keras: bytes in BGR order with the training mean subtracted. */
const CAFFE_INPUT: PublishedInput = {
  size: 224,
  resize: 256,
  interpolation: 'linear',
  color: 'bgr',
  scale: 1,
  mean: [103.939, 116.779, 123.68],
  std: [1, 1, 1],
  labels: 'ilsvrc2012',
};
/** TF-Slim subtracts the same mean but keeps red, green, blue. */
const SLIM_INPUT: PublishedInput = { ...CAFFE_INPUT, color: 'rgb', mean: [123.68, 116.779, 103.939] };
/** TF-Slim's scope by the number of convolutions. */
const SLIM_SCOPES: Readonly<Record<number, string>> = { 8: 'vgg_a', 13: 'vgg_16', 16: 'vgg_19' };
const BGR_NOTE =
  'Weights published under these names expect blue, green, red, bytes 0–255 with the mean subtracted; ' +
  'weights trained elsewhere may not.';

/** Block and place of `conv3_2` and `bn3_2`. */
function place(name: string): { block: number; index: number; kind: string } | null {
  const match = /^(conv|bn)(\d)_(\d+)$/.exec(name);
  return match && { kind: match[1]!, block: Number(match[2]), index: Number(match[3]) };
}

/** `features.N` as torchvision numbers convolution, BatchNorm, ReLU and pooling; the head by `head`. */
function featureNumbers(layers: readonly LayerRow[], head: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const names = new Map(head);
  let next = 0;
  let block = 1;
  for (const { name } of layers) {
    const at = place(name);
    if (!at) continue;
    if (at.block !== block) {
      next++;
      block = at.block;
    }
    names.set(name, `features.${next++}`);
    const normalised = layers.some((layer) => layer.name === `bn${at.block}_${at.index}`);
    // The ReLU behind the convolution, or behind its BatchNorm.
    if (at.kind === 'bn' || !normalised) next++;
  }
  return names;
}

function renamed(
  layers: readonly LayerRow[],
  head: readonly string[],
  block: (at: { block: number; index: number; kind: string }) => string,
): ReadonlyMap<string, string> {
  return new Map(
    layers.map(({ name }) => {
      const at = place(name);
      return [name, at ? block(at) : (head[['fc6', 'fc7', 'fc8'].indexOf(name)] ?? name)];
    }),
  );
}

export const vggMaps: readonly NameMap[] = [
  {
    title: 'torchvision',
    family: 'vgg',
    preprocessing: null,
    // Away from 224 pixels its 7 × 7 grid holds averages.
    options: { gridPooling: 'average' },
    notes: [],
    layerNames: (layers) =>
      featureNumbers(
        layers,
        new Map([
          ['fc6', 'classifier.0'],
          ['fc7', 'classifier.3'],
          ['fc8', 'classifier.6'],
        ]),
      ),
  },
  {
    title: 'timm',
    family: 'vgg',
    preprocessing: null,
    options: { gridPooling: 'averageUpTo' },
    notes: [],
    layerNames: (layers) =>
      featureNumbers(
        layers,
        new Map([
          ['fc6', 'pre_logits.fc1'],
          ['fc7', 'pre_logits.fc2'],
          ['fc8', 'head.fc'],
        ]),
      ),
  },
  {
    title: 'Keras applications',
    family: 'vgg',
    preprocessing: CAFFE_INPUT,
    notes: [BGR_NOTE],
    layerNames: (layers) =>
      renamed(layers, ['fc1', 'fc2', 'predictions'], (at) => `block${at.block}_${at.kind}${at.index}`),
  },
  {
    title: 'Caffe or vgg16.npy',
    family: 'vgg',
    preprocessing: CAFFE_INPUT,
    notes: [BGR_NOTE],
    layerNames: (layers) =>
      renamed(layers, ['fc6', 'fc7', 'fc8'], (at) =>
        at.kind === 'bn' ? `conv${at.block}_${at.index}/bn` : `conv${at.block}_${at.index}`,
      ),
  },
  {
    title: 'TF-Slim',
    family: 'vgg',
    preprocessing: SLIM_INPUT,
    notes: [
      'Weights published under these names expect red, green, blue, bytes 0–255 with the mean subtracted; ' +
        'weights trained elsewhere may not.',
    ],
    layerNames: (layers) => {
      const scope = SLIM_SCOPES[layers.filter(({ name }) => place(name)?.kind === 'conv').length] ?? 'vgg';
      return renamed(
        layers,
        ['fc6', 'fc7', 'fc8'].map((name) => `${scope}/${name}`),
        (at) => `${scope}/conv${at.block}/conv${at.block}_${at.index}${at.kind === 'bn' ? '/BatchNorm' : ''}`,
      );
    },
  },
];
