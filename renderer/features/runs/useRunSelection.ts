/** Which runs of the table are selected: by click, with Ctrl one more, with Shift a stretch, a group as its runs. */
import { computed, ref, type ComputedRef, type Ref } from 'vue';
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { runsOf, type TableLine } from './table/tableLines.ts';
import { useRunsStore } from './runsStore.ts';

export interface RunSelection {
  /** Ids. */
  readonly selected: Ref<Set<string>>;
  readonly chosen: ComputedRef<RunRow[]>;
  /** Keys of the lines that are selected; a group is when all its runs are. */
  readonly selectedLines: ComputedRef<Set<string>>;
  /** @param adds to the selection instead of replacing it */
  selectLine(line: TableLine, event: MouseEvent | KeyboardEvent, adds?: boolean): void;
}

const isAdding = (event: MouseEvent | KeyboardEvent): boolean =>
  event.ctrlKey || event.metaKey || event instanceof KeyboardEvent;

/** @param lines as grouped; @param inOrder as they stand in the table, which a stretch follows */
export function useRunSelection(
  lines: Readonly<Ref<readonly TableLine[]>>,
  inOrder: Readonly<Ref<readonly TableLine[]>>,
): RunSelection {
  const runs = useRunsStore();
  const selected = ref(new Set<string>());
  let anchor: string | null = null;
  const chosen = computed(() => runs.list.filter((run) => selected.value.has(run.id)));
  const selectedLines = computed(
    () =>
      new Set(
        lines.value.filter((line) => runsOf(line).every((run) => selected.value.has(run.id))).map((line) => line.key),
      ),
  );

  function selectGroup(line: TableLine, ids: readonly string[], adds: boolean): void {
    const next = new Set(adds ? selected.value : []);
    if (adds && selectedLines.value.has(line.key)) for (const id of ids) next.delete(id);
    else for (const id of ids) next.add(id);
    anchor = line.run.id;
    selected.value = next;
  }

  function selectRun(run: RunRow, event: MouseEvent | KeyboardEvent, adds: boolean): void {
    const next = new Set(adds ? selected.value : []);
    if (event.shiftKey && anchor) {
      const ids = inOrder.value.flatMap((line) => (line.group ? [] : [line.run.id]));
      const [from, to] = [ids.indexOf(anchor), ids.indexOf(run.id)].sort((a, b) => a - b);
      for (const id of ids.slice(from, (to ?? 0) + 1)) next.add(id);
    } else if (next.has(run.id)) next.delete(run.id);
    else {
      next.add(run.id);
      anchor = run.id;
    }
    selected.value = next;
  }

  return {
    selected,
    chosen,
    selectedLines,
    selectLine(line, event, adds = isAdding(event)) {
      if (!line.group) return selectRun(line.run, event, adds);
      const ids = line.group.runs.map((run) => run.id);
      selectGroup(line, ids, adds);
    },
  };
}
