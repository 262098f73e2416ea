/** Everything the palette can go to or do: what the open page offers, and the commands of every feature. */
import { computed, type ComputedRef, onBeforeUnmount } from 'vue';
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
  // a record is known by its name, which stands in the same list
  onBeforeUnmount(
    router.afterEach(({ path, params, meta }, _, failure) => {
      if (failure) return;
      const id = params['id'];
      const record = sources.flatMap((source) => source.value).find((command) => command.id === id);
      store.visit(record ? `${meta.title}: ${record.title}` : meta.title, path);
    }),
  );
  const order = ({ group }: Command): number => COMMAND_GROUPS.indexOf(group);
  return {
    list: computed(() =>
      [...store.here, ...store.recent, ...sources.flatMap((source) => source.value)].sort(
        (a, b) => order(a) - order(b),
      ),
    ),
    run({ to, do: act }) {
      if (to !== undefined) void router.push(to);
      else if (act) void notices.attempt(act);
    },
  };
}
