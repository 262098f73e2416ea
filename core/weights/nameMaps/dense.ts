/**
 * Names of published DenseNets: torchvision's and timm's are ours but for old spellings; Keras's. And of networks that
 * torchvision alone has.
 */
import type { LayerRow } from '../../models/describe.ts';
import { TORCHVISION_INPUT } from '../../models/published.ts';
import { type NameMap, timmMap } from './nameMap.ts';

/** torchvision's files still number the two halves of a layer: `norm.1`, `conv.2`. */
const oldNames = (layers: readonly LayerRow[]): Map<string, string> =>
  new Map(layers.map(({ name }) => [name, name.replace(/\.(norm|conv)([12])$/, '.$1.$2')]));

/**
 * `conv2_block1_1_conv`, `pool2_conv`; the block's number is that of the stage it makes. The stem is `conv1/conv` in the
 * published files, and `conv1_conv` in those of Keras 3, whose names have no slash.
 */
function kerasNames(layers: readonly LayerRow[], known: readonly string[]): Map<string, string> {
  const stem = known.includes('conv1_conv') ? 'conv1_' : 'conv1/';
  const names = new Map([
    ['features.conv0', `${stem}conv`],
    ['features.norm0', `${stem}bn`],
    ['features.norm5', 'bn'],
    ['classifier', 'predictions'],
  ]);
  const parts: Readonly<Record<string, string>> = { norm1: '0_bn', conv1: '1_conv', norm2: '1_bn', conv2: '2_conv' };
  for (const { name } of layers) {
    const layer = /^features\.denseblock(\d)\.denselayer(\d+)\.(\w+)$/.exec(name);
    const transition = /^features\.transition(\d)\.(norm|conv)$/.exec(name);
    if (layer) names.set(name, `conv${Number(layer[1]) + 1}_block${layer[2]}_${parts[layer[3]!]}`);
    if (transition) names.set(name, `pool${Number(transition[1]) + 1}_${transition[2] === 'norm' ? 'bn' : 'conv'}`);
  }
  return names;
}

export const denseMaps: readonly NameMap[] = [
  timmMap('densenet'),
  { title: 'torchvision', family: 'densenet', preprocessing: TORCHVISION_INPUT, notes: [], layerNames: oldNames },
  {
    title: 'Keras',
    family: 'densenet',
    formats: ['keras', 'keras-h5'],
    epsilon: 1.001e-5,
    preprocessing: TORCHVISION_INPUT,
    notes: [],
    layerNames: kerasNames,
  },
  ...['squeezenet', 'alexnet', 'googlenet', 'shufflenet'].map((family): NameMap => ({
    ...timmMap(family),
    title: 'torchvision',
  })),
];
