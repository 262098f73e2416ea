/** Images that are there twice, and changes to single images. */
import { defineStore } from 'pinia';
import type { DatasetOverlay, OverlayChange } from '../../../contract/dataset.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { useJobsStore } from '../shell/jobsStore.ts';

export const useDatasetChangesStore = defineStore('datasetChanges', () => {
  const { api } = useBridge();
  const jobs = useJobsStore();
  return {
    compare: async (dataset: string): Promise<string> => (await api.datasetChanges.compare({ dataset })).jobId,
    compared: async (jobId: string): Promise<void> => {
      await jobs.result(jobId, 'duplicates');
    },
    duplicates: (dataset: string, acrossOnly: boolean, offset: number, limit: number) =>
      api.datasetChanges.duplicates({ dataset, acrossOnly, offset, limit }),
    overlay: (dataset: string): Promise<DatasetOverlay> => api.datasetChanges.overlay({ dataset }),
    change: (dataset: string, changes: OverlayChange[]): Promise<DatasetOverlay> =>
      api.datasetChanges.change({ dataset, changes }),
  };
});
