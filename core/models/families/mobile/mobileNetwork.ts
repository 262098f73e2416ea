/**
 * Networks of inverted residuals (Sandler et al. 2018, arXiv:1801.04381), written as rows of stages: MobileNet V2 and
 * V3, MNASNet, EfficientNet and its Lite and V2 variants. Layers are named as timm names them.
 */
import type { ModelOptions } from '../../../../contract/runSpec.ts';
import type { Activation } from '../../activations.ts';
import type { Builder, Value } from '../../builder.ts';
import type { NetworkShape } from '../../family.ts';
import { stochasticDepth } from '../../stochasticDepth.ts';
import { convBlock } from '../convBlock.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';

/**
 * `separable`: depthwise, 1×1. `inverted`: 1×1 that expands, depthwise, 1×1 that projects. `fused`: a full convolution
 * that expands, 1×1 that projects. `plain`: one convolution.
 */
export type BlockKind = 'separable' | 'inverted' | 'fused' | 'plain';

/** Blocks that follow one another; the stride is that of the first. */
export interface BlockRow {
  readonly kind: BlockKind;
  readonly repeats: number;
  readonly kernel: 1 | 3 | 5;
  readonly stride: 1 | 2;
  readonly channels: number;
  /** Channels between, as a multiple of those that come in. */
  readonly expand?: number;
  /** Squeeze-and-excitation to this share of the channels that `MobileDesign.squeezeOf` says. */
  readonly squeeze?: number;
  /** Where it is not the network's own. */
  readonly activation?: Activation;
  /** Whether what comes in is added where shapes agree; on, but for plain convolutions. */
  readonly skip?: boolean;
}

export interface MobileDesign {
  readonly stem: number;
  /** Stages, each of rows: what timm numbers `blocks.<stage>.<block>`. */
  readonly stages: readonly (readonly BlockRow[])[];
  readonly head: number;
  readonly activation: Activation;
  /** Where the last 1×1 convolution stands: before the mean over the map, with BatchNorm, or behind it, with a bias. */
  readonly headBehindMean?: boolean;
  /**
   * `incoming`: the squeeze has a share of the block's input channels; `between`: of the expanded ones, rounded to
   * multiples of 8, with a hard sigmoid.
   */
  readonly squeezeOf: 'incoming' | 'between';
  readonly padding?: 'same' | 'tensorflow';
  readonly epsilon?: number;
  readonly momentum?: number;
  readonly width?: number;
  readonly depth?: number;
  /** Of the published training: before the classifier, and of the last block's branch. */
  readonly dropout?: number;
  /** Stem and head as wide and the first and last stage as deep as without `width` and `depth` (EfficientNet-Lite). */
  readonly fixedEnds?: boolean;
  /** Head as wide as without `width` (MNASNet). */
  readonly fixedHead?: boolean;
}

/** `channels` times `width` to a multiple of 8, never more than a tenth below. */
export function multipleOf8(channels: number, width = 1): number {
  const wanted = channels * width;
  const rounded = Math.max(8, Math.floor((wanted + 4) / 8) * 8);
  return rounded < 0.9 * wanted ? rounded + 8 : rounded;
}

interface Place {
  readonly name: string;
  readonly row: BlockRow;
  readonly stride: number;
  readonly channels: number;
  /** Whether what comes in is added. */
  readonly adds: boolean;
}

/** Layers `conv_stem`, `blocks.<stage>.<block>.…`, `conv_head`, `classifier`. */
export function mobileNetwork<V extends Value>(
  builder: Builder<V>,
  input: V,
  shape: NetworkShape,
  design: MobileDesign,
): V {
  const { options } = shape;
  const { activation, fixedEnds = false, width = 1 } = design;
  const scaled = (channels: number): number => scaledWidth(channels, options);
  const stem = fixedEnds ? design.stem : multipleOf8(design.stem, width);
  const { smallInput = false } = options;
  let x = block(builder, input, 'conv_stem', 'bn1', design, {
    filters: scaled(stem),
    kernel: 3,
    stride: smallInput ? 1 : 2,
    activation,
  });
  const places = placesOf(design, options, stem);
  const dropPath = stochasticDepth(builder, options, places.filter(({ adds }) => adds).length);
  for (const place of places) x = mobileBlock(builder, x, place, design, dropPath);
  const head = scaled(fixedEnds || design.fixedHead ? design.head : multipleOf8(design.head, width));
  x = design.headBehindMean
    ? builder.activation(builder.dense(builder.globalAvgPool(x), 'conv_head', { units: head }), activation)
    : builder.globalAvgPool(block(builder, x, 'conv_head', 'bn2', design, { filters: head, kernel: 1, activation }));
  const { dropout = design.dropout ?? 0 } = options;
  if (dropout > 0) x = builder.dropout(x, 'dropout', dropout);
  return builder.dense(x, 'classifier', { units: shape.classes, init: { kind: 'glorot' } });
}

/** The blocks with the numbers that width and depth leave them; with `smallInput` the first stride is 1. */
function placesOf(
  { stages, width = 1, depth = 1, fixedEnds = false }: MobileDesign,
  options: ModelOptions,
  stem: number,
): Place[] {
  let incoming = stem;
  let isFirstStride = options.smallInput ?? false;
  return stages.flatMap((rows, stage) => {
    const isEnd = stage === 0 || stage === stages.length - 1;
    const places: Place[] = [];
    for (const row of rows) {
      const deep = fixedEnds && isEnd ? row.repeats : Math.ceil(row.repeats * depth);
      const early = row.stride === 2 && isFirstStride;
      if (early) isFirstStride = false;
      // A narrow network has its sums where the published one has them.
      const published = multipleOf8(row.channels, width);
      const channels = scaledWidth(published, options);
      const { skip = row.kind !== 'plain' } = row;
      for (let i = 0; i < scaledDepth(deep, options); i++) {
        const stride = i > 0 || early ? 1 : row.stride;
        const adds = skip && stride === 1 && incoming === published;
        places.push({ name: `blocks.${stage}.${places.length}`, row, stride, channels, adds });
        incoming = published;
      }
    }
    return places;
  });
}

function mobileBlock<V extends Value>(
  builder: Builder<V>,
  x: V,
  { name, row, stride, channels, adds }: Place,
  design: MobileDesign,
  dropPath: (branch: V) => V,
): V {
  const { kind, kernel, expand = 1 } = row;
  const { activation = design.activation } = row;
  const incoming = x.shape.at(-1)!;
  const between = multipleOf8(incoming * expand);
  const conv = (from: V, layer: string, bn: number, filters: number, options: ConvOptionsOfBlock): V =>
    block(builder, from, `${name}.${layer}`, `${name}.bn${bn}`, design, { filters, ...options });
  const squeezed = (from: V): V =>
    row.squeeze === undefined ? from : squeeze(builder, from, name, row.squeeze, incoming, activation, design);
  const depthwise = { kernel, stride, groups: between, activation };
  const project = { kernel: 1, activation: null } as const;
  let y: V;
  switch (kind) {
    case 'plain':
      y = conv(x, 'conv', 1, channels, { kernel, stride, activation });
      break;
    case 'separable':
      y = squeezed(conv(x, 'conv_dw', 1, between, depthwise));
      y = conv(y, 'conv_pw', 2, channels, project);
      break;
    case 'inverted':
      y = conv(x, 'conv_pw', 1, between, { kernel: 1, activation });
      y = squeezed(conv(y, 'conv_dw', 2, between, depthwise));
      y = conv(y, 'conv_pwl', 3, channels, project);
      break;
    case 'fused':
      y = conv(x, 'conv_exp', 1, between, { kernel, stride, activation });
      y = conv(y, 'conv_pwl', 2, channels, project);
  }
  return adds ? builder.add(x, dropPath(y)) : y;
}

interface ConvOptionsOfBlock {
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly activation: Activation | null;
}

function block<V extends Value>(
  builder: Builder<V>,
  x: V,
  name: string,
  bnName: string,
  { padding = 'same', epsilon = 1e-5, momentum = 0.9 }: MobileDesign,
  options: ConvOptionsOfBlock & { readonly filters: number },
): V {
  return convBlock(builder, x, name, { ...options, bnName, padding, epsilon, momentum });
}

/** Global mean, dense, activation, dense, gate, times the channels. */
function squeeze<V extends Value>(
  builder: Builder<V>,
  x: V,
  name: string,
  share: number,
  incoming: number,
  activation: Activation,
  { squeezeOf }: MobileDesign,
): V {
  const between = x.shape.at(-1)!;
  const isBetween = squeezeOf === 'between';
  const units = isBetween ? multipleOf8(between * share) : Math.max(1, Math.round(incoming * share));
  const mean = builder.dense(builder.globalAvgPool(x), `${name}.se.conv_reduce`, { units });
  const reduced = builder.activation(mean, isBetween ? 'relu' : activation);
  const expanded = builder.dense(reduced, `${name}.se.conv_expand`, { units: between, init: { kind: 'glorot' } });
  return builder.scaleChannels(x, builder.activation(expanded, isBetween ? 'hardSigmoid' : 'sigmoid'));
}
