/** Everything the palette can go to or do. */
import { computed, type ComputedRef } from 'vue';
import { useRouter } from 'vue-router';
import { ACTIVE_STATES } from '../../contract/run.ts';
import { useDatasetsStore } from '../stores/datasetsStore.ts';
import { useEnsemblesStore } from '../stores/ensemblesStore.ts';
import { useNoticesStore } from '../stores/noticesStore.ts';
import { useQueueStore } from '../stores/queueStore.ts';
import { useRunsStore } from '../stores/runsStore.ts';
import { useSettingsStore } from '../stores/settingsStore.ts';

export interface Command { readonly id: string; readonly group: string; readonly title: string; readonly hint: string; do(): unknown }

export function useCommands(): ComputedRef<Command[]> {
  const router = useRouter();
  const runs = useRunsStore();
  const datasets = useDatasetsStore();
  const ensembles = useEnsemblesStore();
  const queue = useQueueStore();
  const settings = useSettingsStore();
  const notices = useNoticesStore();
  const go = (title: string, path: string): Command => ({ id: path, group: 'Go to', title, hint: '', do: () => router.push(path) });
  return computed(() => [
    go('Home', '/'), go('Data sets', '/datasets'), go('Runs', '/runs'), go('Ensembles', '/ensembles'), go('Weights', '/weights'), go('Evaluate', '/evaluate'), go('Evaluate: protocols', '/evaluate/protocols'), go('Evaluate: timing', '/evaluate/timing'), go('Settings', '/settings'),
    { id: 'import', group: 'Do', title: 'Import a folder', hint: 'data set', do: () => router.push('/datasets/import') },
    { id: 'newRun', group: 'Do', title: 'New run', hint: 'train', do: () => router.push('/runs/new') },
    { id: 'importWeights', group: 'Do', title: 'Import weights', hint: 'file', do: () => router.push('/weights/import') },
    { id: 'newEnsemble', group: 'Do', title: 'New ensemble', hint: 'vote', do: () => router.push('/ensembles/new') },
    queue.state?.paused
      ? { id: 'queue.resume', group: 'Do', title: 'Let the queue go on', hint: 'queue', do: () => notices.attempt(() => queue.resume()) }
      : { id: 'queue.pause', group: 'Do', title: 'Pause the queue', hint: 'queue', do: () => notices.attempt(() => queue.pause()) },
    ...(['dark', 'light', 'system'] as const).map((theme): Command => ({ id: `theme.${theme}`, group: 'Do', title: `Theme: ${theme}`, hint: 'appearance', do: () => notices.attempt(() => settings.change({ theme })) })),
    ...runs.list.filter((run) => ACTIVE_STATES.includes(run.state)).map((run): Command => ({ id: `stop.${run.id}`, group: 'Do', title: `Stop ${run.name}`, hint: run.id, do: () => notices.attempt(() => runs.stop(run.id)) })),
    ...runs.list.map((run): Command => ({ id: run.id, group: 'Run', title: run.name, hint: `${run.spec.model.name} · ${run.id}`, do: () => router.push(`/runs/${run.id}`) })),
    ...datasets.list.map((set): Command => ({ id: set.id, group: 'Data set', title: set.name, hint: set.id, do: () => router.push(`/datasets/${set.id}`) })),
    ...ensembles.list.map((ensemble): Command => ({ id: ensemble.id, group: 'Ensemble', title: ensemble.name, hint: ensemble.id, do: () => router.push(`/ensembles/${ensemble.id}`) })),
  ]);
}
