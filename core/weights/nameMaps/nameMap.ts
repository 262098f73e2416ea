/** How one source of weights calls the layers of one network family. */
import type { LayerRow } from '../../models/describe.ts';
import type { PublishedInput } from '../../models/family.ts';

export interface NameMap {
  /** Shown to the user: whose naming this is. */
  readonly title: string;
  /** Family it is for; null for all. */
  readonly family: string | null;
  /** Foreign layer names by ours, for the network's layers with weights in their order. */
  layerNames(layers: readonly LayerRow[]): ReadonlyMap<string, string>;
  /** How the published weights of this naming are fed; null where only the network's own card can tell. */
  readonly preprocessing: PublishedInput | null;
  readonly notes: readonly string[];
}

/** What foreign files call each kind of weight, most telling first. */
export const KIND_NAMES: Readonly<Record<string, readonly string[]>> = {
  kernel: ['kernel', 'weight', 'weights', 'W', 'w', '0'],
  bias: ['bias', 'biases', 'b', '1'],
  gamma: ['gamma', 'weight', 'scale', '0'],
  beta: ['beta', 'bias', 'offset', '1'],
  mean: ['mean', 'running_mean', 'moving_mean', '2'],
  variance: ['variance', 'running_var', 'moving_variance', 'var', '3'],
};
