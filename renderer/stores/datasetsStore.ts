/** Data sets: rows kept current by events, and everything that can be asked about one. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, triggerRef } from 'vue';
import type { DatasetSource, SampleDataset } from '../../contract/api/datasets.ts';
import type { DatasetPreview, DatasetRow } from '../../contract/api/datasetTypes.ts';
import type { DatasetCheck, LayoutName, NestedRule, Split, SplitFractions } from '../../contract/dataset.ts';
import type { PreprocessingRequest } from '../../contract/preprocessing.ts';
import type { Augmentation } from '../../contract/runSpec.ts';
import { type Problem, problemFrom } from '../bridge/problem.ts';
import { useBridge } from '../composables/useBridge.ts';
import { useJobsStore } from './jobsStore.ts';
import type { Damaged } from './runsStore.ts';

export interface ImportChoice { readonly source: DatasetSource; readonly layout: LayoutName | 'auto'; readonly nested?: NestedRule | undefined; readonly fractions: SplitFractions }
export interface PreviewQuestion {
  readonly dataset: string; readonly split: Split; readonly model?: string; readonly preprocessing: PreprocessingRequest; readonly augmentation: Augmentation; readonly epoch: number; readonly count: number; readonly seed?: number;
}

export const useDatasetsStore = defineStore('datasets', () => {
  const { api, onEvent, onResync } = useBridge();
  const jobs = useJobsStore();
  const byId = shallowRef(new Map<string, DatasetRow>());
  const damaged = shallowRef<readonly Damaged[]>([]);
  const samples = shallowRef<readonly SampleDataset[]>([]);
  const loaded = ref(false);
  const problem = shallowRef<Problem | null>(null);
  const list = computed(() => [...byId.value.values()].filter((set) => set.trashedAt === null).sort((a, b) => b.createdAt.localeCompare(a.createdAt)));

  async function load(): Promise<void> {
    try {
      const [kept, ours] = await Promise.all([api.datasets.list({}), api.datasets.samples()]);
      byId.value = new Map(kept.datasets.map((set) => [set.id, set]));
      damaged.value = kept.damaged;
      samples.value = ours;
      problem.value = null;
      loaded.value = true;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  }
  onResync(() => { void load(); });
  onEvent((event) => {
    if (event.type === 'dataset') {
      byId.value.set(event.dataset.id, event.dataset);
      triggerRef(byId);
    } else if (event.type === 'datasetRemoved' && byId.value.delete(event.datasetId)) {
      triggerRef(byId);
    }
  });

  return {
    byId, list, damaged, samples, loaded, problem, load,
    find: (id: string) => byId.value.get(id) ?? null,
    /** The job's id at once; what was found by `inspected`. */
    inspect: async (choice: ImportChoice): Promise<string> => (await api.datasets.inspect({ ...choice })).jobId,
    inspected: async (jobId: string): Promise<DatasetPreview> => (await jobs.result(jobId, 'preview')).preview,
    import: async (choice: ImportChoice & { name?: string }): Promise<string> => (await api.datasets.import({ ...choice })).jobId,
    async imported(jobId: string): Promise<DatasetRow> {
      const { datasetId } = await jobs.result(jobId, 'dataset');
      const row = await api.datasets.show({ dataset: datasetId });
      byId.value.set(row.id, row);
      triggerRef(byId);
      return row;
    },
    rename: (dataset: string, name: string) => api.datasets.rename({ dataset, name }),
    check: async (dataset: string): Promise<DatasetCheck> => (await jobs.result((await api.datasets.check({ dataset })).jobId, 'check')).report,
    async remove(dataset: string): Promise<void> {
      await api.datasets.remove({ dataset });
      byId.value.delete(dataset);
      triggerRef(byId);
    },
    async restore(dataset: string): Promise<void> {
      await api.datasets.restore({ dataset });
      await load();
    },
    images: (dataset: string, split: Split, options: { classIndex?: number; search?: string; offset: number; limit: number }) => api.datasets.images({ dataset, split, ...options }),
    statistics: (dataset: string) => api.datasets.statistics({ dataset }),
    quarantine: (dataset: string, offset: number, limit: number) => api.datasets.quarantine({ dataset, offset, limit }),
    previewInput: (question: PreviewQuestion) => api.datasets.previewInput(question),
  };
});
