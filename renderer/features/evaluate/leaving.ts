/** Records that were announced as removed: out of every list, and back in them when that is undone. */
import { computed, type ComputedRef, type ShallowRef, shallowRef } from 'vue';

export interface Leaving<T> {
  /** All but those that leave. */
  readonly list: ComputedRef<readonly T[]>;
  leave(ids: readonly string[]): void;
  stay(ids: readonly string[]): void;
}

export function withLeaving<T extends { readonly id: string }>(all: ShallowRef<readonly T[]>): Leaving<T> {
  const leaving = shallowRef<ReadonlySet<string>>(new Set());
  return {
    list: computed(() => all.value.filter(({ id }) => !leaving.value.has(id))),
    leave(ids) {
      leaving.value = new Set([...leaving.value, ...ids]);
    },
    stay(ids) {
      leaving.value = new Set([...leaving.value].filter((id) => !ids.includes(id)));
    },
  };
}
