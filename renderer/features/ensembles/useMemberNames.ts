/**
 * What members of an ensemble are called on the screen: by what sets them apart from one another, in files as their
 * labels.
 */
import { computed } from 'vue';
import { useRunsStore } from '../runs/runsStore.ts';

interface Member {
  readonly runId: string;
  /** Where the run is gone. */
  readonly label?: string;
  readonly name?: string;
}

/** For a component's setup. */
export function useMemberNames(members: () => readonly Member[]) {
  const runs = useRunsStore();
  const names = computed(() => runs.namesWithin(members().map(({ runId }) => runId)));
  return {
    nameOf: ({ runId, label, name }: Member): string => names.value.get(runId) ?? label ?? name ?? runId,
  };
}
