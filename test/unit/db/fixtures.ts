/** Temporary folders and databases, removed after each test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { openDatabase, type OpenDatabase } from '../../../core/db/open.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-test-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function temporaryDatabase(
  path: string = join(temporaryFolder(), 'quorum.sqlite'),
): Promise<OpenDatabase> {
  const database = await openDatabase(path);
  cleanups.push(() => database.close());
  return database;
}
