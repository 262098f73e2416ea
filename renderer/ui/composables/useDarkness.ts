import { computed, type ComputedRef } from 'vue';
import { useTheme } from 'vuetify';

export function useDarkness(): ComputedRef<boolean> {
  const theme = useTheme();
  return computed(() => theme.current.value.dark);
}
