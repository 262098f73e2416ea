/**
 * Something fetched: its value, whether it is on its way, and what went wrong; a newer request makes an older answer
 * void.
 */
import { shallowRef, type ShallowRef } from 'vue';
import { type Problem, problemFrom } from '../../bridge/problem.ts';

export interface Async<T, A extends readonly unknown[]> {
  readonly value: ShallowRef<T | null>;
  readonly problem: ShallowRef<Problem | null>;
  readonly busy: ShallowRef<boolean>;
  /** Keeps the old value while the new one is on its way. Resolves to whether it succeeded. */
  run(...args: A): Promise<boolean>;
}

export function useAsync<T, A extends readonly unknown[]>(work: (...args: A) => Promise<T>): Async<T, A> {
  const value = shallowRef<T | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const busy = shallowRef(false);
  let newest = 0;
  return {
    value,
    problem,
    busy,
    async run(...args) {
      const own = ++newest;
      busy.value = true;
      try {
        const result = await work(...args);
        if (own !== newest) return false;
        value.value = result;
        problem.value = null;
        return true;
      } catch (error) {
        if (own === newest) problem.value = problemFrom(error);
        return false;
      } finally {
        if (own === newest) busy.value = false;
      }
    },
  };
}
