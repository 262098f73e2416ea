/** Names of published Xception weights: timm (as Cadene's), and Keras, whose shortcuts have numbers only. */
import type { LayerRow } from '../../models/describe.ts';
import { KERAS_CENTRED_INPUT } from './inception.ts';
import { type ForeignLayer, type NameMap, onlyFor } from './nameMap.ts';

/** Block, layer from 1 (0: the shortcut), and which part of it. */
interface Place {
  readonly block: number;
  readonly layer: number;
  readonly part: 'depthwise' | 'pointwise' | 'bn';
}

function placeOf(name: string): Place | null {
  const shortcut = /^xception(\d+)_match_conv(_bn)?$/.exec(name);
  if (shortcut) return { block: Number(shortcut[1]), layer: 0, part: shortcut[2] ? 'bn' : 'pointwise' };
  const inner = /^xception(\d+)_conv(\d)_(1|2|bn)$/.exec(name);
  return (
    inner && {
      block: Number(inner[1]),
      layer: Number(inner[2]),
      part: inner[3] === 'bn' ? 'bn' : inner[3] === '1' ? 'depthwise' : 'pointwise',
    }
  );
}

function timmNames(layers: readonly LayerRow[], head: string): Map<string, string> {
  const names = new Map([
    ['conv1', 'conv1'],
    ['conv1_bn', 'bn1'],
    ['conv2', 'conv2'],
    ['conv2_bn', 'bn2'],
    ['conv3_1', 'conv3.conv1'],
    ['conv3_2', 'conv3.pointwise'],
    ['conv3_bn', 'bn3'],
    ['conv4_1', 'conv4.conv1'],
    ['conv4_2', 'conv4.pointwise'],
    ['conv4_bn', 'bn4'],
    ['classifier', head],
  ]);
  for (const { name } of layers) {
    const at = placeOf(name);
    if (!at) continue;
    // Activation, separable convolution, BatchNorm, and so on; the first block starts without the activation.
    const place = 3 * (at.layer - 1) + (at.block === 1 ? 0 : 1);
    const block = `block${at.block}`;
    if (at.layer === 0) names.set(name, `${block}.${at.part === 'bn' ? 'skipbn' : 'skip'}`);
    else if (at.part === 'bn') names.set(name, `${block}.rep.${place + 1}`);
    else names.set(name, `${block}.rep.${place}.${at.part === 'depthwise' ? 'conv1' : 'pointwise'}`);
  }
  return names;
}

function kerasNames(layers: readonly LayerRow[], names: readonly string[]): Map<string, string | ForeignLayer> {
  const found = new Map<string, string | ForeignLayer>([
    ['conv1', 'block1_conv1'],
    ['conv1_bn', 'block1_conv1_bn'],
    ['conv2', 'block1_conv2'],
    ['conv2_bn', 'block1_conv2_bn'],
    ['classifier', 'predictions'],
  ]);
  const shortcuts = names.filter((name) => /^conv(olution)?2d(_\d+)?$/.test(name));
  const norms = names.filter((name) => /^batch_?normalization(_v1)?(_\d+)?$/.test(name));
  const separable = (own: string, bn: string, foreign: string): void => {
    found
      .set(`${own}_1`, { name: foreign, kernel: 'kernel' })
      .set(`${own}_2`, { name: foreign, kernel: 'pointwise_kernel' })
      .set(bn, `${foreign}_bn`);
  };
  const last = Math.max(1, ...layers.map(({ name }) => placeOf(name)?.block ?? 0));
  let shortcut = 0;
  for (const { name } of layers) {
    const at = placeOf(name);
    if (at?.layer === 0 && at.part === 'pointwise')
      found.set(name, shortcuts[shortcut] ?? name).set(`${name}_bn`, norms[shortcut++] ?? name);
    else if (at?.part === 'depthwise')
      separable(
        `xception${at.block}_conv${at.layer}`,
        `xception${at.block}_conv${at.layer}_bn`,
        `block${at.block + 1}_sepconv${at.layer}`,
      );
  }
  separable('conv3', 'conv3_bn', `block${last + 2}_sepconv1`);
  separable('conv4', 'conv4_bn', `block${last + 2}_sepconv2`);
  return found;
}

const POOLS_DIFFER = 'These are names of weights whose poolings are padded in another way.';

export const xceptionMaps: readonly NameMap[] = [
  ...['fc', 'last_linear'].map((head): NameMap => ({
    title: 'timm',
    family: 'xception',
    epsilon: 1e-5,
    preprocessing: null,
    notes: [],
    refuses: onlyFor(['legacy_xception'], POOLS_DIFFER),
    layerNames: (layers) => timmNames(layers, head),
  })),
  {
    title: 'Keras applications',
    family: 'xception',
    formats: ['keras', 'keras-h5'],
    epsilon: 1e-3,
    preprocessing: KERAS_CENTRED_INPUT,
    notes: [],
    refuses: onlyFor(['xception'], POOLS_DIFFER),
    layerNames: kerasNames,
  },
];
