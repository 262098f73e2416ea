/** Ctrl-C: once asks the work to finish its step and save, twice ends it at once. */
import type { Progress } from './progress.ts';

export const INTERRUPTED_EXIT_CODE = 130;

export interface Interrupts {
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Aborted by the second one. */
  readonly killSignal: AbortSignal;
  /** Gives the signals back to Node. */
  release(): void;
}

export function catchInterrupts(progress: Progress): Interrupts {
  const stop = new AbortController();
  const kill = new AbortController();
  const onSignal = (): void => {
    if (!stop.signal.aborted) {
      progress.say('Stopping: the step is finished and saved first. Ctrl-C again ends at once.');
      stop.abort();
    } else {
      kill.abort();
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: stop.signal,
    killSignal: kill.signal,
    release() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
