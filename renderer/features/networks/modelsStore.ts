/** Networks that can be trained, and the presets. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { ModelRow } from '../../../contract/api/models.ts';
import type { PresetRow } from '../../../contract/api/runs/presets.ts';
import type { WarmUp } from '../../../contract/recipe.ts';
import type { ModelOptions, Precision, RunRequestInput } from '../../../contract/runSpec.ts';
import type { Schedule } from '../../../contract/recipe.ts';
import { useBridge } from '../../bridge/useBridge.ts';

export const useModelsStore = defineStore('models', () => {
  const { api } = useBridge();
  const list = shallowRef<readonly ModelRow[]>([]);
  const presets = shallowRef<readonly PresetRow[]>([]);
  return {
    list,
    presets,
    async load(): Promise<void> {
      if (list.value.length > 0) return;
      [list.value, presets.value] = await Promise.all([api.models.list(), api.presets.list()]);
    },
    describe: (question: {
      name: string;
      size: number;
      channels: number;
      classes: number;
      batchSize: number;
      precision: Precision;
      options: ModelOptions;
    }) => api.models.describe(question),
    testLearningRates: async (request: RunRequestInput): Promise<string> =>
      (await api.lrRange.start({ request })).jobId,
    schedule: (question: {
      schedule: Schedule;
      lr: number;
      epochs: number;
      stepsPerEpoch: number;
      warmUp: WarmUp | null;
    }) => api.schedule.curve(question),
  };
});
