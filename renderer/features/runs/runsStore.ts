/** Every run as a row, kept current by events, and what can be done to one. */
import { defineStore } from 'pinia';
import { computed, shallowRef, triggerRef } from 'vue';
import type { z } from 'zod';
import type { ManyRunsForecast, RunForecast, RunDetail, TrainOnInput } from '../../../contract/api/runs/runs.ts';
import type { RunProgress, RunRow, StartingPointRow } from '../../../contract/api/runs/runTypes.ts';
import type { EarlyStopping } from '../../../contract/recipe.ts';
import type { RunRequest, RunRequestInput } from '../../../contract/runSpec.ts';
import { useBridge } from '../../bridge/useBridge.ts';
import { runNames } from './runNames.ts';
import { useLoaded } from '../../bridge/useLoaded.ts';

export type Damaged = { id: string; name: string; problem: string };
export type LiveLine = { runId: string; level: 'info' | 'warn' | 'error'; text: string };

/** The newest live lines kept; the whole log is on disk. */
const LIVE_LINES = 500;

export const useRunsStore = defineStore('runs', () => {
  const { api, onEvent } = useBridge();
  const byId = shallowRef(new Map<string, RunRow>());
  const progress = shallowRef(new Map<string, RunProgress>());
  const live = shallowRef<readonly LiveLine[]>([]);
  const damaged = shallowRef<readonly Damaged[]>([]);

  const list = computed(() =>
    [...byId.value.values()]
      .filter((run) => run.trashedAt === null)
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id)),
  );

  const names = computed(() => runNames(list.value));

  const trashed = computed(() =>
    [...byId.value.values()]
      .filter((run) => run.trashedAt !== null)
      .sort((a, b) => (b.trashedAt ?? '').localeCompare(a.trashedAt ?? '')),
  );

  async function fetch(): Promise<void> {
    const [kept, trashed] = await Promise.all([api.runs.list({}), api.runs.list({ trashed: true })]);
    byId.value = new Map([...trashed.runs, ...kept.runs].map((run) => [run.id, run]));
    damaged.value = kept.damaged;
  }
  const { loaded, problem, load } = useLoaded(fetch);

  function keep(run: RunRow): RunRow {
    byId.value.set(run.id, run);
    triggerRef(byId);
    return run;
  }

  onEvent((event) => {
    if (event.type === 'run') {
      keep(event.run);
      if (event.run.endedAt && progress.value.delete(event.run.id)) triggerRef(progress);
    } else if (event.type === 'runRemoved') {
      const run = byId.value.get(event.runId);
      if (run && event.trashed) keep({ ...run, trashedAt: run.trashedAt ?? new Date().toISOString() });
      else if (byId.value.delete(event.runId)) triggerRef(byId);
    } else if (event.type === 'progress') {
      progress.value.set(event.progress.runId, event.progress);
      triggerRef(progress);
    } else if (event.type === 'log') {
      live.value = [...live.value.slice(-LIVE_LINES + 1), event];
    }
  });

  return {
    byId,
    list,
    trashed,
    progress,
    live,
    damaged,
    loaded,
    problem,
    load,
    find: (id: string) => byId.value.get(id) ?? null,
    /** What sets it apart from the others; its own name where the user gave one, or where it is gone. */
    nameOf: (run: { readonly id: string; readonly name: string }): string => names.value.get(run.id) ?? run.name,
    /** What sets each of these apart from one another; of those that are gone nothing. */
    namesWithin: (ids: readonly string[]): ReadonlyMap<string, string> =>
      runNames(ids.flatMap((id) => byId.value.get(id) ?? []).map((run) => ({ ...run, group: 'selection' }))),
    show: (run: string): Promise<z.infer<typeof RunDetail>> => api.runs.show({ run }),
    startingPoints: (): Promise<StartingPointRow[]> => api.runs.startingPoints(),
    forecast: (request: RunRequestInput): Promise<RunForecast> => api.runs.forecast(request),
    forecastMany: (requests: readonly RunRequestInput[]): Promise<ManyRunsForecast> =>
      api.runs.forecastMany({ requests: [...requests] }),
    probe: async (request: RunRequestInput): Promise<string> => (await api.runs.probe(request)).jobId,
    create: async (request: RunRequestInput, tags: string[] = [], note = ''): Promise<RunRow> =>
      keep(await api.runs.create({ request, tags, note })),
    async createMany(requests: readonly RunRequestInput[]): Promise<RunRow[]> {
      const { runs } = await api.runs.createMany({ requests: [...requests] });
      return runs.map(keep);
    },
    stop: async (run: string, kill = false): Promise<RunRow> => keep(await api.runs.stop({ run, kill })),
    resume: async (run: string): Promise<RunRow> => keep(await api.runs.resume({ run })),
    /** `branch`: number of the checkpoint that a new run begins with. */
    trainOn: async (run: string, request: Omit<TrainOnInput, 'run'>): Promise<RunRow> =>
      keep(await api.runs.trainOn({ run, ...request })),
    duplicate: (run: string): Promise<RunRequest> => api.runs.duplicate({ run }),
    update: async (run: string, change: { name?: string; note?: string; tags?: string[] }): Promise<RunRow> =>
      keep(await api.runs.update({ run, ...change })),
    async remove(run: string): Promise<void> {
      await api.runs.remove({ run });
      const row = byId.value.get(run);
      if (row) keep({ ...row, trashedAt: new Date().toISOString() });
    },
    async restore(run: string): Promise<void> {
      await api.runs.restore({ run });
      const row = byId.value.get(run);
      if (row) keep({ ...row, trashedAt: null });
    },
    async deleteForGood(run: string): Promise<void> {
      await api.runs.delete({ run });
      if (byId.value.delete(run)) triggerRef(byId);
    },
    log: (run: string) => api.runs.log({ run }),
    whatIf: (run: string, rule: z.infer<typeof EarlyStopping>) => api.runs.whatIf({ run, rule }),
  };
});
