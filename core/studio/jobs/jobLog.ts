/** What a job process prints, kept beside its run. */
import { appendFileSync } from 'node:fs';
import { isDiskFull } from '../../files/fileErrors.ts';

/** Adds `text` to the file; on a full disk it is let go, since nothing depends on it and its host must live. */
export function appendToLog(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}
