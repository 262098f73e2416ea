/**
 * Names of published residual networks in PyTorch: torchvision (and timm) for ResNet, ResNeXt and Wide ResNet; timm (as
 * Cadene's) for SE-ResNet and SENet; the usual CIFAR networks of section 4.2; the authors' own for covariance pooling.
 */
import type { PublishedInput } from '../../../contract/network.ts';
import type { LayerRow } from '../../models/describe.ts';
import type { Model } from '../../models/family.ts';
import { KERAS_RESNET_INPUT, TORCHVISION_INPUT } from '../../models/published.ts';
import { type NameMap, onlyFor } from './nameMap.ts';

/** The published CIFAR networks were trained with ImageNet's mean and deviation. */
const CIFAR_INPUT: PublishedInput = { ...TORCHVISION_INPUT, size: 32, resize: 32, labels: 'own' };
/** github.com/kuangliu/pytorch-cifar, main.py. */
const PYTORCH_CIFAR_INPUT: PublishedInput = {
  ...CIFAR_INPUT,
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.2023, 0.1994, 0.201],
};

/** Stage and block from 0, and the convolution from 1 (0: the projection), or the dense layer of the squeeze. */
interface Place {
  readonly stage: number;
  readonly block: number;
  readonly conv: number | 'down' | 'up';
}

/** What the SENet files call the parts of a block. */
const PARTS: Readonly<Record<string, Place['conv']>> = {
  '1x1_reduce': 1,
  '3x3': 2,
  '1x1_increase': 3,
  '1x1_proj': 0,
  '1x1_down': 'down',
  '1x1_up': 'up',
  x1: 1,
  x2: 2,
  x3: 3,
  prj: 0,
  sqz: 'down',
  exc: 'up',
};

/** From 0, as columns of a spreadsheet are counted: behind z comes aa. */
const letterIndex = (letters: string): number =>
  [...letters].reduce((index, letter) => 26 * (index + 1) + letter.charCodeAt(0) - 'a'.charCodeAt(0), -1);

/** Places of the blocks' convolutions by name, whichever of our naming schemes the network uses. */
function placesOf(layers: readonly LayerRow[]): Map<string, Place> {
  const convs = layers.filter(({ kind }) => kind === 'conv' || kind === 'dense').map(({ name }) => name);
  // Blocks numbered through: one with a projection starts a stage.
  const starts = convs.flatMap((name) => /^resx?(\d+)_match_conv$/.exec(name)?.[1] ?? []).map(Number);
  // A network so narrow that its first block needs none starts there all the same.
  if (!starts.includes(1)) starts.unshift(1);
  const places = new Map<string, Place>();
  for (const name of convs) {
    const staged = /^res(\d+)_(\d+)_conv(\d)$/.exec(name);
    const numbered = /^resx?(\d+)_(?:conv(\d)|match_conv)$/.exec(name);
    const branched = /^res(\d+)([a-z]+)_branch(?:2([a-z])|1)$/.exec(name);
    const part = /^(?:conv|fc)([2-5])_(\d+)_(\w+)$/.exec(name);
    const conv = part && PARTS[part[3]!];
    if (staged)
      places.set(name, { stage: Number(staged[1]) - 1, block: Number(staged[2]) - 1, conv: Number(staged[3]) });
    else if (branched)
      places.set(name, {
        stage: Number(branched[1]) - 2,
        block: letterIndex(branched[2]!),
        conv: branched[3] === undefined ? 0 : letterIndex(branched[3]) + 1,
      });
    else if (part && conv !== undefined && conv !== null)
      places.set(name, { stage: Number(part[1]) - 2, block: Number(part[2]) - 1, conv });
    else if (numbered) {
      const index = Number(numbered[1]);
      const stage = starts.filter((start) => start <= index).length - 1;
      places.set(name, { stage, block: index - (starts[stage] ?? 1), conv: Number(numbered[2] ?? 0) });
    }
  }
  return places;
}

/** How PyTorch's networks of a kind call what they do not share. */
interface Naming {
  readonly stem: readonly [prefix: string, norm: string];
  readonly squeeze: string;
  readonly projection: string;
  readonly head: string;
  /** ResNet-D: a stem of several convolutions, and a mean before the shortcuts' convolution. */
  readonly isD?: boolean;
}

const TORCHVISION: Naming = { stem: ['', ''], squeeze: 'se', projection: 'downsample', head: 'fc' };
const CADENE: Naming = { ...TORCHVISION, stem: ['layer0.', 'layer0.'], squeeze: 'se_module', head: 'last_linear' };
/** github.com/kuangliu/pytorch-cifar, which many repositories started from. */
const PYTORCH_CIFAR: Naming = { ...TORCHVISION, projection: 'shortcut', head: 'linear' };

function pytorchNames(
  layers: readonly LayerRow[],
  { stem, squeeze, projection, head, isD = false }: Naming,
): Map<string, string> {
  const places = placesOf(layers);
  const names = new Map<string, string>();
  let conv = '';
  let stems = 0;
  for (const { kind, name } of layers) {
    const place = places.get(kind === 'batchNorm' ? conv : name);
    const block = place && `layer${place.stage + 1}.${place.block}`;
    if (kind === 'conv') {
      conv = name;
      if (!place && /^conv1/.test(name)) names.set(name, isD ? `conv1.${3 * stems++}` : `${stem[0]}conv${++stems}`);
      else if (place)
        names.set(name, place.conv === 0 ? `${block}.${projection}.${isD ? 1 : 0}` : `${block}.conv${place.conv}`);
    } else if (kind === 'batchNorm') {
      if (!place && /^conv1/.test(conv)) names.set(name, isD ? `conv1.${3 * stems - 2}` : `${stem[1]}bn${stems}`);
      else if (place)
        names.set(name, place.conv === 0 ? `${block}.${projection}.${isD ? 2 : 1}` : `${block}.bn${place.conv}`);
    } else if (kind === 'dense') {
      names.set(name, place ? `${block}.${squeeze}.${place.conv === 'down' ? 'fc1' : 'fc2'}` : head);
    }
  }
  // The stem's last BatchNorm stands outside its sequence.
  if (isD) for (const [own, name] of names) if (name === 'conv1.7') names.set(own, 'bn1');
  return names;
}

/** Behind the features of 3G-Net and iSQRT-COV. */
function covarianceNames(layers: readonly LayerRow[]): Map<string, string> {
  const names = pytorchNames(layers, TORCHVISION);
  for (const { name } of layers)
    if (/^(layer_reduce|atmp\d_)/.test(name)) names.set(name, name.replace(/^atmp(\d)_/, 'AtMp$1.'));
  return names;
}

/** timm's pre-activation networks: the same convolutions in another arrangement. */
function preactivatedNames(layers: readonly LayerRow[]): Map<string, string> {
  const names = new Map([
    ['conv1', 'stem.conv'],
    ['classifier', 'head.fc'],
  ]);
  for (const [name, { stage, block, conv }] of placesOf(layers))
    names.set(name, `stages.${stage}.blocks.${block}.${conv === 0 ? 'downsample.conv' : `conv${conv}`}`);
  return names;
}

/** Shapes agree, results do not: where a block halves the map, and how the first pooling rounds. */
function refusesEarlyStride(model: Model, layers: readonly LayerRow[]): string | null {
  const places = placesOf(layers);
  const early = layers.some(
    ({ name, stride, kernel }) => places.get(name)?.conv === 1 && kernel?.[0] === 1 && stride === 2,
  );
  const ceil = layers.some(({ kind, ceil: up }) => kind === 'maxPool' && up);
  return early || ceil
    ? "These are names of PyTorch's networks, which halve maps in the 3×3 convolution and round poolings down; " +
        `${model.name} does not. ` +
        `Their network is ${model.family === 'senet' ? 'seresnet50' : 'resnet50'} or one of its kind.`
    : null;
}

/** Keras's own names since 2.3; before that Caffe's with another head. */
function kerasNames(layers: readonly LayerRow[]): Map<string, string> {
  const places = placesOf(layers);
  const names = new Map([['classifier', 'predictions']]);
  let conv = '';
  for (const { kind, name } of layers) {
    if (kind === 'conv') conv = name;
    else if (kind !== 'batchNorm') continue;
    const place = places.get(conv);
    const stem = place ? `conv${place.stage + 2}_block${place.block + 1}_${place.conv}` : 'conv1';
    names.set(name, `${stem}_${kind === 'conv' ? 'conv' : 'bn'}`);
  }
  return names;
}

const KERAS_RESNETS = ['resnet50.keras', 'resnet101.keras', 'resnet152.keras'];
const keras = {
  title: 'Keras applications',
  family: 'resnet',
  formats: ['keras', 'keras-h5'],
  epsilon: 1.001e-5,
  preprocessing: KERAS_RESNET_INPUT,
  notes: [],
  refuses: onlyFor(
    KERAS_RESNETS,
    "These are names of Keras's networks, which halve maps in the first 1×1 convolution and round poolings down.",
  ),
} as const;

const card = { preprocessing: TORCHVISION_INPUT, notes: [] } as const;

export const residualMaps: readonly NameMap[] = [
  ...['resnet', 'resnext'].map((family): NameMap => ({
    ...card,
    title: 'torchvision',
    family,
    refuses: refusesEarlyStride,
    layerNames: (layers) => pytorchNames(layers, TORCHVISION),
  })),
  { ...keras, layerNames: kerasNames },
  {
    ...keras,
    layerNames: (layers) => new Map(layers.map(({ name, kind }) => [name, kind === 'dense' ? 'fc1000' : name])),
  },
  {
    title: 'pytorch-cifar',
    family: 'resnet',
    preprocessing: PYTORCH_CIFAR_INPUT,
    notes: [],
    refuses: refusesEarlyStride,
    layerNames: (layers) => pytorchNames(layers, PYTORCH_CIFAR),
  },
  {
    title: 'timm, ResNet-D',
    family: 'resnet',
    preprocessing: null,
    notes: [],
    layerNames: (layers) => pytorchNames(layers, { ...TORCHVISION, isD: true }),
  },
  ...['linear', 'fc'].map((head): NameMap => ({
    title: 'PyTorch networks for CIFAR',
    family: 'cifar-resnet',
    preprocessing: CIFAR_INPUT,
    notes: [],
    layerNames: (layers) => pytorchNames(layers, { ...TORCHVISION, head }),
  })),
  {
    ...card,
    title: 'timm',
    family: 'senet',
    epsilon: 1e-5,
    refuses: refusesEarlyStride,
    layerNames: (layers) => pytorchNames(layers, TORCHVISION),
  },
  {
    title: 'timm or Cadene',
    family: 'senet',
    epsilon: 1e-5,
    preprocessing: TORCHVISION_INPUT,
    notes: [],
    layerNames: (layers) => pytorchNames(layers, CADENE),
    refuses: ({ name }) =>
      name.startsWith('legacy_')
        ? null
        : "These are names of the SENet authors' networks, whose first pooling is rounded up. " +
          `Their network is legacy_${name === 'seresnet50_hik' ? 'seresnet50' : name}.`,
  },
  ...['3g', 'isqrt-cov'].map((family): NameMap => ({
    ...card,
    title: "the authors' own",
    family,
    layerNames: covarianceNames,
  })),
  {
    ...card,
    title: 'timm',
    family: 'resnet-v2',
    layerNames: preactivatedNames,
    refuses: () =>
      "These are names of timm's pre-activation networks, whose stem has no activation and whose first pooling is " +
      'padded and rounded down. No network here is theirs.',
  },
];
