/** The one line at the bottom that says what was done, with its undo; and what went wrong where no view shows it. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { problemFrom } from '../bridge/problem.ts';

export interface Notice { readonly text: string; readonly tone: 'plain' | 'bad'; readonly undo?: () => Promise<void> }

export const useNoticesStore = defineStore('notices', () => {
  const current = shallowRef<Notice | null>(null);
  const fail = (error: unknown): void => {
    const { message, remedy } = problemFrom(error);
    current.value = { text: remedy ? `${message} ${remedy}` : message, tone: 'bad' };
  };
  return {
    current,
    say: (text: string, undo?: () => Promise<void>): void => { current.value = { text, tone: 'plain', ...(undo && { undo }) }; },
    fail,
    dismiss: (): void => { current.value = null; },
    /** Does something whose failure has no place of its own on the screen. Resolves to whether it succeeded. */
    async attempt(work: () => Promise<unknown>): Promise<boolean> {
      try {
        await work();
        return true;
      } catch (error) {
        fail(error);
        return false;
      }
    },
  };
});
