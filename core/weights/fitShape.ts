/** The shape of the network that a file was made by, as far as its tensors show it. */
import { describeNetwork } from '../models/describe.ts';
import type { Model, NetworkShape } from '../models/family.ts';
import type { ModelOptions } from '../../contract/runSpec.ts';
import { layerOf, type Match } from './matchNames.ts';
import type { Naming } from './findNaming.ts';

/** What a caller knows; the rest is the file's or the network's own. */
export interface KnownShape {
  readonly size?: number | undefined;
  readonly channels?: number | undefined;
  readonly classes?: number | undefined;
  readonly options: ModelOptions;
}

const USUAL_CLASSES = 1000;
const USUAL_CHANNELS = 3;

const product = (sides: readonly number[]): number => sides.reduce((result, side) => result * side, 1);

/** With the usual numbers for what is not known: enough to find names by. */
export function usualShape(model: Model, known: KnownShape): NetworkShape {
  return {
    size: known.size ?? model.nativeSize,
    channels: known.channels ?? USUAL_CHANNELS,
    classes: known.classes ?? USUAL_CLASSES,
    options: known.options,
  };
}

/**
 * `usual` with what nobody named taken from the tensors: classes from the last layer, channels from the first kernel,
 * the grid before a flattening from the kernel behind it.
 */
export function fitShape(model: Model, usual: NetworkShape, known: KnownShape, naming: Naming): NetworkShape {
  const { layers } = describeNetwork(model, usual);
  const { matches, map } = naming;
  const options = { ...(model.supports.includes('gridPooling') ? map.options : {}), ...usual.options };
  const adaptive = layers.find(({ kind }) => kind.startsWith('adaptive'))?.output[0];
  const grid = known.options.poolGrid === undefined && model.supports.includes('poolGrid') ? gridOf(matches) : null;
  let { size } = usual;
  if (grid !== null && adaptive !== undefined && grid !== adaptive) {
    options.poolGrid = grid;
    // A map that was flattened as it came: its size tells that of the images.
    const fitting = (size * grid) / adaptive;
    if (known.size === undefined && Number.isInteger(fitting)) size = fitting;
  }
  const last = layers.findLast(({ weights }) => weights.length > 0)?.name;
  return {
    ...usual,
    size,
    classes: known.classes ?? classesOf(matches.filter(({ spec }) => layerOf(spec) === last)) ?? usual.classes,
    channels: known.channels ?? channelsOf(matches, usual.channels),
    options,
  };
}

/** Outputs of the last layer; null where the file has none of it. */
function classesOf(last: readonly Match[]): number | null {
  const bias = last.find(({ spec }) => spec.kind === 'bias');
  if (bias) return bias.part ? bias.part.to - bias.part.from : product(bias.tensor.shape);
  const kernel = last.find(({ spec }) => spec.kind === 'kernel');
  if (!kernel) return null;
  const features = product(kernel.spec.shape) / kernel.spec.shape.at(-1)!;
  const units = product(kernel.tensor.shape) / features;
  return Number.isInteger(units) ? units : null;
}

/** Channels of the first convolution. */
function channelsOf(matches: readonly Match[], usual: number): number {
  const first = matches.find(({ spec }) => spec.kind === 'kernel' && spec.shape.length === 4);
  if (!first || first.spec.shape[2] !== usual) return usual;
  const channels = (usual * product(first.tensor.shape)) / product(first.spec.shape);
  return Number.isInteger(channels) && channels > 0 ? channels : usual;
}

/** Side of the square map that is flattened into a kernel; null where no kernel shows one. */
function gridOf(matches: readonly Match[]): number | null {
  const dense = matches.find(({ grid }) => grid !== null);
  if (!dense?.grid) return null;
  const units = dense.spec.shape[1]!;
  const [, , channels] = dense.grid as readonly [number, number, number];
  const { shape } = dense.tensor;
  const sides = shape.length === 2 ? [...shape] : [product(shape) / units, units];
  // PyTorch keeps the inputs behind the outputs.
  if (dense.foreignName?.endsWith('.weight')) sides.reverse();
  const squares = sides.map((side) => Math.sqrt(side / channels)).filter((side) => Number.isInteger(side) && side > 0);
  return squares[0] ?? null;
}

/** Whether the file has anything of the network's last layer. */
export function hasHead(model: Model, shape: NetworkShape, { matches }: Naming): boolean {
  const last = describeNetwork(model, shape).layers.findLast(({ weights }) => weights.length > 0);
  return matches.some(({ spec }) => layerOf(spec) === last?.name);
}
