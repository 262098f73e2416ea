/** Finds a foreign file's tensors for a network's weights under one naming. */
import type { LayerRow } from '../models/describe.ts';
import type { WeightSpec } from '../models/weightSpecs.ts';
import { type ForeignLayer, KIND_NAMES, type NameMap } from './nameMaps/nameMap.ts';
import type { NameView } from './nameViews.ts';
import type { WeightTensor } from '../formats/weightFile.ts';

export interface Match {
  readonly spec: WeightSpec;
  /** The tensor's name in the file; null for what the source's layers have none of. */
  readonly foreignName: string | null;
  /** The layer as the source calls it, without wrappers. */
  readonly foreignLayer: string;
  readonly tensor: WeightTensor;
  /** Map sides and channels in front of a dense kernel that follows a flattening. */
  readonly grid: readonly number[] | null;
  /** Outputs of the foreign layer that are ours; null for all. */
  readonly part: ForeignLayer['outputs'] | null;
  /**
   * Of a BatchNorm's mean: the bias of the source's convolution right before it, which ours does without. It comes to
   * the same to subtract it from the mean.
   */
  readonly convBias?: { readonly name: string; readonly tensor: WeightTensor };
}

/** Words, and no places in a list, which a kernel could have as well. */
const BIAS_WORDS = KIND_NAMES['bias']!.filter((word) => !/^\d$/.test(word));

export function layerOf(spec: Pick<WeightSpec, 'name'>): string {
  return spec.name.slice(0, spec.name.lastIndexOf('/'));
}

export function foreignLayerOf(tensorName: string): string {
  return tensorName.slice(0, Math.max(0, tensorName.lastIndexOf('/'), tensorName.lastIndexOf('.')));
}

/** The network's weights that `map` finds among the tensors. */
export function matchNames(
  view: NameView,
  map: NameMap,
  layers: readonly LayerRow[],
  specs: readonly WeightSpec[],
): Match[] {
  const names = map.layerNames(layers, foreignLayers(view));
  const grids = flattenGrids(layers);
  const biasless = convsWithoutBias(layers);
  return specs.flatMap((spec): Match[] => {
    const layer = layerOf(spec);
    const given = names.get(layer) ?? layer;
    const foreign: ForeignLayer = typeof given === 'string' ? { name: given } : given;
    const shared = { spec, foreignLayer: foreign.name, part: foreign.outputs ?? null };
    const name = findForeign(view, foreign.name, wordsFor(spec, foreign));
    if (name !== null) {
      const grid = spec.kind === 'kernel' ? (grids.get(layer) ?? null) : null;
      const match = { ...shared, foreignName: view.nameInFile.get(name)!, tensor: view.tensors.get(name)!, grid };
      const conv = spec.kind === 'mean' ? biasless.get(layer) : undefined;
      const bias = conv === undefined ? null : findBias(view, names.get(conv) ?? conv);
      return [bias === null ? match : { ...match, convBias: bias }];
    }
    const isScaleless = map.withoutScale && spec.kind === 'gamma';
    if (isScaleless && findForeign(view, foreign.name, KIND_NAMES['beta']!) !== null)
      return [{ ...shared, foreignName: null, tensor: ones(spec.shape), grid: null }];
    return [];
  });
}

/** Convolutions without a bias of their own, by the BatchNorm right behind them. */
function convsWithoutBias(layers: readonly LayerRow[]): Map<string, string> {
  return new Map(
    layers.flatMap(({ kind, name }, at) => {
      const before = layers[at - 1];
      const isPair = kind === 'batchNorm' && before?.kind === 'conv';
      return isPair && !before.weights.some((weight) => weight.kind === 'bias') ? [[name, before.name] as const] : [];
    }),
  );
}

function findBias(view: NameView, foreign: string | ForeignLayer): NonNullable<Match['convBias']> | null {
  // A part of a layer that is several of ours has a part of its bias.
  if (typeof foreign !== 'string') return null;
  const name = findForeign(view, foreign, BIAS_WORDS);
  return name === null ? null : { name: view.nameInFile.get(name)!, tensor: view.tensors.get(name)! };
}

function wordsFor(spec: WeightSpec, { kernel }: ForeignLayer): readonly string[] {
  if (spec.kind === 'kernel' && kernel !== undefined) return [kernel];
  return KIND_NAMES[spec.kind] ?? [spec.kind];
}

function findForeign({ tensors }: NameView, layer: string, words: readonly string[]): string | null {
  for (const base of [layer, layer.replaceAll('/', '.')]) {
    // Learned tokens are tensors without a layer.
    if (words[0] === 'embedding' && tensors.has(base)) return base;
    for (const word of words) {
      for (const separator of ['/', '.']) {
        if (tensors.has(`${base}${separator}${word}`)) return `${base}${separator}${word}`;
      }
      // vgg16_weights.npz: `conv1_1_W`; a number behind the bar would be a layer's.
      if (/^[a-z]/i.test(word) && tensors.has(`${base}_${word}`)) return `${base}_${word}`;
    }
  }
  return null;
}

/** Names before the last part, each once, numbers in them in their order. */
function foreignLayers({ tensors }: NameView): string[] {
  return [...new Set([...tensors.keys()].map(foreignLayerOf))].sort(new Intl.Collator('en', { numeric: true }).compare);
}

/** Map sides and channels in front of each dense layer that follows a flattening. */
export function flattenGrids(layers: readonly LayerRow[]): Map<string, readonly number[]> {
  const grids = new Map<string, readonly number[]>();
  let grid: readonly number[] | null = null;
  for (const { kind, name, input } of layers) {
    if (kind === 'flatten') grid = input;
    else if (kind === 'dense') {
      if (grid && input[0] === grid.reduce((result, size) => result * size, 1)) grids.set(name, grid);
      grid = null;
    }
  }
  return grids;
}

function ones(shape: readonly number[]): WeightTensor {
  return { dtype: 'f32', shape, read: () => new Float32Array(shape.reduce((count, side) => count * side, 1)).fill(1) };
}
