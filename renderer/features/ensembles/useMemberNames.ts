/**
 * What members of an ensemble are called on the screen: runs by what sets them apart from one another, imported weights
 * by their name; in files as their labels.
 */
import { computed } from 'vue';
import type { MemberKind } from '../../../contract/voting.ts';
import { useRunsStore } from '../runs/runsStore.ts';

interface Member {
  readonly memberId: string;
  /** Where the run is gone. */
  readonly label?: string;
  readonly name?: string;
  readonly kind: MemberKind;
}

/** For a component's setup. */
export function useMemberNames(members: () => readonly Member[]) {
  const runs = useRunsStore();
  const names = computed(() => runs.namesWithin(members().map(({ memberId }) => memberId)));
  return {
    nameOf: ({ memberId, kind, label, name }: Member): string =>
      names.value.get(memberId) ?? (kind === 'weights' ? name : null) ?? label ?? name ?? memberId,
  };
}
