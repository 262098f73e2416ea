/** Long work that is no training: how far it is, and a promise of its end. */
import { defineStore } from 'pinia';
import { computed, shallowRef, triggerRef } from 'vue';
import { ORPCError } from '@orpc/client';
import type { JobResult, JobStatus } from '../../../contract/api/jobs.ts';
import { useBridge } from '../../bridge/useBridge.ts';

type ResultOf<K extends JobResult['kind']> = Extract<JobResult, { kind: K }>;

export const useJobsStore = defineStore('jobs', () => {
  const { api, onEvent, onResync } = useBridge();
  const byId = shallowRef(new Map<string, JobStatus>());
  const waiting = new Map<string, ((job: JobStatus) => void)[]>();
  const active = computed(() => [...byId.value.values()].filter((job) => job.endedAt === null));

  function take(job: JobStatus): void {
    byId.value.set(job.id, job);
    triggerRef(byId);
    if (job.endedAt === null) return;
    for (const tell of waiting.get(job.id) ?? []) tell(job);
    waiting.delete(job.id);
  }
  async function load(): Promise<void> {
    for (const job of await api.jobs.list()) take(job);
  }
  onResync(() => {
    void load().catch(() => undefined);
  });
  onEvent((event) => {
    if (event.type === 'job') take(event.job);
  });

  return {
    byId,
    active,
    load,
    cancel: async (job: string) => {
      take(await api.jobs.cancel({ job }));
    },
    /** Resolves with what the job made; rejects with its own error. */
    async result<K extends JobResult['kind']>(jobId: string, kind: K): Promise<ResultOf<K>> {
      const ended = new Promise<JobStatus>((resolve) => {
        waiting.set(jobId, [...(waiting.get(jobId) ?? []), resolve]);
      });
      // it may have ended before anybody waited
      take(await api.jobs.show({ job: jobId }));
      const job = await ended;
      if (job.error) throw new ORPCError('STUDIO', { data: job.error });
      if (job.result?.kind !== kind)
        throw new ORPCError('STUDIO', { data: { code: 'job.stopped', message: `“${job.title}” was cancelled.` } });
      return job.result as ResultOf<K>;
    },
  };
});
