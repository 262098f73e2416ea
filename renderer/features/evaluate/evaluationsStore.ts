/** Evaluations, the predictions of runs among them; the protocols, and everything that follows from both. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type {
  evaluateJob,
  EvaluationQuestion,
  EvaluationRow,
  ImageChoice,
  TableFormat,
  TableQuestion,
} from '../../../contract/api/evaluations.ts';
import type { PredictionFilter } from '../../../contract/api/datasets/imageFigures.ts';
import type { Protocol, ProtocolEntry } from '../../../contract/protocol.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { useLoaded } from '../../bridge/useLoaded.ts';
import { useJobsStore } from '../shell/jobsStore.ts';
import { withLeaving } from './leaving.ts';

export const useEvaluationsStore = defineStore('evaluations', () => {
  const { api, onEvent } = useBridge();
  const jobs = useJobsStore();
  const all = shallowRef<readonly EvaluationRow[]>([]);
  const { list, leave, stay } = withLeaving(all);
  const protocols = shallowRef<readonly ProtocolEntry[]>([]);
  const fetch = async (): Promise<void> => {
    [all.value, protocols.value] = await Promise.all([api.evaluations.list({}), api.protocols.list()]);
  };
  const { loaded, problem, load } = useLoaded(fetch, ['evaluations', 'protocols']);
  /** Counts up with every change, for who shows only a part of them. */
  const version = shallowRef(0);
  onEvent((event) => {
    if (event.type === 'evaluations') version.value++;
  });

  return {
    list,
    protocols,
    loaded,
    problem,
    load,
    version,
    find: (id: string): EvaluationRow | undefined => list.value.find((one) => one.id === id),
    create: async (question: EvaluationQuestion): Promise<string> => (await api.evaluations.create(question)).jobId,
    predict: async (networks: string[], images: ImageChoice): Promise<string> =>
      (await api.evaluations.predict({ networks, images })).jobId,
    /** What a run, or imported weights, said as they were trained, newest first. */
    predictions: (network: string) => api.evaluations.predictions({ network }),
    async created(jobId: string): Promise<{ ids: string[]; notes: string[] }> {
      const { evaluationIds, notes } = await jobs.result<typeof evaluateJob>(jobId);
      await load();
      return { ids: evaluationIds, notes };
    },
    show: (evaluation: string) => api.evaluations.show({ evaluation }),
    images: (evaluation: string, filter: Partial<PredictionFilter>, offset: number, limit: number) =>
      api.evaluations.images({ evaluation, filter, offset, limit }),
    confusion: (evaluation: string) => api.evaluations.confusion({ evaluation }),
    classes: (evaluation: string) => api.evaluations.classes({ evaluation }),
    leave,
    stay,
    async remove(ids: readonly string[]): Promise<void> {
      try {
        for (const evaluation of ids) await api.evaluations.remove({ evaluation });
      } finally {
        await load();
        stay(ids);
      }
    },
    tables: (question: TableQuestion) => api.evaluations.tables(question),
    tableText: async (question: TableQuestion, format: TableFormat): Promise<string> =>
      (await api.evaluations.tableText({ ...question, format })).text,
    cropSizes: (evaluations: string[]) => api.evaluations.cropSizes({ evaluations }),
    compare: (first: string, second: string) => api.evaluations.compare({ first, second }),
    flips: (first: string, second: string, rightOne: 'first' | 'second', offset: number, limit: number) =>
      api.evaluations.flips({ first, second, rightOne, offset, limit }),
    async createProtocol(protocol: Protocol): Promise<void> {
      await api.protocols.create({ protocol });
      protocols.value = await api.protocols.list();
    },
    async removeProtocol(name: string): Promise<void> {
      await api.protocols.remove({ name });
      protocols.value = await api.protocols.list();
    },
  };
});
