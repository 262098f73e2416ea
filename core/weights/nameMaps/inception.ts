/**
 * Names of published Inception weights: torchvision and timm for v3, timm (as Cadene's) for v4 and Inception-ResNet v2,
 * Keras's numbered layers.
 */
import type { PublishedInput } from '../../../contract/network.ts';
import type { LayerRow } from '../../models/describe.ts';
import { type Block, blockNames, type Branches, countBlocks, upTo } from './blockTable.ts';
import { type NameMap, onlyFor } from './nameMap.ts';

/** What Keras applications call mode `tf`. */
export const KERAS_CENTRED_INPUT: PublishedInput = {
  size: 299,
  resize: 342,
  interpolation: 'linear',
  color: 'rgb',
  scale: 255,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
  labels: 'ilsvrc2012',
};
const BN_EPSILON = 1e-3;
const PARTS = { conv: '.conv', bn: '.bn' } as const;
const sequence = (branch: string, ...own: readonly string[]): Branches =>
  Object.fromEntries(own.map((name, i) => [name, `${branch}.${i}`]));
const numbered = (branch: string, ...own: readonly string[]): Branches =>
  Object.fromEntries(own.map((name, i) => [name, `${branch}_${i + 1}`]));
const LETTERS = 'bcdefgh';

const V3_STEM: Branches = {
  conv1_3x3_s2: 'Conv2d_1a_3x3',
  conv2_3x3_s1: 'Conv2d_2a_3x3',
  conv3_3x3_s1: 'Conv2d_2b_3x3',
  conv4_3x3_reduce: 'Conv2d_3b_1x1',
  conv4_3x3: 'Conv2d_4a_3x3',
};
const V3_A: Branches = {
  '1x1': 'branch1x1',
  ...numbered('branch5x5', '5x5_reduce', '5x5'),
  ...numbered('branch3x3dbl', '3x3_reduce', '3x3_1', '3x3_2'),
  pool_proj: 'branch_pool',
};
const V3_B: Branches = {
  '1x1_2': 'branch1x1',
  ...numbered('branch7x7', '1x7_reduce', '1x7', '7x1'),
  ...numbered('branch7x7dbl', '7x1_reduce', '7x1_2', '1x7_2', '7x1_3', '1x7_3'),
  '1x1': 'branch_pool',
};
const V3_C: Branches = {
  '1x1_2': 'branch1x1',
  '1x3_reduce': 'branch3x3_1',
  '1x3': 'branch3x3_2a',
  '3x1': 'branch3x3_2b',
  '3x3_reduce': 'branch3x3dbl_1',
  '3x3': 'branch3x3dbl_2',
  '1x3_2': 'branch3x3dbl_3a',
  '3x1_2': 'branch3x3dbl_3b',
  '1x1': 'branch_pool',
};
const V3_BLOCKS: readonly Block[] = [
  ['', '', V3_STEM],
  ...upTo(3).map((i): Block => [`inception_a${i + 1}_`, `Mixed_5${LETTERS[i]}`, V3_A]),
  ['reduction_a_', 'Mixed_6a', { '3x3': 'branch3x3', ...numbered('branch3x3dbl', '3x3_2_reduce', '3x3_2', '3x3_3') }],
  ...upTo(4).map((i): Block => [`inception_b${i + 1}_`, `Mixed_6${LETTERS[i]}`, V3_B]),
  [
    'reduction_b_',
    'Mixed_7a',
    { ...numbered('branch3x3', '3x3_reduce', '3x3'), ...numbered('branch7x7x3', '1x7_reduce', '1x7', '7x1', '3x3_2') },
  ],
  ...upTo(2).map((i): Block => [`inception_c${i + 1}_`, `Mixed_7${LETTERS[i]}`, V3_C]),
];

const V4_A: Branches = {
  '1x1_2': 'branch0',
  ...sequence('branch1', '3x3_reduce', '3x3'),
  ...sequence('branch2', '3x3_2_reduce', '3x3_2', '3x3_3'),
  '1x1': 'branch3.1',
};
const V4_B: Branches = {
  '1x1_2': 'branch0',
  ...sequence('branch1', '1x7_reduce', '1x7', '7x1'),
  ...sequence('branch2', '7x1_2_reduce', '7x1_2', '1x7_2', '7x1_3', '1x7_3'),
  '1x1': 'branch3.1',
};
const V4_C: Branches = {
  '1x1_2': 'branch0',
  '1x1_3': 'branch1_0',
  '1x3': 'branch1_1a',
  '3x1': 'branch1_1b',
  '1x1_4': 'branch2_0',
  '3x1_2': 'branch2_1',
  '1x3_2': 'branch2_2',
  '1x3_3': 'branch2_3a',
  '3x1_3': 'branch2_3b',
  '1x1': 'branch3.1',
};

function v4Blocks(layers: readonly LayerRow[]): Block[] {
  const [a, b, c] = ['a', 'b', 'c'].map((letter) => countBlocks(layers, new RegExp(`^inception_${letter}(\\d+)_`))) as [
    number,
    number,
    number,
  ];
  const at = (index: number): string => `features.${index}`;
  const first = 6;
  return [
    ['', 'features', { conv1_3x3_s2: '0', conv2_3x3_s1: '1', conv3_3x3_s1: '2' }],
    ['inception_stem1_', at(3), { '3x3_s2': 'conv' }],
    [
      'inception_stem2_',
      at(4),
      { ...sequence('branch0', '3x3_reduce', '3x3'), ...sequence('branch1', '1x7_reduce', '1x7', '7x1', '3x3_2') },
    ],
    ['inception_stem3_', at(5), { '3x3_s2': 'conv' }],
    ...upTo(a).map((i): Block => [`inception_a${i + 1}_`, at(first + i), V4_A]),
    ['reduction_a_', at(first + a), { '3x3': 'branch0', ...sequence('branch1', '3x3_2_reduce', '3x3_2', '3x3_3') }],
    ...upTo(b).map((i): Block => [`inception_b${i + 1}_`, at(first + a + 1 + i), V4_B]),
    [
      'reduction_b_',
      at(first + a + 1 + b),
      { ...sequence('branch0', '3x3_reduce', '3x3'), ...sequence('branch1', '1x7_reduce', '1x7', '7x1', '3x3_2') },
    ],
    ...upTo(c).map((i): Block => [`inception_c${i + 1}_`, at(first + a + 2 + b + i), V4_C]),
  ];
}

const RESIDUAL: Readonly<Record<'a' | 'b' | 'c', Branches>> = {
  a: {
    '1x1': 'branch0',
    ...sequence('branch1', '3x3_reduce', '3x3'),
    ...sequence('branch2', '3x3_2_reduce', '3x3_2', '3x3_3'),
  },
  b: { '1x1': 'branch0', ...sequence('branch1', '1x7_reduce', '1x7', '7x1') },
  c: { '1x1': 'branch0', ...sequence('branch1', '1x3_reduce', '1x3', '3x1') },
};
const REPEATS = { a: 'repeat', b: 'repeat_1', c: 'repeat_2' } as const;

function residualNames(layers: readonly LayerRow[], head: string): Map<string, string> {
  const blocks: Block[] = [
    [
      '',
      '',
      {
        conv1_3x3_s2: 'conv2d_1a',
        conv2_3x3_s1: 'conv2d_2a',
        conv3_3x3_s1: 'conv2d_2b',
        conv4_3x3_reduce: 'conv2d_3b',
        conv4_3x3: 'conv2d_4a',
        conv6_1x1: 'conv2d_7b',
      },
    ],
    [
      'conv5_',
      'mixed_5b',
      {
        '1x1': 'branch0',
        ...sequence('branch1', '5x5_reduce', '5x5'),
        ...sequence('branch2', '3x3_reduce', '3x3', '3x3_2'),
        '1x1_ave': 'branch3.1',
      },
    ],
    ['reduction_a_', 'mixed_6a', { '3x3': 'branch0', ...sequence('branch1', '3x3_2_reduce', '3x3_2', '3x3_3') }],
    [
      'reduction_b_',
      'mixed_7a',
      {
        ...sequence('branch0', '3x3_reduce', '3x3'),
        ...sequence('branch1', '3x3_2_reduce', '3x3_2'),
        ...sequence('branch2', '3x3_3_reduce', '3x3_3', '3x3_4'),
      },
    ],
  ];
  const ups: [string, string][] = [];
  for (const letter of ['a', 'b', 'c'] as const) {
    const count = countBlocks(layers, new RegExp(`^inception_resnet_v2_${letter}(\\d+)_`));
    for (const i of upTo(count)) {
      const prefix = `inception_resnet_v2_${letter}${i + 1}_`;
      const foreign = letter === 'c' && i === count - 1 ? 'block8' : `${REPEATS[letter]}.${i}`;
      blocks.push([prefix, foreign, RESIDUAL[letter]]);
      // The 1×1 convolution behind the branches has a bias and no BatchNorm.
      ups.push([`${prefix}up`, `${foreign}.conv2d`]);
    }
  }
  return new Map([...blockNames(layers, blocks, PARTS), ...ups, ['classifier', head]]);
}

/** Keras numbers layers without names in the order they are made, which is ours; a file may start anywhere. */
function kerasNames(layers: readonly LayerRow[], names: readonly string[]): Map<string, string> {
  const residuals = { a: 'block35', b: 'block17', c: 'block8' } as const;
  const found = new Map<string, string>();
  const convs = names.filter((name) => /^conv(olution)?2d(_\d+)?$/.test(name));
  const norms = names.filter((name) => /^batch_?normalization(_v1)?(_\d+)?$/.test(name));
  let conv = 0;
  let norm = 0;
  for (const { kind, name } of layers) {
    const up = /^inception_resnet_v2_([abc])(\d+)_up$/.exec(name);
    if (up) found.set(name, `${residuals[up[1] as 'a' | 'b' | 'c']}_${up[2]}_conv`);
    else if (name === 'conv6_1x1') found.set(name, 'conv_7b');
    else if (name === 'conv6_1x1_bn') found.set(name, 'conv_7b_bn');
    else if (kind === 'conv') found.set(name, convs[conv++] ?? name);
    else if (kind === 'batchNorm') found.set(name, norms[norm++] ?? name);
    else if (kind === 'dense') found.set(name, 'predictions');
  }
  return found;
}

const POOLS_DIFFER =
  'These are names of weights whose averages and poolings at the border are computed in another way.';
const card = { family: 'inception', epsilon: BN_EPSILON, notes: [] } as const;

export const inceptionMaps: readonly NameMap[] = [
  {
    title: 'Cadene',
    family: 'inception',
    preprocessing: null,
    notes: [],
    refuses: onlyFor(['bn_inception'], POOLS_DIFFER),
    layerNames: (layers) => new Map(layers.map(({ name }) => [name, name === 'classifier' ? 'last_linear' : name])),
  },
  {
    ...card,
    title: 'torchvision or timm',
    preprocessing: null,
    refuses: onlyFor(['inception_v3'], POOLS_DIFFER),
    layerNames: (layers) => new Map([...blockNames(layers, V3_BLOCKS, PARTS), ['classifier', 'fc']]),
  },
  {
    ...card,
    title: 'timm',
    preprocessing: null,
    refuses: onlyFor(['inception_v4'], POOLS_DIFFER),
    layerNames: (layers) => new Map([...blockNames(layers, v4Blocks(layers), PARTS), ['classifier', 'last_linear']]),
  },
  ...['classif', 'last_linear'].map((head): NameMap => ({
    ...card,
    title: 'timm',
    preprocessing: null,
    refuses: onlyFor(['inception_resnet_v2'], POOLS_DIFFER),
    layerNames: (layers) => residualNames(layers, head),
  })),
  {
    ...card,
    title: 'Keras applications',
    formats: ['keras', 'keras-h5'],
    preprocessing: KERAS_CENTRED_INPUT,
    withoutScale: true,
    refuses: onlyFor(['inception_v3.keras', 'inception_resnet_v2'], POOLS_DIFFER),
    layerNames: kerasNames,
  },
];
