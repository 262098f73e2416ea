/**
 * A disk that is full, slow or away, and a database that another program has locked, pass: what has to be recorded is
 * written again until it is.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { StudioError } from '../../../contract/errors.ts';
import { isDiskFull, systemCode } from '../../files/fileErrors.ts';
import { asStorageError } from '../records/storageErrors.ts';

const PAUSE_MS = 2000;
/** These say something of the data or of Quorum, and would be the same at every attempt. */
const LASTING = /^SQLITE_(CONSTRAINT|CORRUPT|NOTADB|MISUSE|SCHEMA|MISMATCH|RANGE|TOOBIG|ERROR)/;

/** Whether `error` is trouble with storage that can pass. */
export function mayPass(error: unknown): boolean {
  const known = asStorageError(error);
  // a limit of file sizes stays for as long as this process
  if (known instanceof StudioError && known.code === 'file.tooLarge') return false;
  if (error instanceof StudioError)
    return isDiskFull(error) || error.code === 'database.busy' || error.code === 'file.noPermission';
  if (!(error instanceof Error)) return false;
  const code = systemCode(error) ?? '';
  if (code.startsWith('SQLITE_')) return !LASTING.test(code);
  return typeof (error as NodeJS.ErrnoException).errno === 'number';
}

/**
 * @param signal aborted when nobody can wait any longer
 * @param onTrouble called once, before the first pause
 * @throws {StudioError} what `write` threw, unless it was trouble that passed
 */
export async function onceItCanBeStored<T>(
  write: () => Promise<T>,
  signal: AbortSignal,
  onTrouble: (error: unknown) => void,
): Promise<T> {
  for (let told = false; ; told = true) {
    try {
      return await write();
    } catch (error) {
      if (!mayPass(error) || signal.aborted) throw error;
      if (!told) onTrouble(error);
    }
    await wait(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}
