/** Ensembles, their votes, and the predictions file. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { z } from 'zod';
import type {
  CsvColumns,
  EnsembleRow,
  exportVotesJob,
  RuleChoice,
  selectEnsembleJob,
  SelectionReport,
  VoteFilter,
} from '../../../contract/api/ensembles.ts';
import type { ImageChoice } from '../../../contract/api/evaluations.ts';
import type { VotingRule } from '../../../contract/voting.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { useLoaded } from '../../bridge/useLoaded.ts';
import { useJobsStore } from '../shell/jobsStore.ts';

export const useEnsemblesStore = defineStore('ensembles', () => {
  const { api } = useBridge();
  const jobs = useJobsStore();
  const list = shallowRef<readonly EnsembleRow[]>([]);
  const fetch = async (): Promise<void> => {
    list.value = await api.ensembles.list();
  };
  const { loaded, problem, load } = useLoaded(fetch, ['ensembles']);

  return {
    list,
    loaded,
    problem,
    load,
    async create(name: string, members: string[], rule: z.input<typeof RuleChoice>): Promise<EnsembleRow> {
      const made = await api.ensembles.create({ name, members, rule });
      await load();
      return made;
    },
    /** Starts to let images select members and weights. */
    select: async (request: Parameters<typeof api.ensembles.select>[0]): Promise<string> =>
      (await api.ensembles.select(request)).jobId,
    async selected(jobId: string): Promise<SelectionReport> {
      const { report } = await jobs.result<typeof selectEnsembleJob>(jobId);
      await load();
      return report;
    },
    async remove(ensemble: string): Promise<void> {
      await api.ensembles.remove({ ensemble });
      await load();
    },
    predict: async (ensemble: string, images: ImageChoice): Promise<string> =>
      (await api.ensembles.predict({ ensemble, images })).jobId,
    rule: (members: string[], rule: z.input<typeof RuleChoice>) => api.ensembles.rule({ members, rule }),
    vote: (predictions: string[], rule: VotingRule) => api.ensembles.vote({ predictions, rule }),
    rows: (predictions: string[], rule: VotingRule, filter: Partial<VoteFilter>, offset: number, limit: number) =>
      api.ensembles.rows({ predictions, rule, filter, offset, limit }),
    confusion: (predictions: string[], rule: VotingRule) => api.ensembles.confusion({ predictions, rule }),
    export: async (
      predictions: string[],
      rule: VotingRule,
      columns: Partial<z.infer<typeof CsvColumns>>,
      cells: 'name' | 'id',
      fileName: string,
    ) =>
      (
        await jobs.result<typeof exportVotesJob>(
          (await api.ensembles.export({ predictions, rule, columns, cells, fileName })).jobId,
        )
      ).file,
  };
});
