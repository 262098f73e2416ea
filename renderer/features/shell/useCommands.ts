/** Everything the palette can go to or do: what the open page offers, and the commands of every feature. */
import { computed, type ComputedRef } from 'vue';
import { useRouter } from 'vue-router';
import { useFeatures } from '../feature.ts';
import { type Command, COMMAND_GROUPS, useCommandsStore } from './commandsStore.ts';
import { useNoticesStore } from './noticesStore.ts';

export interface Commands {
  readonly list: ComputedRef<readonly Command[]>;
  run(command: Command): void;
}

/** For a component's setup. */
export function useCommands(): Commands {
  const router = useRouter();
  const notices = useNoticesStore();
  const store = useCommandsStore();
  const sources = useFeatures().flatMap(({ commands }) => (commands ? [commands()] : []));
  const order = ({ group }: Command): number => COMMAND_GROUPS.indexOf(group);
  return {
    list: computed(() =>
      [...store.here, ...sources.flatMap((source) => source.value)].sort((a, b) => order(a) - order(b)),
    ),
    run({ to, do: act }) {
      if (to !== undefined) void router.push(to);
      else if (act) void notices.attempt(act);
    },
  };
}
