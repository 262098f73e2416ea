/** Finds a foreign file's tensors for a network's weights under one naming. */
import type { LayerRow } from '../models/describe.ts';
import type { WeightSpec } from '../models/weightSpecs.ts';
import { type ForeignLayer, KIND_NAMES, type NameMap } from './nameMaps/nameMap.ts';
import type { WeightFile, WeightTensor } from '../formats/weightFile.ts';

export interface Match {
  readonly spec: WeightSpec;
  /** Null for what the source's layers have none of. */
  readonly foreignName: string | null;
  readonly tensor: WeightTensor;
  /** Map sides and channels in front of a dense kernel that follows a flattening. */
  readonly grid: readonly number[] | null;
  /** Outputs of the foreign layer that are ours; null for all. */
  readonly part: ForeignLayer['outputs'] | null;
}

export function layerOf(spec: Pick<WeightSpec, 'name'>): string {
  return spec.name.slice(0, spec.name.lastIndexOf('/'));
}

export function foreignLayerOf(tensorName: string): string {
  return tensorName.slice(0, Math.max(0, tensorName.lastIndexOf('/'), tensorName.lastIndexOf('.')));
}

/** The network's weights that `map` finds in the file. */
export function matchNames(
  file: WeightFile,
  map: NameMap,
  layers: readonly LayerRow[],
  specs: readonly WeightSpec[],
): Match[] {
  const names = map.layerNames(layers, foreignLayers(file));
  const grids = flattenGrids(layers);
  const matches: Match[] = [];
  for (const spec of specs) {
    const layer = layerOf(spec);
    const given = names.get(layer) ?? layer;
    const foreign: ForeignLayer = typeof given === 'string' ? { name: given } : given;
    const words =
      spec.kind === 'kernel' && foreign.kernel !== undefined
        ? [foreign.kernel]
        : (KIND_NAMES[spec.kind] ?? [spec.kind]);
    const foreignName = findForeign(file, foreign.name, words);
    const part = foreign.outputs ?? null;
    if (foreignName !== null)
      matches.push({
        spec,
        foreignName,
        tensor: file.tensors.get(foreignName)!,
        grid: spec.kind === 'kernel' ? (grids.get(layer) ?? null) : null,
        part,
      });
    else if (
      map.withoutScale &&
      spec.kind === 'gamma' &&
      findForeign(file, foreign.name, KIND_NAMES['beta'] ?? []) !== null
    )
      matches.push({ spec, foreignName: null, tensor: ones(spec.shape), grid: null, part });
  }
  return matches;
}

function findForeign(file: WeightFile, layer: string, words: readonly string[]): string | null {
  for (const base of [layer, layer.replaceAll('/', '.')]) {
    for (const word of words) {
      for (const separator of ['/', '.'])
        if (file.tensors.has(`${base}${separator}${word}`)) return `${base}${separator}${word}`;
    }
  }
  return null;
}

/** Names before the last part, each once, numbers in them in their order. */
function foreignLayers(file: WeightFile): string[] {
  return [...new Set([...file.tensors.keys()].map(foreignLayerOf))].sort(
    new Intl.Collator('en', { numeric: true }).compare,
  );
}

/** Map sides and channels in front of each dense layer that follows a flattening. */
function flattenGrids(layers: readonly LayerRow[]): Map<string, readonly number[]> {
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
