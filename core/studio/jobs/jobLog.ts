/** What a job process prints, kept beside its run. */
import { appendFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolderSync } from '../../files/makeFolder.ts';

/** Makes the folder of the log at `path`; what cannot be made is let go, as in `appendToLog`. */
export function prepareLog(path: string): void {
  try {
    makeFolderSync(dirname(path));
  } catch {
    // the log will be missing
  }
}

/**
 * Adds `text` to the file. Where that fails, whatever the reason, it is let go: nothing depends on it, and its host
 * must live.
 */
export function appendToLog(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch {
    // a full or failing disk, no descriptors left, a folder that was removed
  }
}
