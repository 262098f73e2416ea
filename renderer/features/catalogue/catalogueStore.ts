/** Published weights and data sets, and getting them. */
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { z } from 'zod';
import type { CatalogueRow, fetchJob, trialJob } from '../../../contract/api/catalogue.ts';
import type { TrialOutcome } from '../../../contract/catalogue.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { useLoaded } from '../../bridge/useLoaded.ts';
import { useDatasetsStore } from '../datasets/datasetsStore.ts';
import { useJobsStore } from '../shell/jobsStore.ts';
import { useWeightsStore } from '../weights/weightsStore.ts';

export const useCatalogueStore = defineStore('catalogue', () => {
  const { api } = useBridge();
  const jobs = useJobsStore();
  const weights = useWeightsStore();
  const datasets = useDatasetsStore();
  const list = shallowRef<readonly CatalogueRow[]>([]);
  const fetch = async (): Promise<void> => {
    list.value = await api.catalogue.list();
  };
  const { loaded, problem, load } = useLoaded(fetch, ['weights', 'dataset', 'datasetRemoved', 'evaluations']);
  const weightsByModel = computed(() =>
    Map.groupBy(
      list.value.filter(({ entry }) => entry.kind === 'weights'),
      ({ entry }) => (entry.kind === 'weights' ? entry.model : ''),
    ),
  );

  return {
    list,
    loaded,
    problem,
    load,
    /** Entries with weights of a network. */
    weightsOf: (model: string): readonly CatalogueRow[] => weightsByModel.value.get(model) ?? [],
    find: (name: string): CatalogueRow | null => list.value.find(({ entry }) => entry.name === name) ?? null,
    /** Starts to fetch what the user was shown the licence of. */
    get: async ({ entry }: CatalogueRow, tryOut: boolean): Promise<string> =>
      (await api.catalogue.fetch({ name: entry.name, acceptedLicence: entry.licence.name, tryOut })).jobId,
    /** Starts to try weights that are here. */
    tryOut: async ({ entry }: CatalogueRow): Promise<string> =>
      (await api.catalogue.tryOut({ name: entry.name })).jobId,
    /** What came of it, once it is there. */
    async tried(jobId: string): Promise<TrialOutcome> {
      const { outcome } = await jobs.result<typeof trialJob>(jobId);
      await load();
      return outcome;
    },
    async got(jobId: string): Promise<z.output<(typeof fetchJob)['result']>> {
      const result = await jobs.result<typeof fetchJob>(jobId);
      await Promise.all([load(), result.weightsId === null ? datasets.load() : weights.load()]);
      return result;
    },
  };
});
