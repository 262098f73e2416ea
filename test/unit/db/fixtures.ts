/** Temporary folders and databases, removed after each test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openDatabase, type OpenDatabase } from '../../../core/db/open.ts';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-test-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export async function temporaryDatabase(
  path: string = join(temporaryFolder(), 'quorum.sqlite'),
): Promise<OpenDatabase> {
  const database = await openDatabase(path);
  onTestFinished(() => database.close());
  return database;
}
