/** What the palette and the desktop's menu can do: whether the palette is open, and what the open page offers. */
import { defineStore } from 'pinia';
import { computed, onBeforeUnmount, ref, shallowRef } from 'vue';

/** In the order in which the palette shows them. */
export const COMMAND_GROUPS = [
  'Here',
  'Undo',
  'Go to',
  'Do',
  'Setting',
  'Run',
  'Data set',
  'Ensemble',
  'Weights',
  'Evaluation',
] as const;

export interface Command {
  readonly id: string;
  readonly group: (typeof COMMAND_GROUPS)[number];
  readonly title: string;
  readonly hint?: string;
  /** Not in the palette: for the menu alone. */
  readonly hidden?: boolean;
  /** Where it leads; else what it does. */
  readonly to?: string;
  do?(): unknown;
}
/** A command of the page that is open. */
export interface LocalCommand {
  readonly title: string;
  do(): unknown;
}

export const useCommandsStore = defineStore('commands', () => {
  const offers = shallowRef<ReadonlySet<() => readonly LocalCommand[]>>(new Set());
  return {
    open: ref(false),
    here: computed(() =>
      [...offers.value]
        .flatMap((offer) => offer())
        .map(({ title, do: act }): Command => ({ id: `here.${title}`, group: 'Here', title, do: act })),
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
