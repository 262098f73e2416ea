/** Long work that is no training: how far it is, and a promise of its end. */
import { defineStore } from 'pinia';
import { computed, shallowRef, triggerRef } from 'vue';
import { ORPCError } from '@orpc/client';
import type { z } from 'zod';
import type { JobStatus } from '../../../contract/api/jobs.ts';
import type { JobKind } from '../../../contract/api/procedure.ts';
import { useBridge } from '../../bridge/useBridge.ts';

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
    /** The newest job of that kind that still works on that subject. */
    unended: (kind: string, subjectId: string): JobStatus | undefined =>
      active.value.findLast((job) => job.kind === kind && job.subjectId === subjectId),
    cancel: async (job: string) => {
      take(await api.jobs.cancel({ job }));
    },
    /** Resolves with what a job of that kind made; rejects with its own error. */
    async result<Kind extends JobKind>(jobId: string): Promise<z.output<Kind['result']>> {
      const ended = new Promise<JobStatus>((resolve) => {
        waiting.set(jobId, [...(waiting.get(jobId) ?? []), resolve]);
      });
      // it may have ended before anybody waited
      take(await api.jobs.show({ job: jobId }));
      const job = await ended;
      if (job.error) throw new ORPCError('STUDIO', { data: job.error });
      if (job.state !== 'finished')
        throw new ORPCError('STUDIO', { data: { code: 'job.stopped', message: `“${job.title}” was cancelled.` } });
      return job.result as z.output<Kind['result']>;
    },
  };
});
