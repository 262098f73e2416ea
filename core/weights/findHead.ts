/** The classifier of a file whose naming is known but for it: behind a dropout, or under a name of the author's own. */
import type { WeightTensor } from '../formats/weightFile.ts';
import type { LayerRow } from '../models/describe.ts';
import type { WeightSpec } from '../models/weightSpecs.ts';
import { flattenGrids, foreignLayerOf, layerOf, type Match } from './matchNames.ts';
import type { NameView } from './nameViews.ts';

/** A layer of the file that could be the head. */
interface DenseLayer {
  readonly name: string;
  readonly kernel: string;
  readonly bias: string | null;
  readonly units: number;
}

/**
 * Where the network's last layer was not found, the one layer of the file that is left and takes as many features;
 * behind a flattening, as many as any square of its channels. Nothing where there is none, or more than one. The whole
 * file is searched: a head often stands beside a wrapped backbone.
 */
export function findHead(
  { tensors, nameInFile }: NameView,
  matches: readonly Match[],
  layers: readonly LayerRow[],
  specs: readonly WeightSpec[],
): { readonly matches: readonly Match[]; readonly notes: readonly string[] } {
  const none = { matches: [], notes: [] };
  const last = layers.findLast(({ weights }) => weights.length > 0);
  const own = specs.filter((spec) => layerOf(spec) === last?.name);
  const kernel = own.find(({ kind }) => kind === 'kernel');
  const bias = own.find(({ kind }) => kind === 'bias');
  if (!kernel || kernel.shape.length !== 2 || matches.some(({ spec }) => own.includes(spec))) return none;
  const grid = flattenGrids(layers).get(layerOf(kernel)) ?? null;
  const fits = (features: number): boolean =>
    grid ? Number.isInteger(Math.sqrt(features / grid[2]!)) : features === kernel.shape[0];
  const used = new Set(matches.map(({ foreignName }) => foreignName));
  const left = new Map([...tensors].filter(([name]) => !used.has(nameInFile.get(name)!)));
  const [head, other] = denseLayers(left, fits).filter((layer) => !bias || layer.bias !== null);
  if (!head || other) return none;
  const [next] = denseLayers(left, (features) => features === head.units).filter(({ name }) => name !== head.name);
  if (next)
    return {
      matches: [],
      notes: [
        `The file's head has several layers ("${head.name}", "${next.name}", …), which this network does not have: it ` +
          'is left out. Train a new head (train --init).',
      ],
    };
  const matchOf = (spec: WeightSpec, name: string): Match => ({
    spec,
    foreignName: nameInFile.get(name)!,
    foreignLayer: head.name,
    tensor: tensors.get(name)!,
    grid: spec === kernel ? grid : null,
    part: null,
  });
  return {
    matches: [matchOf(kernel, head.kernel), ...(bias && head.bias !== null ? [matchOf(bias, head.bias)] : [])],
    notes: [`"${head.name}" is used as the head: no other layer is left that takes so many features.`],
  };
}

/** Layers that have one two-dimensional kernel with the right number of inputs, and one bias or none. */
function denseLayers(tensors: ReadonlyMap<string, WeightTensor>, fits: (features: number) => boolean): DenseLayer[] {
  const parts = Map.groupBy(tensors, ([name]) => foreignLayerOf(name));
  return [...parts].flatMap(([layer, members]): DenseLayer[] => {
    const kernel = members.find(([, { shape }]) => shape.length === 2);
    const bias = members.find(([, { shape }]) => shape.length === 1);
    if (!kernel || members.length !== (bias ? 2 : 1)) return [];
    const [name, { shape }] = kernel;
    // PyTorch's word comes with its order; elsewhere the bias tells which side the outputs are.
    const outputsFirst = name.endsWith('.weight') || (bias?.[1].shape[0] === shape[0] && fits(shape[1]!));
    const [features, units] = outputsFirst ? [shape[1]!, shape[0]!] : [shape[0]!, shape[1]!];
    if (!fits(features) || (bias && bias[1].shape[0] !== units)) return [];
    return [{ name: layer, kernel: name, bias: bias?.[0] ?? null, units }];
  });
}
