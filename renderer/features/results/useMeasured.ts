/**
 * Where the figures of stored probabilities come from: a run's predictions, or an evaluation by a protocol. What shows
 * them need not know.
 */
import { inject, type InjectionKey } from 'vue';
import type {
  ClassReport,
  ConfusionReport,
  PredictedImage,
  PredictionFilter,
} from '../../../contract/api/predictions.ts';
import { usePredictionsStore } from '../run/predictionsStore.ts';

export interface Measured {
  images(
    id: string,
    filter: Partial<PredictionFilter>,
    offset: number,
    limit: number,
  ): Promise<{ images: PredictedImage[]; total: number }>;
  confusion(id: string): Promise<ConfusionReport>;
  classes(id: string): Promise<ClassReport>;
}

export const MEASURED: InjectionKey<Measured> = Symbol('measured');

/** Predictions, unless a view provides others. */
export function useMeasured(): Measured {
  return inject(MEASURED, () => usePredictionsStore(), true);
}
