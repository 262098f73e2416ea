/** What an evaluated network is called on the screen: a run by what sets it apart, as everywhere. */
import type { EvaluationRow } from '../../../contract/api/evaluations.ts';
import { useRunsStore } from '../runs/runsStore.ts';

export function useEvaluatedNames(): {
  nameOf: (row: Pick<EvaluationRow, 'runId' | 'network'>) => string;
} {
  const runs = useRunsStore();
  return {
    nameOf({ runId, network }) {
      const run = runId === null ? null : runs.find(runId);
      if (!run || !network.startsWith(run.name)) return network;
      // behind the name stand an epoch, or the id that keeps rows of a table apart
      const rest = network.slice(run.name.length).replace(` (${run.id})`, '');
      return `${runs.nameOf(run)}${rest}`;
    },
  };
}
