/**
 * BatchNorm divides by √(variance + ε): where a source's ε is not ours, the difference goes into the stored variance,
 * so that results stay the same.
 */
import type { LayerRow } from '../models/describe.ts';
import { foreignLayerOf, layerOf, type Match } from './matchNames.ts';
import type { NameMap } from './nameMaps/nameMap.ts';
import type { WeightFile } from '../formats/weightFile.ts';

/** What Keras adds unless a layer says otherwise. */
const KERAS_EPSILON = 1e-3;

export interface EpsilonChange {
  readonly theirs: number;
  readonly ours: number;
}

export interface SourceEpsilons {
  /** Null where both are the same, or the source's is not known. */
  of(layer: string): EpsilonChange | null;
  readonly notes: readonly string[];
}

/** By what the file says of each layer, else what its naming is known for, else Keras's default in Keras's formats. */
export function sourceEpsilons(
  file: WeightFile,
  map: NameMap,
  layers: readonly LayerRow[],
  matches: readonly Match[],
): SourceEpsilons {
  const own = new Map(layers.flatMap(({ name, epsilon }) => (epsilon === undefined ? [] : [[name, epsilon] as const])));
  const changes = new Map<string, EpsilonChange>();
  const isKeras = file.format === 'keras' || file.format === 'keras-h5';
  const usual = map.epsilon ?? (isKeras ? KERAS_EPSILON : null);
  let assumed = false;
  for (const { spec, foreignName, foreignLayer } of matches) {
    if (spec.kind !== 'variance' || foreignName === null) continue;
    const said = file.epsilons?.get(foreignLayerOf(foreignName)) ?? file.epsilons?.get(foreignLayer);
    const theirs = said ?? usual;
    const ours = own.get(layerOf(spec));
    if (theirs === null || ours === undefined || Math.abs(theirs - ours) < 1e-9) continue;
    changes.set(layerOf(spec), { theirs, ours });
    assumed ||= said === undefined;
  }
  const [first] = changes.values();
  const assumption = `${map.epsilon === undefined ? "Keras's default" : 'as usual for these names'}; the file does not say`;
  return {
    of: (layer) => changes.get(layer) ?? null,
    notes: first
      ? [
          `BatchNorm adds ${first.theirs} to variances where these weights come from${assumed ? ` (${assumption})` : ''} ` +
            `and ${first.ours} here; the difference went into the ${changes.size} stored variances.`,
        ]
      : [],
  };
}

export function foldEpsilon(variances: Float32Array, { theirs, ours }: EpsilonChange): Float32Array {
  return variances.map((variance) => variance + (theirs - ours));
}
