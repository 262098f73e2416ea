/** What the table of runs shows and in which order: filter and address, columns, groups, pinned runs. */
import { computed, ref, type Ref, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { allColumns, columnsFor, DEFAULT_COLUMNS } from './table/columns.ts';
import { conditionNames, filterRuns, unknownNames } from './table/filterRuns.ts';
import { groupRuns, groupings } from './table/grouping.ts';
import { sortRows } from '../../ui/table/sortRows.ts';
import { lineColumn, runsOf, type TableLine, tableLines } from './table/tableLines.ts';
import { tableToCopy } from './table/tableToCopy.ts';
import { useRunsStore } from './runsStore.ts';
import { isBoolean, isStrings, storedChoice } from '../../ui/composables/storedChoice.ts';

const isString = (value: unknown): value is string => typeof value === 'string';
const isWhich = (value: unknown): value is 'best' | 'last' => value === 'best' || value === 'last';
const isOrder = (value: unknown): value is { key: string; descending: boolean } =>
  typeof value === 'object' &&
  value !== null &&
  isString(Reflect.get(value, 'key')) &&
  typeof Reflect.get(value, 'descending') === 'boolean';

/** How much wider a metric is with its difference from the baseline beside it. */
const DIFFERENCE_WIDTH = 1.5;

/** What is typed in the filter; in the address, so that the way back from a run leads to the same rows. */
function useTypedFilter(): Ref<string> {
  const route = useRoute();
  const router = useRouter();
  const typed = ref(isString(route.query['q']) ? route.query['q'] : '');
  watch(typed, (q) => {
    void router.replace({ path: '/runs', query: q ? { q } : {} });
  });
  watch(
    () => route.query['q'],
    (q) => {
      if (route.path === '/runs') typed.value = isString(q) ? q : '';
    },
  );
  return typed;
}

/** `typed` with the names that its last word could become. */
function completionsOf(typed: string, names: readonly string[]): string[] {
  const [, before = '', last = ''] = /^(.*\s)?(\S*)$/.exec(typed) ?? [];
  if (last.length < 2 || /[<>=]/.test(last)) return [];
  return names.filter((name) => name.toLowerCase().includes(last.toLowerCase())).map((name) => `${before}${name}`);
}

/** Runs that stay on top of the table. The first that is still there is what the others are measured by. */
function usePinnedRuns(runs: ReturnType<typeof useRunsStore>) {
  const pinned = storedChoice<string[]>('runs.pinned', [], isStrings);
  return {
    pinned,
    baseline: computed(
      () => pinned.value.map((id) => runs.find(id)).find((run) => run !== null && run.trashedAt === null) ?? null,
    ),
    isPinned: (line: TableLine): boolean =>
      (line.group ?? line.within)?.runs.some(({ id }) => pinned.value.includes(id)) ??
      pinned.value.includes(line.run.id),
    togglePins(ids: readonly string[]): void {
      pinned.value = ids.every((id) => pinned.value.includes(id))
        ? pinned.value.filter((id) => !ids.includes(id))
        : [...new Set([...pinned.value, ...ids])];
    },
  };
}

export function useRunTable() {
  const runs = useRunsStore();
  const typed = useTypedFilter();
  const { pinned, baseline, isPinned, togglePins } = usePinnedRuns(runs);
  const which = storedChoice<'best' | 'last'>('runs.which', 'best', isWhich);
  const grouping = storedChoice('runs.grouping', 'none', isString);
  const order = storedChoice('runs.order', { key: '', descending: false }, isOrder);
  const columns = storedChoice('runs.columns', [...DEFAULT_COLUMNS], isStrings);
  /** Whether settings in which runs differ are columns by themselves. */
  const varied = storedChoice('runs.varied', true, isBoolean);
  const opened = ref(new Set<string>());

  const shownRuns = computed(() => filterRuns(runs.list, typed.value));
  const every = computed(() => allColumns(runs.list, which.value, runs.nameOf));
  const shownColumns = computed(() => columnsFor(shownRuns.value, every.value, columns.value, varied.value));
  const groups = computed(() =>
    groupRuns(sortRows(shownRuns.value, shownColumns.value, order.value), grouping.value, every.value),
  );
  const lines = computed(() => tableLines(shownRuns.value, groups.value, opened.value));
  const lineColumns = computed(() =>
    shownColumns.value.map((column) => {
      const shown = lineColumn(column, groups.value !== null);
      return baseline.value && column.better ? { ...shown, width: DIFFERENCE_WIDTH * shown.width } : shown;
    }),
  );
  function toggleGroup(key: string): void {
    const next = new Set(opened.value);
    if (!next.delete(key)) next.add(key);
    opened.value = next;
  }
  /** As the table shows them: pinned ones first. */
  const inOrder = computed(() => {
    const sorted = sortRows(lines.value, lineColumns.value, order.value);
    return [...sorted.filter(isPinned), ...sorted.filter((line) => !isPinned(line))];
  });
  /** Lines as they stand; of a selection those alone that are all chosen. */
  const copied = (chosen: ReadonlySet<string>, exact: boolean): ReturnType<typeof tableToCopy> =>
    tableToCopy(
      inOrder.value.filter((line) => chosen.size === 0 || runsOf(line).every(({ id }) => chosen.has(id))),
      shownColumns.value,
      exact,
    );

  return {
    typed,
    which,
    grouping,
    order,
    columns,
    varied,
    pinned,
    opened,
    shownRuns,
    every,
    shownColumns,
    lines,
    inOrder,
    lineColumns,
    baseline,
    isPinned,
    toggleGroup,
    togglePins,
    copied,
    grouped: computed(() => groups.value !== null),
    groupings: computed(() => groupings(runs.list, every.value)),
    completions: computed(() => completionsOf(typed.value, conditionNames(runs.list))),
    unknown: computed(() => unknownNames(runs.list, typed.value)),
  };
}
