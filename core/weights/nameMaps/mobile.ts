/**
 * Names of published MobileNets, MNASNets and EfficientNets: timm's are ours; torchvision's, those of the PyTorch port
 * of TensorFlow's weights, Keras's.
 */
import type { LayerRow } from '../../models/describe.ts';
import type { Model } from '../../models/family.ts';
import { TORCHVISION_INPUT } from '../../models/published.ts';
import { type NameMap, timmMap } from './nameMap.ts';

/** What a layer of a block does, whichever kind of block it is in. */
type Role = 'expand' | 'depthwise' | 'reduce' | 'widen' | 'project';

interface Place {
  /** Counted through all stages. */
  readonly index: number;
  readonly stage: number;
  readonly block: number;
  readonly role: Role;
  readonly isNorm: boolean;
  /** Place of the step among the block's: the convolution with its BatchNorm is one, the squeeze another. */
  readonly step: number;
}

const ROLES: Readonly<Record<string, Role>> = {
  conv: 'expand',
  conv_exp: 'expand',
  conv_dw: 'depthwise',
  'se.conv_reduce': 'reduce',
  'se.conv_expand': 'widen',
  conv_pwl: 'project',
};

/** The blocks' layers in order; `conv_pw` expands where a depthwise convolution follows it, and projects behind one. */
function placesOf(layers: readonly LayerRow[]): Map<string, Place> {
  const places = new Map<string, Place>();
  let index = -1;
  let name = '';
  let seen: Role[] = [];
  for (const { name: layer, weights } of layers) {
    const match = weights.length > 0 ? /^(blocks\.(\d+)\.(\d+))\.(.+)$/.exec(layer) : null;
    if (!match) continue;
    const [, path = '', stage, block, part = ''] = match;
    if (path !== name) {
      index++;
      name = path;
      seen = [];
    }
    const isNorm = part.startsWith('bn');
    const role = isNorm
      ? seen.at(-1)!
      : part === 'conv_pw'
        ? seen.includes('depthwise')
          ? 'project'
          : 'expand'
        : ROLES[part]!;
    if (!isNorm) seen.push(role);
    const step = seen.filter((earlier) => earlier !== 'widen').length - 1;
    places.set(layer, { index, stage: Number(stage), block: Number(block), role, isNorm, step });
  }
  return places;
}

/** Names by place; `ends` are those outside the blocks. */
function named(
  layers: readonly LayerRow[],
  ends: Readonly<Record<string, string>>,
  nameOf: (place: Place) => string,
): Map<string, string> {
  const names = new Map(Object.entries(ends));
  for (const [layer, place] of placesOf(layers)) names.set(layer, nameOf(place));
  return names;
}

/** `features.<n>`: the stem is 0, the head the last. `block` is what MobileNetV2 calls `conv`. */
function torchvisionNames(
  layers: readonly LayerRow[],
  { block, byStage }: { block: string; byStage: boolean },
): Map<string, string> {
  const places = [...placesOf(layers).values()];
  const count = Math.max(...places.map(({ index, stage }) => (byStage ? stage : index))) + 1;
  const headBehindMean = layers.some(({ name, kind }) => name === 'conv_head' && kind === 'dense');
  const last = `features.${count + 1}`;
  const ends = {
    conv_stem: 'features.0.0',
    bn1: 'features.0.1',
    conv_head: headBehindMean ? 'classifier.0' : `${last}.0`,
    bn2: `${last}.1`,
    classifier: headBehindMean ? 'classifier.3' : 'classifier.1',
  };
  const steps = new Map<number, number>();
  for (const { index, step } of places) steps.set(index, step);
  const isPlain = (place: Place): boolean => place.role === 'expand' && steps.get(place.index) === 0;
  return named(layers, ends, (place) => {
    const path = byStage ? `features.${place.stage + 1}.${place.block}` : `features.${place.index + 1}`;
    const part = place.isNorm ? '1' : '0';
    // The last stage of MobileNetV3 is a convolution of its own; EfficientNetV2's are blocks all the same.
    if (isPlain(place)) return byStage ? `${path}.${block}.0.${part}` : `${path}.${part}`;
    if (place.role === 'reduce') return `${path}.${block}.${place.step}.fc1`;
    if (place.role === 'widen') return `${path}.${block}.${place.step}.fc2`;
    // MobileNetV2 and MNASNet do not group the last convolution and its BatchNorm.
    if (block === 'conv' && place.role === 'project') return `${path}.conv.${place.step + Number(place.isNorm)}`;
    return `${path}.${block}.${place.step}.${part}`;
  });
}

/** `layers.<n>`: the first block is spread over the sequence, the others are stages. */
function mnasnetNames(layers: readonly LayerRow[]): Map<string, string> {
  const ends = {
    conv_stem: 'layers.0',
    bn1: 'layers.1',
    conv_head: 'layers.14',
    bn2: 'layers.15',
    classifier: 'classifier.1',
  };
  return named(layers, ends, ({ stage, block, step, isNorm }) =>
    stage === 0
      ? `layers.${3 + 3 * step + Number(isNorm)}`
      : `layers.${7 + stage}.${block}.layers.${3 * step + Number(isNorm)}`,
  );
}

const PORT_ROLES: Readonly<Record<Role, readonly [layer: string, norm: string]>> = {
  expand: ['_expand_conv', '_bn0'],
  depthwise: ['_depthwise_conv', '_bn1'],
  reduce: ['_se_reduce', ''],
  widen: ['_se_expand', ''],
  project: ['_project_conv', '_bn2'],
};
const PORT_ENDS = { conv_stem: '_conv_stem', bn1: '_bn0', conv_head: '_conv_head', bn2: '_bn1', classifier: '_fc' };

const KERAS_ROLES: Readonly<Record<Role, readonly [layer: string, norm: string]>> = {
  expand: ['expand_conv', 'expand_bn'],
  depthwise: ['dwconv', 'bn'],
  reduce: ['se_reduce', ''],
  widen: ['se_expand', ''],
  project: ['project_conv', 'project_bn'],
};
const KERAS_ENDS = {
  conv_stem: 'stem_conv',
  bn1: 'stem_bn',
  conv_head: 'top_conv',
  bn2: 'top_bn',
  classifier: 'predictions',
};
const letter = (index: number): string => String.fromCharCode(97 + index);

/** Convolutions padded as TensorFlow pads, and BatchNorm's epsilon. */
function refusesPyTorchPadding({ name }: Model): string | null {
  return name.startsWith('tf_')
    ? null
    : `These are names of networks whose convolutions are padded as TensorFlow pads. Their network is tf_${name}.`;
}

function refusesTensorFlowPadding({ name }: Model): string | null {
  return name.startsWith('tf_')
    ? `These are names of networks whose convolutions are padded evenly. Their network is ${name.slice('tf_'.length)}.`
    : null;
}

const families = ['efficientnet', 'efficientnet-lite', 'efficientnetv2', 'mobilenet', 'mnasnet'] as const;

export const mobileMaps: readonly NameMap[] = [
  ...families.map(timmMap),
  {
    title: 'torchvision',
    family: 'mobilenet',
    preprocessing: TORCHVISION_INPUT,
    notes: [],
    layerNames: (layers) => torchvisionNames(layers, { block: 'conv', byStage: false }),
  },
  {
    title: 'torchvision, V3',
    family: 'mobilenet',
    epsilon: 1e-3,
    preprocessing: TORCHVISION_INPUT,
    notes: [],
    layerNames: (layers) => torchvisionNames(layers, { block: 'block', byStage: false }),
  },
  {
    title: 'torchvision',
    family: 'efficientnet',
    preprocessing: { ...TORCHVISION_INPUT, interpolation: 'cubic' },
    notes: [],
    layerNames: (layers) => torchvisionNames(layers, { block: 'block', byStage: true }),
    refuses: refusesTensorFlowPadding,
  },
  {
    title: 'torchvision',
    family: 'mnasnet',
    preprocessing: TORCHVISION_INPUT,
    notes: [],
    layerNames: mnasnetNames,
  },
  ...['efficientnet', 'efficientnet-lite'].map((family): NameMap => ({
    title: 'TensorFlow’s weights in PyTorch',
    family,
    epsilon: 1e-3,
    preprocessing: null,
    notes: [],
    refuses: refusesPyTorchPadding,
    layerNames: (layers) =>
      named(layers, PORT_ENDS, ({ index, role, isNorm }) => `_blocks.${index}.${PORT_ROLES[role][isNorm ? 1 : 0]}`),
  })),
  {
    title: 'Keras',
    family: 'efficientnet',
    formats: ['keras', 'keras-h5'],
    epsilon: 1e-3,
    preprocessing: { ...TORCHVISION_INPUT, interpolation: 'cubic' },
    notes: [],
    refuses: refusesPyTorchPadding,
    layerNames: (layers) =>
      named(
        layers,
        KERAS_ENDS,
        ({ stage, block, role, isNorm }) => `block${stage + 1}${letter(block)}_${KERAS_ROLES[role][isNorm ? 1 : 0]}`,
      ),
  },
];
