/** What a job process prints, kept beside its run. */
import { appendFileSync } from 'node:fs';

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
