/** Where processes and threads of the program begin: name in the built program → source. */
export const ENTRIES: Readonly<Record<string, string>> = {
  cli: 'cli/main.ts',
  job: 'core/worker/main.ts',
  reader: 'core/studio/lookups/thread.ts',
  decodeWorker: 'core/data/pictures/decodeWorker.ts',
  augmentWorker: 'core/data/batches/augmentWorker.ts',
  viewWorker: 'core/evaluate/protocols/viewWorker.ts',
};

/** What starts from its source all the same: a cluster's job may do so long after another state was built. */
const NEVER_REPLACED = 'cli';

/** The name of what begins in that source; undefined where nothing does. @param source relative to the project */
export function entryOf(source: string): string | undefined {
  return Object.keys(ENTRIES).find((name) => ENTRIES[name] === source && name !== NEVER_REPLACED);
}
