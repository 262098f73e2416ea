/** The one line at the bottom that says what was done, with its undo; and what went wrong where no view shows it. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { problemFrom } from '../../bridge/problem.ts';

export interface Notice {
  readonly text: string;
  readonly tone: 'plain' | 'bad';
  readonly undo?: () => unknown;
  /** What was announced, done when the line goes without an undo. */
  readonly settle?: () => Promise<unknown>;
}

export const useNoticesStore = defineStore('notices', () => {
  const current = shallowRef<Notice | null>(null);
  const put = (next: Notice | null): void => {
    const before = current.value;
    current.value = next;
    if (before?.settle) void attempt(before.settle);
  };
  const fail = (error: unknown): void => {
    const { message, remedy } = problemFrom(error);
    put({ text: remedy ? `${message} ${remedy}` : message, tone: 'bad' });
  };
  /** Does something whose failure has no place of its own on the screen. Resolves to whether it succeeded. */
  async function attempt(work: () => unknown): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      fail(error);
      return false;
    }
  }
  return {
    current,
    say: (text: string, undo?: () => Promise<void>): void => put({ text, tone: 'plain', ...(undo && { undo }) }),
    /**
     * For what cannot be taken back once it is done: it is only announced, and done when this line has gone without an
     * undo. A page that is closed before has done nothing.
     */
    announce: (text: string, settle: () => Promise<unknown>, undo: () => unknown): void =>
      put({ text, tone: 'plain', settle, undo }),
    fail,
    attempt,
    dismiss: (): void => put(null),
    async undo(): Promise<void> {
      const work = current.value?.undo;
      current.value = null;
      if (work) await attempt(work);
    },
  };
});
