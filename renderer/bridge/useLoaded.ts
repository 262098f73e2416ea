/**
 * What a store keeps of the host: fetched when it is first asked for, and anew whenever what it shows may have changed.
 */
import { type Ref, ref, type ShallowRef, shallowRef } from 'vue';
import type { StudioEvent } from '../../contract/api/events.ts';
import { type Problem, problemFrom } from './problem.ts';
import { useBridge } from './useBridge.ts';

export interface Loaded {
  /** Whether a fetch has succeeded once. */
  readonly loaded: Readonly<Ref<boolean>>;
  /** Why the newest fetch failed; null when it did not. */
  readonly problem: Readonly<ShallowRef<Problem | null>>;
  /** Resolves when what the host has now is here. Never rejects: see `problem`. */
  load(): Promise<void>;
}

/** For a store. @param changes events after which `fetch` is called again */
export function useLoaded(fetch: () => Promise<void>, changes: readonly StudioEvent['type'][] = []): Loaded {
  const { onEvent, onResync } = useBridge();
  const loaded = ref(false);
  const problem = shallowRef<Problem | null>(null);
  let asked = false;
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  async function fetchOnce(): Promise<void> {
    try {
      await fetch();
      problem.value = null;
      loaded.value = true;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  }
  /** One fetch at a time: the answer to an older one must not replace the answer to a newer one. */
  function load(): Promise<void> {
    asked = true;
    if (running !== null) {
      // the running fetch may have been answered before the change: one more serves everybody who asks meanwhile
      next ??= running.then(() => {
        next = null;
        return load();
      });
      return next;
    }
    running = fetchOnce().finally(() => {
      running = null;
    });
    return running;
  }
  const again = (): void => {
    if (asked) void load();
  };
  onResync(again);
  onEvent(({ type }) => {
    if (changes.includes(type)) again();
  });
  return { loaded, problem, load };
}
