/** A full disk passes: what has to be recorded is written again until it is. */
import { setTimeout as wait } from 'node:timers/promises';
import { isDiskFull } from '../../files/fileErrors.ts';

const PAUSE_MS = 2000;

/** @param signal aborted when nobody can wait any longer. @param onFull called once, before the first pause. @throws what `write` threw, unless it was a full disk that passed */
export async function onceItCanBeStored<T>(
  write: () => Promise<T>,
  signal: AbortSignal,
  onFull: () => void,
): Promise<T> {
  for (let told = false; ; told = true) {
    try {
      return await write();
    } catch (error) {
      if (!isDiskFull(error) || signal.aborted) throw error;
    }
    if (!told) onFull();
    await wait(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}
