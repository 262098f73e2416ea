/** Whose curves Home draws. */
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { ACTIVE_STATES } from '../../../contract/run.ts';

/** As many as the palette tells apart. */
const MOST = 8;

type Placed = Pick<RunRow, 'id' | 'group' | 'state' | 'step' | 'startedAt'>;

/** The run that trains, else the one that was started last, and what was queued together with it; oldest first. */
export function latestRuns<R extends Placed>(runs: readonly R[]): R[] {
  const begun = runs
    .filter(({ startedAt, step }) => startedAt !== null && step > 0)
    .sort((a, b) => (a.startedAt ?? '').localeCompare(b.startedAt ?? ''));
  const newest = begun.findLast(({ state }) => ACTIVE_STATES.includes(state)) ?? begun.at(-1);
  if (!newest) return [];
  return begun.filter(({ id, group }) => id === newest.id || (group !== null && group === newest.group)).slice(-MOST);
}
