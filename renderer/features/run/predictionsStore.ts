/** What runs said about images. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { PictureSource, PredictionFilter } from '../../../contract/api/predictions.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { useJobsStore } from '../shell/jobsStore.ts';

export const usePredictionsStore = defineStore('predictions', () => {
  const { api, onEvent } = useBridge();
  const jobs = useJobsStore();
  /** Counts up when a run has new predictions. */
  const version = shallowRef(new Map<string, number>());
  onEvent((event) => {
    if (event.type === 'predictions')
      version.value = new Map(version.value).set(event.runId, (version.value.get(event.runId) ?? 0) + 1);
  });
  return {
    version,
    list: (run?: string) => api.predictions.list(run === undefined ? {} : { run }),
    create: async (runs: string[], source: PictureSource, checkpoint: 'best' | 'last' = 'best'): Promise<string> =>
      (await api.predictions.create({ runs, source, checkpoint })).jobId,
    created: async (jobId: string): Promise<string[]> => (await jobs.result(jobId, 'predictions')).predictionIds,
    show: (prediction: string) => api.predictions.show({ prediction }),
    images: (prediction: string, filter: Partial<PredictionFilter>, offset: number, limit: number) =>
      api.predictions.images({ prediction, filter, offset, limit }),
    confusion: (prediction: string) => api.predictions.confusion({ prediction }),
    classes: (prediction: string) => api.predictions.classes({ prediction }),
    remove: (prediction: string) => api.predictions.remove({ prediction }),
  };
});
