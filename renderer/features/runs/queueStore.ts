/** What runs, and what comes next. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { QueueState } from '../../../contract/api/runs/queue.ts';
import { useBridge } from '../../bridge/useBridge.ts';

export const useQueueStore = defineStore('queue', () => {
  const { api, onEvent, onResync } = useBridge();
  const state = shallowRef<QueueState | null>(null);
  const take = (queue: QueueState): void => {
    state.value = queue;
  };

  async function load(): Promise<void> {
    take(await api.queue.list());
  }
  onResync(() => {
    void load().catch(() => undefined);
  });
  onEvent((event) => {
    if (event.type === 'queue') take(event.queue);
  });

  return {
    state,
    load,
    add: async (runs: string[]) => {
      take(await api.queue.add({ runs }));
    },
    move: async (run: string, before: string | null) => {
      take(await api.queue.move({ run, before }));
    },
    pause: async () => {
      take(await api.queue.pause());
    },
    resume: async () => {
      take(await api.queue.resume());
    },
    remove: async (run: string) => {
      take(await api.queue.remove({ run }));
    },
    configure: async (continueAfterFailure: boolean) => {
      take(await api.queue.configure({ continueAfterFailure }));
    },
  };
});
