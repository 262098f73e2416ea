/** Published tables, and filling them. */
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import type { StudioEvent } from '../../../contract/api/events.ts';
import type { FileRef } from '../../../contract/api/procedure.ts';
import type { ReproductionRowOfList } from '../../../contract/api/reproduce.ts';
import type { ReproducedTable } from '../../../contract/results/reproduction.ts';
import type { RunRequest } from '../../../contract/runSpec.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { useLoaded } from '../../bridge/useLoaded.ts';
import { throttled } from '../../ui/throttled.ts';

export interface FillQuestion {
  readonly project: string;
  readonly dataset?: string;
  readonly seeds: number[];
}
export interface Missing {
  readonly runs: RunRequest[];
  readonly resume: readonly string[];
  readonly evaluations: number;
  readonly byHand: readonly { readonly row: string; readonly column: string }[];
}

const CHANGES_CELLS: ReadonlySet<StudioEvent['type']> = new Set([
  'run',
  'runRemoved',
  'evaluations',
  'dataset',
  'datasetRemoved',
  'weights',
  'timing',
]);

export const useReproduceStore = defineStore('reproduce', () => {
  const { api, onEvent, onResync } = useBridge();
  const list = shallowRef<readonly ReproductionRowOfList[]>([]);
  /** Files of the user's own that cannot be read. */
  const damaged = shallowRef<readonly { readonly file: string; readonly problem: string }[]>([]);
  const { loaded, problem, load } = useLoaded(async () => {
    const answer = await api.reproduce.list();
    list.value = answer.projects;
    damaged.value = answer.damaged;
  });
  /** Grows whenever a cell may say something else. */
  const revision = ref(0);
  const changed = throttled(() => {
    revision.value++;
  }, 1000);
  onResync(changed);
  onEvent((event) => {
    if (CHANGES_CELLS.has(event.type)) changed();
  });
  return {
    list,
    revision,
    damaged,
    loaded,
    problem,
    load,
    show: (project: string): Promise<ReproducedTable> => api.reproduce.show({ project }),
    missing: (question: FillQuestion): Promise<Missing> => api.reproduce.missing(question),
    fill: (question: FillQuestion): Promise<{ jobId: string; runIds: string[] }> => api.reproduce.fill(question),
    forecast: (requests: RunRequest[]) => api.runs.forecastMany({ requests }),
    async add(file: FileRef): Promise<string> {
      const { id } = await api.reproduce.add({ file });
      await load();
      return id;
    },
  };
});
