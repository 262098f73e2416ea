/** Names of published residual networks: torchvision (and timm) for ResNet, ResNeXt and Wide ResNet; the usual CIFAR networks of section 4.2. */
import type { LayerRow } from '../../models/describe.ts';
import type { PublishedInput } from '../../models/family.ts';
import { TORCHVISION_INPUT } from '../../models/published.ts';
import type { NameMap } from './nameMap.ts';

/** The published CIFAR networks were trained with ImageNet's mean and deviation. */
const CIFAR_INPUT: PublishedInput = { ...TORCHVISION_INPUT, size: 32, resize: 32, labels: 'own' };

/** Stage and block from 0, and the convolution from 1 (0: the projection). */
interface Place { readonly stage: number; readonly block: number; readonly conv: number }

const letterIndex = (letter: string): number => letter.charCodeAt(0) - 'a'.charCodeAt(0);

/** Places of the blocks' convolutions by name, whichever of our naming schemes the network uses. */
function placesOf(layers: readonly LayerRow[]): Map<string, Place> {
  const convs = layers.filter(({ kind }) => kind === 'conv').map(({ name }) => name);
  // Blocks numbered through: one with a projection starts a stage.
  const starts = convs.flatMap((name) => /^resx?(\d+)_match_conv$/.exec(name)?.[1] ?? []).map(Number);
  // A network so narrow that its first block needs none starts there all the same.
  if (!starts.includes(1)) starts.unshift(1);
  const places = new Map<string, Place>();
  for (const name of convs) {
    const staged = /^res(\d+)_(\d+)_conv(\d)$/.exec(name);
    const numbered = /^resx?(\d+)_(?:conv(\d)|match_conv)$/.exec(name);
    const branched = /^res(\d+)([a-z])_branch(?:2([a-z])|1)$/.exec(name);
    if (staged) places.set(name, { stage: Number(staged[1]) - 1, block: Number(staged[2]) - 1, conv: Number(staged[3]) });
    else if (branched) places.set(name, { stage: Number(branched[1]) - 2, block: letterIndex(branched[2]!), conv: branched[3] === undefined ? 0 : letterIndex(branched[3]) + 1 });
    else if (numbered) {
      const index = Number(numbered[1]);
      const stage = starts.filter((start) => start <= index).length - 1;
      places.set(name, { stage, block: index - (starts[stage] ?? 1), conv: Number(numbered[2] ?? 0) });
    }
  }
  return places;
}

/** Whether stage 2 shrinks the map in a block's first 1×1 convolution, as Caffe's files do and PyTorch's do not: shapes agree, results do not. */
function stridesEarly(layers: readonly LayerRow[], places: ReadonlyMap<string, Place>): boolean {
  return layers.some(({ name, stride, kernel }) => places.get(name)?.conv === 1 && kernel?.[0] === 1 && stride === 2);
}

function pytorchNames(layers: readonly LayerRow[], head: string): ReadonlyMap<string, string> {
  const places = placesOf(layers);
  const names = new Map<string, string>();
  if (stridesEarly(layers, places)) return names;
  let conv = '';
  for (const { kind, name } of layers) {
    const place = places.get(kind === 'batchNorm' ? conv : name);
    const block = place && `layer${place.stage + 1}.${place.block}`;
    if (kind === 'conv') {
      conv = name;
      if (name === 'conv1') names.set(name, 'conv1');
      else if (place) names.set(name, place.conv === 0 ? `${block}.downsample.0` : `${block}.conv${place.conv}`);
    } else if (kind === 'batchNorm') {
      if (conv === 'conv1') names.set(name, 'bn1');
      else if (place) names.set(name, place.conv === 0 ? `${block}.downsample.1` : `${block}.bn${place.conv}`);
    } else if (kind === 'dense') {
      names.set(name, head);
    }
  }
  return names;
}

export const residualMaps: readonly NameMap[] = [
  ...['resnet', 'resnext'].map((family): NameMap => ({ title: 'torchvision', family, preprocessing: TORCHVISION_INPUT, notes: [], layerNames: (layers) => pytorchNames(layers, 'fc') })),
  ...['linear', 'fc'].map((head): NameMap => ({ title: 'PyTorch networks for CIFAR', family: 'cifar-resnet', preprocessing: CIFAR_INPUT, notes: [], layerNames: (layers) => pytorchNames(layers, head) })),
];
