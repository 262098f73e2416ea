/** How long networks take on this machine. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { z } from 'zod';
import type { timeJob, TimeQuestion, TimeRow } from '../../../contract/api/timing.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { useLoaded } from '../../bridge/useLoaded.ts';
import { useJobsStore } from '../shell/jobsStore.ts';
import { withLeaving } from './leaving.ts';

export const useTimingStore = defineStore('timing', () => {
  const { api } = useBridge();
  const jobs = useJobsStore();
  const all = shallowRef<readonly TimeRow[]>([]);
  const { list, leave, stay } = withLeaving(all);
  const fetch = async (): Promise<void> => {
    all.value = await api.timing.list();
  };
  const { loaded, problem, load } = useLoaded(fetch, ['timing']);

  return {
    list,
    loaded,
    problem,
    load,
    run: async (questions: z.input<typeof TimeQuestion>[]): Promise<string> =>
      (await api.timing.run({ questions })).jobId,
    ended: async (jobId: string): Promise<void> => {
      await jobs.result<typeof timeJob>(jobId);
      await load();
    },
    leave,
    stay,
    async remove(ids: readonly string[]): Promise<void> {
      try {
        for (const timing of ids) await api.timing.remove({ timing });
      } finally {
        await load();
        stay(ids);
      }
    },
  };
});
