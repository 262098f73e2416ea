/** A long list fetched page by page as it comes into sight; pages once fetched are kept until the question changes. */
import { shallowRef, triggerRef, type ShallowRef } from 'vue';
import { type Problem, problemFrom } from '../../bridge/problem.ts';

export type FetchPage<T> = (offset: number, limit: number) => Promise<{ items: readonly T[]; total: number }>;

export interface Pages<T> {
  /** Null until the first page has come. */
  readonly total: ShallowRef<number | null>;
  readonly problem: ShallowRef<Problem | null>;
  readonly items: ShallowRef<Map<number, T>>;
  /** Fetches what is missing of `first … end`. */
  need(first: number, end: number): void;
  /** One item, fetched if need be; null where there is none, or it cannot be had. */
  get(index: number): Promise<T | null>;
  /** Forgets everything: the question is another one. */
  restart(): void;
}

const PAGE = 200;

export function usePages<T>(fetchPage: FetchPage<T>): Pages<T> {
  const total = shallowRef<number | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const items = shallowRef(new Map<number, T>());
  let asked = new Map<number, Promise<void>>();
  let question = 0;

  async function load(page: number, own: number): Promise<void> {
    try {
      const answer = await fetchPage(page * PAGE, PAGE);
      if (own !== question) return;
      total.value = answer.total;
      problem.value = null;
      answer.items.forEach((item, i) => items.value.set(page * PAGE + i, item));
      triggerRef(items);
    } catch (error) {
      if (own !== question) return;
      asked.delete(page);
      problem.value = problemFrom(error);
    }
  }

  function need(first: number, end: number): void {
    if (problem.value) return;
    for (let page = Math.floor(first / PAGE); page <= Math.floor(Math.max(first, end - 1) / PAGE); page++) {
      if (asked.has(page)) continue;
      asked.set(page, load(page, question));
    }
  }

  return {
    total,
    problem,
    items,
    need,
    async get(index) {
      if (index < 0 || index >= (total.value ?? Infinity)) return null;
      need(index, index + 1);
      await asked.get(Math.floor(index / PAGE));
      return items.value.get(index) ?? null;
    },
    restart() {
      question++;
      asked = new Map();
      // the total stays until the new one is known, so that nothing jumps
      items.value = new Map();
      problem.value = null;
      need(0, 1);
    },
  };
}
