/** Data sets: rows kept current by events, and everything that can be asked about one. */
import { defineStore } from 'pinia';
import { computed, shallowRef, triggerRef } from 'vue';
import type {
  checkJob,
  DatasetSource,
  importJob,
  inspectJob,
  SampleDataset,
} from '../../../contract/api/datasets/datasets.ts';
import type { DatasetPreview, DatasetRow } from '../../../contract/api/datasets/datasetTypes.ts';
import type {
  DatasetCheck,
  LayoutName,
  ListChoices,
  NestedRule,
  Split,
  SplitFractions,
  SplitNamedRule,
} from '../../../contract/dataset.ts';
import type { ValueRangeRule } from '../../../contract/valueRange.ts';
import type { PreprocessingRequest } from '../../../contract/inputSpec.ts';
import type { Augmentation } from '../../../contract/recipe.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { useLoaded } from '../../bridge/useLoaded.ts';
import { useJobsStore } from '../shell/jobsStore.ts';
import type { Damaged } from '../runs/runsStore.ts';

export interface ImportChoice {
  readonly source: DatasetSource;
  readonly layout: LayoutName | 'auto';
  readonly nested?: NestedRule | undefined;
  readonly splitNamed?: SplitNamedRule | undefined;
  readonly list?: ListChoices | undefined;
  readonly valueRange?: ValueRangeRule | undefined;
  readonly fractions: SplitFractions;
}
export interface PreviewQuestion {
  readonly dataset: string;
  readonly split: Split;
  readonly model?: string;
  readonly preprocessing: PreprocessingRequest;
  readonly augmentation: Augmentation;
  readonly epoch: number;
  readonly count: number;
  readonly seed?: number;
}

export const useDatasetsStore = defineStore('datasets', () => {
  const { api, onEvent } = useBridge();
  const jobs = useJobsStore();
  const byId = shallowRef(new Map<string, DatasetRow>());
  const damaged = shallowRef<readonly Damaged[]>([]);
  const samples = shallowRef<readonly SampleDataset[]>([]);
  const list = computed(() =>
    [...byId.value.values()]
      .filter((set) => set.trashedAt === null)
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt)),
  );

  const trashed = computed(() =>
    [...byId.value.values()]
      .filter((set) => set.trashedAt !== null)
      .sort((a, b) => (b.trashedAt ?? '').localeCompare(a.trashedAt ?? '')),
  );

  async function fetch(): Promise<void> {
    const [kept, trash, ours] = await Promise.all([
      api.datasets.list({}),
      api.datasets.list({ trashed: true }),
      api.datasets.samples(),
    ]);
    byId.value = new Map([...trash.datasets, ...kept.datasets].map((set) => [set.id, set]));
    damaged.value = kept.damaged;
    samples.value = ours;
  }
  const { loaded, problem, load } = useLoaded(fetch);
  function keep(set: DatasetRow): DatasetRow {
    byId.value.set(set.id, set);
    triggerRef(byId);
    return set;
  }
  function mark(id: string, trashedAt: string | null): void {
    const set = byId.value.get(id);
    if (set) keep({ ...set, trashedAt });
  }
  onEvent((event) => {
    if (event.type === 'dataset') keep(event.dataset);
    else if (event.type === 'datasetRemoved' && event.trashed)
      mark(event.datasetId, byId.value.get(event.datasetId)?.trashedAt ?? new Date().toISOString());
    else if (event.type === 'datasetRemoved' && byId.value.delete(event.datasetId)) triggerRef(byId);
  });

  return {
    byId,
    list,
    trashed,
    damaged,
    samples,
    loaded,
    problem,
    load,
    /** Null for one in the trash. */
    find(id: string): DatasetRow | null {
      const set = byId.value.get(id);
      return set && set.trashedAt === null ? set : null;
    },
    /** The job's id at once; what was found by `inspected`. */
    inspect: async (choice: ImportChoice): Promise<string> => (await api.datasets.inspect({ ...choice })).jobId,
    inspected: async (jobId: string): Promise<DatasetPreview> => (await jobs.result<typeof inspectJob>(jobId)).preview,
    import: async (choice: ImportChoice & { name?: string }): Promise<string> =>
      (await api.datasets.import({ ...choice })).jobId,
    async imported(jobId: string): Promise<DatasetRow> {
      const { datasetId } = await jobs.result<typeof importJob>(jobId);
      return keep(await api.datasets.show({ dataset: datasetId }));
    },
    rename: (dataset: string, name: string) => api.datasets.rename({ dataset, name }),
    renameClass: (dataset: string, classIndex: number, name: string) =>
      api.datasets.renameClass({ dataset, classIndex, name }),
    check: async (dataset: string): Promise<DatasetCheck> =>
      (await jobs.result<typeof checkJob>((await api.datasets.check({ dataset })).jobId)).report,
    async remove(dataset: string): Promise<void> {
      await api.datasets.remove({ dataset });
      mark(dataset, new Date().toISOString());
    },
    async restore(dataset: string): Promise<void> {
      await api.datasets.restore({ dataset });
      mark(dataset, null);
    },
    async deleteForGood(dataset: string): Promise<void> {
      await api.datasets.delete({ dataset });
      if (byId.value.delete(dataset)) triggerRef(byId);
    },
    images: (
      dataset: string,
      split: Split,
      options: { classIndex?: number; search?: string; shuffle?: number; offset: number; limit: number },
    ) => api.datasets.images({ dataset, split, ...options }),
    statistics: (dataset: string) => api.datasets.statistics({ dataset }),
    quarantine: (dataset: string, offset: number, limit: number) => api.datasets.quarantine({ dataset, offset, limit }),
    previewInput: (question: PreviewQuestion) => api.datasets.previewInput(question),
  };
});
