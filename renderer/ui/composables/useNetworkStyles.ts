/** One colour and marker for each run and for imported weights, the same in every chart, table, vote and legend. */
import { computed } from 'vue';
import { memberColor } from '../../../pure/figures/theme.ts';
import { type Marker, MEMBER_COLORS, memberStyle } from '../../../pure/palette.ts';
import { useRunsStore } from '../../features/runs/runsStore.ts';
import { useWeightsStore } from '../../features/weights/weightsStore.ts';
import { useDarkness } from './useDarkness.ts';

export interface NetworkStyle {
  readonly color: string;
  /** Where colours come again, past the palette's end, the marker tells them apart. */
  readonly marker: Marker;
}

export function styleAt(index: number, dark: boolean): NetworkStyle {
  return { color: memberColor(index, dark), marker: memberStyle(index).marker };
}

export function useNetworkStyles() {
  const runs = useRunsStore();
  const weights = useWeightsStore();
  const dark = useDarkness();
  const places = computed(
    () =>
      new Map(
        [...runs.byId.values(), ...weights.list]
          .sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id))
          .map(({ id }, place) => [id, place]),
      ),
  );
  return {
    styleOf: (runId: string): NetworkStyle => styleAt(places.value.get(runId) ?? 0, dark.value),
    /**
     * Within a selection that the palette can tell apart, no colour comes twice: each run keeps its own where it can.
     */
    stylesWithin(runIds: readonly string[]): ReadonlyMap<string, NetworkStyle> {
      const indexes = distinctIndexes(runIds.map((id) => places.value.get(id) ?? 0));
      return new Map(runIds.map((id, i) => [id, styleAt(indexes[i]!, dark.value)]));
    },
  };
}

/**
 * Places in the palette without a colour twice, for as many as it has; of two that share a colour the later one moves
 * to a free one.
 */
export function distinctIndexes(indexes: readonly number[]): number[] {
  const size = MEMBER_COLORS.length;
  if (indexes.length > size) return [...indexes];
  const taken = new Set<number>();
  const free = (): number => MEMBER_COLORS.findIndex((_, color) => !taken.has(color) && !wanted.has(color));
  const wanted = new Set(indexes.map((index) => index % size));
  return indexes.map((index) => {
    const own = index % size;
    const color = taken.has(own) ? free() : own;
    taken.add(color);
    return color === own ? index : color;
  });
}
