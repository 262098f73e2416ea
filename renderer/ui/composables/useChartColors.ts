import { computed } from 'vue';
import { useTheme } from 'vuetify';

/** The theme's colours as a canvas needs them. */
export function useChartColors() {
  const theme = useTheme();
  return computed(() => {
    const colors = theme.current.value.colors;
    const of = (name: string): string => {
      const color: unknown = colors[name];
      return typeof color === 'string' ? color : '';
    };
    return {
      text: of('on-surface'),
      muted: of('muted'),
      line: of('line'),
      accent: of('primary'),
      surface: of('surface'),
      second: of('secondary'),
      good: of('success'),
      bad: of('error'),
      dark: theme.current.value.dark,
    };
  });
}
