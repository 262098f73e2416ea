/** Runs as one file for another machine. */
import { defineStore } from 'pinia';
import type { FileRef } from '../../../contract/api/procedure.ts';
import type {
  ArchiveCheckpoints,
  ArchivedRuns,
  ArchivePacking,
  archiveRunsJob,
  ArrivedRun,
  importRunsJob,
} from '../../../contract/api/runs/travel.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { useJobsStore } from '../shell/jobsStore.ts';

export const useTravelStore = defineStore('travel', () => {
  const { api } = useBridge();
  const jobs = useJobsStore();
  return {
    archive: async (
      runs: readonly string[],
      choice: { readonly packing: ArchivePacking; readonly checkpoints: ArchiveCheckpoints },
    ): Promise<string> => (await api.travel.export({ runs: [...runs], ...choice })).jobId,
    archived: async (jobId: string): Promise<ArchivedRuns> => (await jobs.result<typeof archiveRunsJob>(jobId)).archive,
    import: async (file: FileRef, check: boolean): Promise<string> => (await api.travel.import({ file, check })).jobId,
    imported: async (jobId: string): Promise<ArrivedRun[]> => (await jobs.result<typeof importRunsJob>(jobId)).runs,
  };
});
