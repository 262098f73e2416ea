/** What the palette and the desktop's menu can do: whether the palette is open, and what the open page offers. */
import { defineStore } from 'pinia';
import { computed, onBeforeUnmount, ref, shallowRef } from 'vue';

/** In the order in which the palette shows them. */
export const COMMAND_GROUPS = [
  'Here',
  'Recent',
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

const MOST_RECENT = 5;

export const useCommandsStore = defineStore('commands', () => {
  const offers = shallowRef<ReadonlySet<() => readonly LocalCommand[]>>(new Set());
  /** Pages that were open before this one, newest first. */
  const recent = shallowRef<readonly { readonly title: string; readonly path: string }[]>([]);
  return {
    open: ref(false),
    recent: computed(() =>
      recent.value
        .slice(1)
        .map(({ title, path }): Command => ({ id: `recent.${path}`, group: 'Recent', title, to: path })),
    ),
    /** A page was opened. */
    visit(title: string, path: string): void {
      recent.value = [{ title, path }, ...recent.value.filter((one) => one.path !== path)].slice(0, MOST_RECENT + 1);
    },
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
