/** What the place that is open offers to the command palette, for as long as it is open. */
import { defineStore } from 'pinia';
import { computed, onBeforeUnmount, shallowRef } from 'vue';

export interface Command {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly hint: string;
  do(): unknown;
}
/** A command of the place that is open. */
export interface LocalCommand {
  readonly title: string;
  do(): unknown;
}

export const useCommandsStore = defineStore('commands', () => {
  const offers = shallowRef<ReadonlySet<() => readonly LocalCommand[]>>(new Set());
  return {
    here: computed(() =>
      [...offers.value]
        .flatMap((offer) => offer())
        .map(({ title, do: act }): Command => ({ id: `here.${title}`, group: 'Here', title, hint: '', do: act })),
    ),
    /** For a component's setup. */
    offer(commands: () => readonly LocalCommand[]): void {
      offers.value = new Set([...offers.value, commands]);
      onBeforeUnmount(() => {
        offers.value = new Set([...offers.value].filter((one) => one !== commands));
      });
    },
  };
});
