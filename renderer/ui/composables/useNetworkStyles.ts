/** One colour and marker a run, the same in every chart, table, vote and legend. */
import { computed } from 'vue';
import { type Marker, MEMBER_COLORS, memberStyle, OKABE_ITO } from '../../../pure/palette.ts';
import { useRunsStore } from '../../features/runs/runsStore.ts';
import { useDarkness } from './useDarkness.ts';

export interface NetworkStyle {
  readonly color: string;
  readonly marker: Marker;
  /** Past the palette's end, where its colours come again. */ readonly dashed: boolean;
}

/** The palette's black and yellow vanish on one of our two grounds. */
const ON_DARK: Readonly<Record<string, string>> = { [OKABE_ITO.black]: '#E6E6E6', [OKABE_ITO.blue]: '#3D9BE0' };
const ON_LIGHT: Readonly<Record<string, string>> = { [OKABE_ITO.yellow]: '#B8A800' };

export function styleAt(index: number, dark: boolean): NetworkStyle {
  const { color, marker } = memberStyle(index);
  return {
    color: (dark ? ON_DARK : ON_LIGHT)[color] ?? color,
    marker,
    dashed: Math.floor(index / MEMBER_COLORS.length) % 2 === 1,
  };
}

export function useNetworkStyles() {
  const runs = useRunsStore();
  const dark = useDarkness();
  const places = computed(
    () =>
      new Map(
        [...runs.byId.values()]
          .sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id))
          .map((run, place) => [run.id, place]),
      ),
  );
  return { styleOf: (runId: string): NetworkStyle => styleAt(places.value.get(runId) ?? 0, dark.value) };
}
