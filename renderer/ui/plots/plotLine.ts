/** What a plot is made of: lines over an x that rises, and two axes. */
import type { Marker } from '../../../pure/palette.ts';

export interface PlotLine {
  /** Whose line it is: a run. Several lines can be of one. */
  readonly owner: string;
  /** Never falling. */
  readonly xs: readonly number[];
  /** Null is a gap. */
  readonly ys: readonly (number | null)[];
  readonly color: string;
  /** CSS pixels. */
  readonly width: number;
  readonly opacity?: number;
  /** Lengths of dash and gap, CSS pixels. */
  readonly dash?: readonly number[];
  /** Drawn at every point while these are few enough to be told apart. */
  readonly marker?: Marker;
  /** Side of the marker at each point, CSS pixels; all are of one size without. */
  readonly markerSizes?: readonly number[];
  /** Place of the point with a star. */
  readonly star?: number | null;
  /** How far a tinted ground reaches above and below each point; null where there is none. */
  readonly spread?: readonly (number | null)[];
}

/** An upright line across the plot, with words at its top. */
export interface PlotMark {
  readonly x: number;
  readonly color: string;
  readonly words: string;
}

export interface PlotAxis {
  readonly log?: boolean;
  /** Fixed ends; the others follow the lines in sight. */
  readonly min?: number;
  readonly max?: number;
  /** Without numbers, as where the plot below shows them. */
  readonly bare?: boolean;
  readonly title?: string;
  readonly format?: (value: number) => string;
}

export type Range = readonly [from: number, to: number];
export interface PlotColors {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
}
