/**
 * Choices of this window alone (theme, columns, folded panels), kept by the browser; a value that does not fit any more
 * is forgotten.
 */
import { ref, watch, type Ref } from 'vue';

const PREFIX = 'quorum.';

export function readChoice<T>(key: string, fallback: T, fits: (value: unknown) => value is T): T {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(PREFIX + key) ?? 'null');
    return fits(stored) ? stored : fallback;
  } catch {
    // storage can be switched off, and then nothing is kept
    return fallback;
  }
}

export function storedChoice<T>(key: string, fallback: T, fits: (value: unknown) => value is T): Ref<T> {
  const value = ref(readChoice(key, fallback, fits)) as Ref<T>;
  watch(
    value,
    (now) => {
      try {
        localStorage.setItem(PREFIX + key, JSON.stringify(now));
      } catch {
        // as above: kept for as long as the window is open
      }
    },
    { deep: true },
  );
  return value;
}

export const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
export const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
