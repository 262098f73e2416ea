import { METRIC } from '../../../contract/metrics.ts';
/** What is drawn of runs, and how the user wants it. */
export interface CurveSettings {
  readonly axis: 'epoch' | 'step';
  readonly smoothing: number;
  readonly logLoss: boolean;
  readonly logLr: boolean;
  readonly train: boolean;
}

export type CurveKind = 'batch' | 'train' | 'validation' | 'lr';
export interface Panel {
  readonly id: 'loss' | 'accuracy' | 'lr';
  readonly title: string;
  readonly metrics: readonly { readonly name: string; readonly kind: CurveKind }[];
}

/** One above the other, over one x. */
export const PANELS: readonly Panel[] = [
  {
    id: 'loss',
    title: 'Loss',
    metrics: [
      { name: METRIC.batchLoss, kind: 'batch' },
      { name: METRIC.trainLoss, kind: 'train' },
      { name: METRIC.valLoss, kind: 'validation' },
    ],
  },
  {
    id: 'accuracy',
    title: 'Top-1 accuracy, %',
    metrics: [
      { name: METRIC.trainTop1, kind: 'train' },
      { name: METRIC.valTop1, kind: 'validation' },
    ],
  },
  { id: 'lr', title: 'Learning rate', metrics: [{ name: 'lr', kind: 'lr' }] },
];

const drawn = PANELS.flatMap(({ metrics }) => metrics);
export const DRAWN: readonly string[] = drawn.map(({ name }) => name);
/** What several runs are compared by; the loss of single batches is for looking at one run. */
export const COMPARED: readonly string[] = drawn.filter(({ kind }) => kind !== 'batch').map(({ name }) => name);
