/**
 * The next sensible action on the path from images to a vote: what Home and the table of runs offer as their filled
 * button.
 */
import { mdiEyeOutline, mdiPlus, mdiVoteOutline } from '@mdi/js';
import { computed, type ComputedRef } from 'vue';
import type { RouteLocationRaw } from 'vue-router';
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { ACTIVE_STATES } from '../../../contract/run.ts';
import { useEnsemblesStore } from '../ensembles/ensemblesStore.ts';
import { useRunsStore } from '../runs/runsStore.ts';

export interface NextStep {
  readonly kind: 'train' | 'watch' | 'vote';
  readonly label: string;
  readonly icon: string;
  readonly to: RouteLocationRaw;
}

/**
 * Several finished runs that were queued together and do not vote yet; none while one of them still trains or waits.
 */
export function unvotedGroup(
  runs: readonly Pick<RunRow, 'id' | 'group' | 'state' | 'endedAt'>[],
  ensembles: readonly { readonly members: readonly { readonly memberId: string }[] }[],
): string[] {
  const newest = runs
    .filter((run) => run.state === 'finished' && run.group !== null)
    .sort((a, b) => (b.endedAt ?? '').localeCompare(a.endedAt ?? ''))[0];
  const group = newest ? runs.filter((run) => run.group === newest.group) : [];
  if (group.some((run) => run.state === 'queued' || ACTIVE_STATES.includes(run.state))) return [];
  const ids = group
    .filter((run) => run.state === 'finished')
    .map(({ id }) => id)
    .sort();
  const votes = ensembles.some(({ members }) => ids.every((id) => members.some(({ memberId }) => memberId === id)));
  return ids.length < 2 || votes ? [] : ids;
}

export function useNextStep(): ComputedRef<NextStep> {
  const runs = useRunsStore();
  const ensembles = useEnsemblesStore();
  return computed(() => {
    const live = runs.list.find((run) => ACTIVE_STATES.includes(run.state));
    if (live) return { kind: 'watch', label: 'Watch', icon: mdiEyeOutline, to: `/runs/${live.id}` };
    const group = unvotedGroup(runs.list, ensembles.list);
    if (ensembles.loaded && group.length > 0)
      return {
        kind: 'vote',
        label: 'Predict & vote',
        icon: mdiVoteOutline,
        to: { path: '/ensembles/new', query: { runs: group.join(',') } },
      };
    return { kind: 'train', label: 'New run', icon: mdiPlus, to: '/runs/new' };
  });
}
