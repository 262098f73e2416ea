import { computed, type ComputedRef } from 'vue';
import { ACTIVE_STATES } from '../../../contract/run.ts';
import type { Command } from '../shell/commandsStore.ts';
import { useQueueStore } from './queueStore.ts';
import { useRunsStore } from './runsStore.ts';

export function useRunCommands(): ComputedRef<readonly Command[]> {
  const runs = useRunsStore();
  const queue = useQueueStore();
  const active = computed(() => runs.list.filter((run) => ACTIVE_STATES.includes(run.state)));
  const resumable = computed(() => runs.list.filter((run) => run.state !== 'finished' && run.resumable));
  const stopAll = async (): Promise<void> => {
    for (const run of active.value) await runs.stop(run.id);
  };
  return computed((): Command[] => [
    { id: 'runs', group: 'Go to', title: 'Runs', to: '/runs' },
    { id: 'runs.import', group: 'Do', title: 'Import runs', hint: 'from another machine', to: '/runs/import' },
    queue.state?.paused
      ? { id: 'queue.resume', group: 'Do', title: 'Resume queue', hint: 'queue', do: queue.resume }
      : { id: 'queue.pause', group: 'Do', title: 'Pause queue', hint: 'queue', do: queue.pause },
    ...(active.value.length > 0
      ? [{ id: 'runs.stop', group: 'Do' as const, title: 'Stop training', hint: 'saves a checkpoint', do: stopAll }]
      : []),
    ...active.value.map((run) => ({
      id: `stop.${run.id}`,
      group: 'Do' as const,
      title: `Stop ${runs.nameOf(run)}`,
      hint: run.id,
      do: () => runs.stop(run.id),
    })),
    ...resumable.value.map((run) => ({
      id: `resume.${run.id}`,
      group: 'Do' as const,
      title: `Resume ${runs.nameOf(run)}`,
      hint: run.id,
      do: () => runs.resume(run.id),
    })),
    {
      id: 'queue.failure',
      group: 'Setting',
      title: queue.state?.continueAfterFailure ? 'Pause queue if a run fails' : 'Continue queue if a run fails',
      hint: 'queue',
      do: () => queue.configure(!queue.state?.continueAfterFailure),
    },
    ...runs.list.map((run) => ({
      id: run.id,
      group: 'Run' as const,
      title: runs.nameOf(run),
      hint: `${run.datasetName ?? ''} · ${run.id}`,
      to: `/runs/${run.id}`,
    })),
  ]);
}
