/** How long networks take on this machine. */
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import type { z } from 'zod';
import type { TimeQuestion, TimeRow } from '../../contract/api/timing.ts';
import { useBridge } from '../composables/useBridge.ts';
import { useJobsStore } from './jobsStore.ts';

export const useTimingStore = defineStore('timing', () => {
  const { api, onEvent, onResync } = useBridge();
  const jobs = useJobsStore();
  const list = shallowRef<readonly TimeRow[]>([]);
  const loaded = ref(false);

  async function load(): Promise<void> {
    list.value = await api.timing.list();
    loaded.value = true;
  }
  const again = (): void => { if (loaded.value) void load().catch(() => undefined); };
  onResync(again);
  onEvent((event) => { if (event.type === 'timing') again(); });

  return {
    list, loaded, load,
    run: async (questions: z.input<typeof TimeQuestion>[]): Promise<string> => (await api.timing.run({ questions })).jobId,
    ended: async (jobId: string): Promise<void> => { await jobs.result(jobId, 'timing'); await load(); },
    async remove(timing: string): Promise<void> {
      await api.timing.remove({ timing });
      await load();
    },
  };
});
