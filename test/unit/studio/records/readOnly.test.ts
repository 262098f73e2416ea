/** A disk that is full or read-only: everything can be looked at, and removing makes room. */
import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../../core/db/open.ts';
import { canBeLookedAt, openReadOnly } from '../../../../core/db/openReadOnly.ts';
import { createRunRepository } from '../../../../core/db/runRepository.ts';
import { exampleSpec } from '../../db/examples.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

test('the content of a database that cannot be written is there, its log included, and no write is taken', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'quorum.sqlite');
  const { db, close } = await openDatabase(path);
  await createRunRepository(db).create({ id: 'r-1', spec: exampleSpec() });
  // as a process leaves them that was killed: the newest rows are in the log alone
  const left = join(folder, 'left');
  mkdirSync(left);
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, join(left, `quorum.sqlite${suffix}`));
  await close();
  chmodSync(left, 0o500);
  const look = await openReadOnly(join(left, 'quorum.sqlite'));
  const runs = createRunRepository(look.db);
  expect((await runs.list()).runs.map(({ id }) => id)).toEqual(['r-1']);
  await expect(runs.update('r-1', { state: 'stopped' })).rejects.toMatchObject({ code: 'SQLITE_READONLY' });
  await look.close();
  expect(existsSync(join(left, 'quorum.sqlite-shm'))).toBe(false);
  chmodSync(left, 0o700);
});

test.each([
  ['SQLITE_IOERR_SHMSIZE', true],
  ['SQLITE_FULL', true],
  ['SQLITE_READONLY_DIRECTORY', true],
  ['SQLITE_CORRUPT', false],
  ['SQLITE_BUSY', false],
])('%s lets the content be looked at: %s', async (code, expected) => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  const { close } = await openDatabase(path);
  await close();
  expect(canBeLookedAt(Object.assign(new Error(code), { code }), path)).toBe(expected);
  expect(canBeLookedAt(Object.assign(new Error(code), { code }), `${path}.missing`)).toBe(false);
});
