/** Duplicate images, and what the user changed about single images: excluded, or another class. */
import type { duplicatesJob } from '../../../contract/api/datasets/datasetChanges.ts';
import { defineStore } from 'pinia';
import { shallowRef, triggerRef } from 'vue';
import type { DatasetOverlay, OverlayChange, Split } from '../../../contract/dataset.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { useJobsStore } from '../shell/jobsStore.ts';

export const useDatasetChangesStore = defineStore('datasetChanges', () => {
  const { api } = useBridge();
  const jobs = useJobsStore();
  const overlays = shallowRef(new Map<string, DatasetOverlay>());
  function keep(dataset: string, overlay: DatasetOverlay): DatasetOverlay {
    overlays.value.set(dataset, overlay);
    triggerRef(overlays);
    return overlay;
  }
  return {
    /** By data set; of those that were asked for. */
    overlays,
    changeOf: (dataset: string, image: { readonly split: Split; readonly path: string }): OverlayChange | null =>
      overlays.value.get(dataset)?.changes.find(({ split, path }) => split === image.split && path === image.path) ??
      null,
    compare: async (dataset: string): Promise<string> => (await api.datasetChanges.compare({ dataset })).jobId,
    compared: async (jobId: string): Promise<void> => {
      await jobs.result<typeof duplicatesJob>(jobId);
    },
    duplicates: (dataset: string, acrossOnly: boolean, offset: number, limit: number) =>
      api.datasetChanges.duplicates({ dataset, acrossOnly, offset, limit }),
    overlay: async (dataset: string): Promise<DatasetOverlay> =>
      keep(dataset, await api.datasetChanges.overlay({ dataset })),
    change: async (dataset: string, changes: OverlayChange[]): Promise<DatasetOverlay> =>
      keep(dataset, await api.datasetChanges.change({ dataset, changes })),
  };
});
