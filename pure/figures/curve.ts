/** What a chart of curves is drawn from. */

/** Values at the end of an epoch; what is missing, null or not finite leaves a gap. Accuracies 0–1. */
export interface CurvePoint {
  readonly epoch: number;
  readonly trainLoss?: number | null;
  readonly valLoss?: number | null;
  readonly trainTop1?: number | null;
  readonly valTop1?: number | null;
}

export interface CurveRun {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** Epoch whose weights were kept as best; the one with the lowest validation loss when left out. */
  readonly bestEpoch?: number | null;
  /** Half the height of the band around each validation value, by epoch: the standard deviation over seeds. */
  readonly spread?: readonly CurvePoint[];
  /** Epochs at which the run went on under other settings, with what changed. */
  readonly changes?: readonly { readonly epoch: number; readonly words: string }[];
}

export type CurveMetric = Exclude<keyof CurvePoint, 'epoch'>;
