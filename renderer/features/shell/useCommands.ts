/** Everything the palette can go to or do: what is open first, then places, actions, settings, and every record by its name. */
import { computed, type ComputedRef } from 'vue';
import { useRouter } from 'vue-router';
import { ACTIVE_STATES } from '../../../contract/run.ts';
import { percent, plural } from '../../format/numbers.ts';
import { type Command, useCommandsStore } from './commandsStore.ts';
import { useDatasetsStore } from '../datasets/datasetsStore.ts';
import { useEnsemblesStore } from '../ensembles/ensemblesStore.ts';
import { useEvaluationsStore } from '../evaluate/evaluationsStore.ts';
import { useHostStore } from './hostStore.ts';
import { useJobsStore } from './jobsStore.ts';
import { useNoticesStore } from './noticesStore.ts';
import { useQueueStore } from '../runs/queueStore.ts';
import { useRunsStore } from '../runs/runsStore.ts';
import { useSettingsStore } from '../settings/settingsStore.ts';
import { useWeightsStore } from '../weights/weightsStore.ts';
import { useSample } from '../datasets/useSample.ts';

const PLACES: readonly (readonly [title: string, path: string])[] = [
  ['Home', '/'],
  ['Data sets', '/datasets'],
  ['Runs', '/runs'],
  ['Ensembles', '/ensembles'],
  ['Weights', '/weights'],
  ['Evaluate', '/evaluate'],
  ['Evaluate: measure', '/evaluate/measure'],
  ['Evaluate: crop sizes', '/evaluate/sizes'],
  ['Evaluate: compare two', '/evaluate/compare'],
  ['Evaluate: timing', '/evaluate/timing'],
  ['Evaluate: protocols', '/evaluate/protocols'],
  ['Settings', '/settings'],
  ['Trash', '/trash'],
];
const DEVICES = { auto: 'best there is', gpu: 'GPU', cpu: 'CPU', wasm: 'CPU, wasm' } as const;

export function useCommands(): ComputedRef<Command[]> {
  const router = useRouter();
  const commands = useCommandsStore();
  const runs = useRunsStore();
  const datasets = useDatasetsStore();
  const ensembles = useEnsemblesStore();
  const weights = useWeightsStore();
  const evaluations = useEvaluationsStore();
  const queue = useQueueStore();
  const jobs = useJobsStore();
  const host = useHostStore();
  const settings = useSettingsStore();
  const notices = useNoticesStore();
  const sample = useSample();

  const go = (group: string, title: string, hint: string, path: string): Command => ({
    id: path,
    group,
    title,
    hint,
    do: () => router.push(path),
  });
  const act = (id: string, title: string, hint: string, work: () => unknown, group = 'Do'): Command => ({
    id,
    group,
    title,
    hint,
    do: () => notices.attempt(work),
  });

  const actions = computed((): Command[] => [
    ...(notices.current?.undo
      ? [{ id: 'undo', group: 'Do', title: 'Undo', hint: notices.current.text, do: () => notices.undo() }]
      : []),
    go('Do', 'Import a folder', 'data set', '/datasets/import'),
    go('Do', 'New run', 'train', '/runs/new'),
    go('Do', 'New ensemble', 'predict, vote', '/ensembles/new'),
    go('Do', 'Import weights', 'file', '/weights/import'),
    go('Do', 'Measure by a protocol', 'evaluate', '/evaluate/measure'),
    ...datasets.samples.map((one) =>
      act(`sample.${one.name}`, `Try with sample data: ${one.title}`, plural(one.pictures, 'picture'), () =>
        sample.open(one.name),
      ),
    ),
    queue.state?.paused
      ? act('queue.resume', 'Let the queue go on', 'queue', queue.resume)
      : act('queue.pause', 'Pause the queue', 'queue', queue.pause),
    ...jobs.active.map((job) => act(`cancel.${job.id}`, `Cancel: ${job.title}`, 'job', () => jobs.cancel(job.id))),
    ...runs.list
      .filter((run) => ACTIVE_STATES.includes(run.state))
      .map((run) => act(`stop.${run.id}`, `Stop ${run.name}`, run.id, () => runs.stop(run.id))),
    ...runs.list
      .filter((run) => run.state !== 'finished' && run.resumable)
      .map((run) => act(`resume.${run.id}`, `Resume ${run.name}`, run.id, () => runs.resume(run.id))),
    ...ensembles.list.map((ensemble) =>
      go('Do', `Export the predictions of ${ensemble.name}`, 'CSV', `/ensembles/${ensemble.id}?export=1`),
    ),
  ]);
  const choices = computed((): Command[] => {
    const now = settings.settings;
    if (!now) return [];
    const set = (id: string, title: string, change: Parameters<typeof settings.change>[0]): Command =>
      act(`set.${id}`, title, 'settings', () => settings.change(change), 'Setting');
    return [
      ...(['dark', 'light', 'system'] as const).map((theme) => set(theme, `Theme: ${theme}`, { theme })),
      ...(['auto', 'gpu', 'cpu', 'wasm'] as const).map((device) =>
        set(device, `Device of new runs: ${DEVICES[device]}`, { device }),
      ),
      set(
        'ask',
        now.askBeforeQuit ? 'Quit without asking while a run trains' : 'Ask before quitting while a run trains',
        { askBeforeQuit: !now.askBeforeQuit },
      ),
      act(
        'set.failure',
        queue.state?.continueAfterFailure ? 'Pause the queue after a failure' : 'Let the queue go on after a failure',
        'queue',
        () => queue.configure(!queue.state?.continueAfterFailure),
        'Setting',
      ),
      act(
        'set.cache',
        'Clear the cache',
        'thumbnails, exports',
        async () => {
          await host.clearCache();
          notices.say('Thumbnails and exports are removed; they are made again when needed.');
        },
        'Setting',
      ),
      ...['Threads of a job', 'Engine: install, test', 'Data folder and disk', 'Keys'].map((title) => ({
        ...go('Setting', title, 'settings', '/settings'),
        id: `set.${title}`,
      })),
    ];
  });
  const records = computed((): Command[] => [
    ...runs.list.map((run) => go('Run', run.name, `${run.spec.model.name} · ${run.id}`, `/runs/${run.id}`)),
    ...datasets.list.map((set) => go('Data set', set.name, set.id, `/datasets/${set.id}`)),
    ...ensembles.list.map((ensemble) => go('Ensemble', ensemble.name, ensemble.id, `/ensembles/${ensemble.id}`)),
    ...weights.list.map((one) => go('Weights', one.name, one.model.name, `/weights/${one.id}`)),
    ...evaluations.list.map((one) =>
      go(
        'Figure',
        `${one.network} by ${one.protocol.name}`,
        `${percent(one.top1)} % · ${one.datasetName}, ${one.split}`,
        `/evaluate/of/${one.id}`,
      ),
    ),
  ]);
  return computed(() => [
    ...commands.here,
    ...actions.value.filter(({ id }) => id === 'undo'),
    ...PLACES.map(([title, path]) => go('Go to', title, '', path)),
    ...actions.value.filter(({ id }) => id !== 'undo'),
    ...choices.value,
    ...records.value,
  ]);
}
