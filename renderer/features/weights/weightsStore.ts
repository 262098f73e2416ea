/** Imported weights, and what can be asked about a weight file. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { FileRef } from '../../../contract/api/procedure.ts';
import type {
  ExportedWeights,
  ExportSource,
  exportWeightsJob,
  importWeightsJob,
  inspectWeightsJob,
  selfCheckJob,
  WeightsNetwork,
} from '../../../contract/api/weights.ts';
import type { Split } from '../../../contract/dataset.ts';
import type { ExportFormat } from '../../../contract/weights/exportCard.ts';
import type { InputSpec } from '../../../contract/inputSpec.ts';
import type { LabelList } from '../../../contract/protocol.ts';
import type { TensorRename } from '../../../contract/weights/tensorRename.ts';
import type {
  ImportedWeights,
  SelfCheck,
  WeightsInspection,
  WeightsRecord,
} from '../../../contract/weights/weights.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { useLoaded } from '../../bridge/useLoaded.ts';
import { useJobsStore } from '../shell/jobsStore.ts';

export interface WeightsQuestion {
  readonly file: FileRef;
  readonly entry?: string;
  readonly renames?: TensorRename[];
  readonly insist?: boolean;
  readonly network?: WeightsNetwork;
}
export interface WeightsImport extends WeightsQuestion {
  readonly network: WeightsNetwork;
  readonly name?: string;
  readonly input?: InputSpec;
  readonly labels?: LabelList;
}
export interface CheckQuestion {
  readonly weights: string;
  readonly dataset: string;
  readonly split: Split;
  readonly limit: number;
  readonly protocol?: string;
}

export const useWeightsStore = defineStore('weights', () => {
  const { api } = useBridge();
  const jobs = useJobsStore();
  const list = shallowRef<readonly ImportedWeights[]>([]);
  const fetch = async (): Promise<void> => {
    list.value = await api.weights.list();
  };
  const { loaded, problem, load } = useLoaded(fetch, ['weights']);

  return {
    list,
    loaded,
    problem,
    load,
    show: (weights: string): Promise<WeightsRecord> => api.weights.show({ weights }),
    inspect: async (question: WeightsQuestion): Promise<string> => (await api.weights.inspect(question)).jobId,
    inspected: async (jobId: string): Promise<WeightsInspection> =>
      (await jobs.result<typeof inspectWeightsJob>(jobId)).inspection,
    import: async (question: WeightsImport): Promise<string> => (await api.weights.import(question)).jobId,
    async imported(jobId: string): Promise<string> {
      const { weightsId } = await jobs.result<typeof importWeightsJob>(jobId);
      await load();
      return weightsId;
    },
    check: async (question: CheckQuestion): Promise<string> => (await api.weights.check(question)).jobId,
    checked: async (jobId: string): Promise<SelfCheck> => (await jobs.result<typeof selfCheckJob>(jobId)).check,
    export: async (source: ExportSource, format: ExportFormat, name: string): Promise<string> =>
      (await api.weights.export({ source, format, name })).jobId,
    exported: async (jobId: string): Promise<ExportedWeights> =>
      (await jobs.result<typeof exportWeightsJob>(jobId)).file,
    async setCard(weights: string, change: { input?: InputSpec | null; labels?: LabelList | null }): Promise<void> {
      await api.weights.setCard({ weights, ...change });
      await load();
    },
    async remove(weights: string): Promise<void> {
      await api.weights.remove({ weights });
      await load();
    },
    async restore(weights: string): Promise<void> {
      await api.weights.restore({ weights });
      await load();
    },
  };
});
