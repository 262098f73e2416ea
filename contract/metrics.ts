/** The figures that a run records: their names, and how a number that JSON has no word for travels. */
import { z } from 'zod';

export const METRIC = {
  /** Of one batch, a point each step; the others are of an epoch. */
  batchLoss: 'train/batchLoss',
  /** Norm of all gradients together before clipping, a point each step. */
  gradNorm: 'train/gradNorm',
  /** Learning rate, a point each step. */
  lr: 'lr',
  trainLoss: 'train/loss',
  /** Shares of right top-1 and top-5 classes, from 0 to 1. */
  trainTop1: 'train/top1',
  valLoss: 'val/loss',
  valTop1: 'val/top1',
  valTop5: 'val/top5',
  imagesPerSec: 'perf/imagesPerSec',
  /** Share of the time in which a step waited for its batch. */
  dataWait: 'perf/dataWait',
} as const;

/** σ of a spectrally normalised layer is recorded under this and the layer's name. */
export const NORM_PREFIX = 'norm/';

/** What early stopping, the best epoch and a plateau can go by. */
export const ValidationMetric = z.enum([METRIC.valLoss, METRIC.valTop1]);
export type ValidationMetric = z.infer<typeof ValidationMetric>;

/** `epoch`: 1.5 is the middle of the second one. */
export const MetricPoint = z.object({
  name: z.string(),
  step: z.int(),
  epoch: z.number(),
  /** Null unless `kind` is `finite`. */
  value: z.number().nullable(),
  kind: z.enum(['finite', 'nan', 'inf', '-inf']),
});
export type MetricPoint = z.infer<typeof MetricPoint>;

/** A JSON-safe point: a value that is no finite number keeps its kind. */
export function metricPoint(name: string, step: number, epoch: number, value: number): MetricPoint {
  const kind = Number.isFinite(value) ? 'finite' : Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  return { name, step, epoch, value: kind === 'finite' ? value : null, kind };
}

const NOT_FINITE = { nan: NaN, inf: Infinity, '-inf': -Infinity } as const;

/** The number that `metricPoint` was given. */
export function readMetric({ value, kind }: Pick<MetricPoint, 'value' | 'kind'>): number {
  return kind === 'finite' ? (value ?? NaN) : NOT_FINITE[kind];
}

/** The last value of one metric among `points`; undefined where it is not there. */
export function lastMetric(points: readonly MetricPoint[], name: string): number | undefined {
  const point = points.findLast((each) => each.name === name);
  return point && readMetric(point);
}
