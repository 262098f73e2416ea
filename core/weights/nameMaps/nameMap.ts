/** How one source of weights calls the layers of one network family. */
import type { PublishedInput } from '../../../contract/network.ts';
import type { LayerRow } from '../../models/describe.ts';
import type { ModelOptions } from '../../../contract/runSpec.ts';
import type { Model } from '../../models/family.ts';
import type { WeightFormat } from '../../formats/weightFile.ts';

/** A foreign layer; where its parts are no more than its name says, the name alone. */
export interface ForeignLayer {
  readonly name: string;
  /** The kernel's own word, where a layer has several. */
  readonly kernel?: string;
  /** Outputs `from` (inclusive) to `to` (exclusive) of the `of` it has. */
  readonly outputs?: { readonly from: number; readonly to: number; readonly of: number };
}

export interface NameMap {
  /** Shown to the user: whose naming this is. */
  readonly title: string;
  /** Family it is for; null for all. */
  readonly family: string | null;
  /** File formats it comes in; all where left out. */
  readonly formats?: readonly WeightFormat[];
  /**
   * Foreign layers by ours, for the network's layers with weights in their order; `names`: the foreign layers that the
   * file has, sorted as numbers are. Layers that are left out have no counterpart.
   */
  layerNames(layers: readonly LayerRow[], names: readonly string[]): ReadonlyMap<string, string | ForeignLayer>;
  /**
   * Why weights of this naming compute something else in `model`, though their shapes fit, and which network is theirs;
   * null where they are its own.
   */
  refuses?(model: Model, layers: readonly LayerRow[]): string | null;
  /** What the source's BatchNorm adds to variances, where the file does not say it; as the network where left out. */
  readonly epsilon?: number;
  /** The source's BatchNorm has no gamma: 1. */
  readonly withoutScale?: boolean;
  /** How the published weights of this naming are fed; null where only the network's own card can tell. */
  readonly preprocessing: PublishedInput | null;
  readonly notes: readonly string[];
  /** What the source's network computes otherwise than ours of the same name, as options of ours. */
  readonly options?: ModelOptions;
}

/** What foreign files call each kind of weight, most telling first. */
export const KIND_NAMES: Readonly<Record<string, readonly string[]>> = {
  kernel: ['kernel', 'weight', 'weights', 'W', 'w', '0', 'in_proj_weight'],
  bias: ['bias', 'biases', 'b', '1', 'in_proj_bias'],
  gamma: ['gamma', 'weight', 'scale', 'layer_scale', '0'],
  beta: ['beta', 'bias', 'offset', '1'],
  mean: ['mean', 'running_mean', 'moving_mean', '2'],
  variance: ['variance', 'running_var', 'moving_variance', 'var', '3'],
  relativeBias: ['relativeBias', 'relative_position_bias_table'],
};

/** A refusal for networks whose names are not among `own`. */
export function onlyFor(own: readonly string[], why: string): (model: Model) => string | null {
  return ({ name }) => (own.includes(name) ? null : `${why} Their network is ${own.join(' or ')}.`);
}

/** Layers that are called as timm calls its modules: the network's own card says how the weights are fed. */
export function timmMap(family: string): NameMap {
  return {
    title: 'timm',
    family,
    preprocessing: null,
    notes: [],
    layerNames: (layers) => new Map(layers.map(({ name }) => [name, name])),
  };
}
