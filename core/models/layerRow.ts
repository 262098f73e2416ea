/** One line of a network's table of layers. */
import type { WeightSpec } from './weightSpecs.ts';

export interface LayerRow {
  /** Name given by the network, or `<kind>_<n>` for layers without weights. */
  readonly name: string;
  readonly kind: string;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly kernel?: readonly [number, number];
  readonly stride?: number;
  /** Top, bottom, left, right. */
  readonly padding?: readonly [number, number, number, number];
  readonly dilation?: number;
  readonly groups?: number;
  /** BatchNorms only: what is added to the variance. */
  readonly epsilon?: number;
  /** Poolings only: whether a last overhanging window counts. */
  readonly ceil?: boolean;
  readonly weights: readonly WeightSpec[];
  readonly learnable: number;
  readonly statistics: number;
  /**
   * Multiply-accumulates of one picture: convolutions, dense layers, attention and covariance pooling; everything else
   * counts 0.
   */
  readonly multiplyAdds: number;
  /** Side of the input square, pixels, that one cell of the output depends on; null after the feature map is gone. */
  readonly receptiveField: number | null;
}
