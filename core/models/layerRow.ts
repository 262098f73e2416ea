/** One line of a network's table of layers. */
import type { LayerInfo } from '../../contract/network.ts';
import type { WeightSpec } from './weightSpecs.ts';

export interface LayerRow extends LayerInfo {
  /** Top, bottom, left, right. */
  readonly padding?: readonly [number, number, number, number];
  readonly dilation?: number;
  readonly groups?: number;
  /** BatchNorms only: what is added to the variance. */
  readonly epsilon?: number;
  /** Poolings only: whether a last overhanging window counts. */
  readonly ceil?: boolean;
  readonly weights: readonly WeightSpec[];
  readonly statistics: number;
}
