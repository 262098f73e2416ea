/** What members of an ensemble are called on the screen: as their runs are, in files as their labels. */
import { useRunsStore } from '../runs/runsStore.ts';

export function useMemberNames() {
  const runs = useRunsStore();
  return {
    nameOf({ runId, label }: { readonly runId: string; readonly label: string }): string {
      const run = runs.find(runId);
      return run ? runs.nameOf(run) : label;
    },
  };
}
