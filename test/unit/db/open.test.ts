import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Sqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { CHECKED_ALWAYS_BELOW, checkDue, recordCheck } from '../../../core/db/checkDue.ts';
import { createRunRepository } from '../../../core/db/runs/runRepository.ts';
import { MIGRATIONS, type MigrationStep } from '../../../core/db/migrations/migrationList.ts';
import { APPLICATION_ID, openDatabase } from '../../../core/db/open.ts';
import { createSettingsRepository } from '../../../core/db/settingsRepository.ts';
import { exampleSpec } from './examples.ts';
import { temporaryDatabase, temporaryFolder } from './fixtures.ts';

test('a new database has the schema, the write-ahead log and full synchronisation', async () => {
  const { db, path } = await temporaryDatabase();
  const pragma = async (name: string): Promise<unknown> =>
    Object.values((await sql.raw<object>(`pragma ${name}`).execute(db)).rows[0] ?? {})[0];
  expect(await pragma('journal_mode')).toBe('wal');
  expect(await pragma('synchronous')).toBe(2);
  expect(await pragma('foreign_keys')).toBe(1);
  expect(await pragma('application_id')).toBe(APPLICATION_ID);
  expect(await pragma('user_version')).toBe(MIGRATIONS.length);
  expect(existsSync(path)).toBe(true);
});

test('opening again keeps what was written and makes no backup', async () => {
  const path = join(temporaryFolder(), 'a folder', 'quorum.sqlite');
  const first = await openDatabase(path);
  await createRunRepository(first.db).create({ id: 'r-1', spec: exampleSpec() });
  await first.close();
  const second = await temporaryDatabase(path);
  expect(second.backupPath).toBeNull();
  expect(await createRunRepository(second.db).find('r-1')).toMatchObject({ name: 'vgg11 on Shapes', state: 'queued' });
});

const addColumn: MigrationStep = [
  '998Color',
  async (db) => {
    await sql`alter table runs add column color text`.execute(db);
  },
];

test('a backup is made before an existing database is migrated', async () => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  const old = await openDatabase(path);
  await createRunRepository(old.db).create({ id: 'r-1', spec: exampleSpec() });
  await old.close();
  const migrated = await openDatabase(path, [...MIGRATIONS, addColumn]);
  expect((await sql<{ color: null }>`select color from runs`.execute(migrated.db)).rows).toEqual([{ color: null }]);
  await migrated.close();
  const backup = new Sqlite(migrated.backupPath ?? '', { readonly: true });
  expect(backup.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
  expect(backup.prepare('select id from runs').pluck().all()).toEqual(['r-1']);
  backup.close();
});

test('a migration that fails changes nothing', async () => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  await (await openDatabase(path)).close();
  const failing: MigrationStep = [
    '999Fails',
    async (db) => {
      await sql`alter table nowhere add column x text`.execute(db);
    },
  ];
  await expect(openDatabase(path, [...MIGRATIONS, addColumn, failing])).rejects.toThrow(/nowhere/);
  const { db } = await temporaryDatabase(path);
  await expect(sql`select color from runs`.execute(db)).rejects.toThrow(/no such column/);
});

test('a file of a newer version is refused and left alone', async () => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  await (await openDatabase(path, [...MIGRATIONS, addColumn])).close();
  const before = readFileSync(path);
  await expect(openDatabase(path)).rejects.toMatchObject({ code: 'database.newer' });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("another program's database is refused", async () => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  const other = new Sqlite(path);
  other.exec('create table notes (text)');
  other.close();
  await expect(openDatabase(path)).rejects.toMatchObject({ code: 'database.foreign' });
});

test.each([
  [
    'no database at all',
    (bytes: Buffer) => {
      bytes.fill('<html>not found</html> ');
    },
  ],
  [
    'first page zeroed',
    (bytes: Buffer) => {
      bytes.fill(0, 0, 4096);
    },
  ],
  [
    'pages in the middle overwritten',
    (bytes: Buffer) => {
      bytes.fill(0xaa, 8192, 8192 + 3 * 4096);
    },
  ],
])('a damaged file is named and kept: %s', async (_what, damage) => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  const database = await openDatabase(path);
  await database.close();
  const bytes = readFileSync(path);
  damage(bytes);
  writeFileSync(path, bytes);
  await expect(openDatabase(path)).rejects.toMatchObject({
    code: 'database.damaged',
    remedy: expect.stringContaining('Nothing was deleted'),
  });
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

test('a large database that was closed properly is read through once a day, not at every start', async () => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  const database = await openDatabase(path);
  const settings = createSettingsRepository(database.db);
  for (let i = 0; i < 3; i++) await settings.write(`large ${i}`, 'x'.repeat(CHECKED_ALWAYS_BELOW / 3));
  await database.close();
  // the first start of the day looks
  await (await openDatabase(path)).close();
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes.fill(0xaa, middle - (middle % 4096), middle - (middle % 4096) + 4096);
  writeFileSync(path, bytes);
  await (await openDatabase(path)).close();

  const raw = new Sqlite(path);
  const now = Date.now();
  expect([checkDue(raw, CHECKED_ALWAYS_BELOW, now), checkDue(raw, CHECKED_ALWAYS_BELOW - 1, now)]).toEqual([
    false,
    true,
  ]);
  expect([checkDue(raw, bytes.length, now + 86_400_000), checkDue(raw, bytes.length, now - 3_600_000)]).toEqual([
    true,
    true,
  ]);
  recordCheck(raw, now - 2 * 86_400_000);
  raw.close();
  await expect(openDatabase(path)).rejects.toMatchObject({ code: 'database.damaged' });
});

test('an empty file is a new database', async () => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  writeFileSync(path, '');
  const { db } = await temporaryDatabase(path);
  expect(await createRunRepository(db).list()).toEqual({ runs: [], damaged: [] });
  expect(readdirSync(dirname(path)).filter((name) => name.includes('backup'))).toEqual([]);
});

test('three programs open a new database at once', async () => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  const script = fileURLToPath(new URL('./createOneRun.ts', import.meta.url));
  const run = promisify(execFile);
  await Promise.all(
    ['r-1', 'r-2', 'r-3'].map((id) => run(process.execPath, [script, path, id, JSON.stringify(exampleSpec())])),
  );
  const { db } = await temporaryDatabase(path);
  expect((await createRunRepository(db).names()).map((one) => one.id).sort()).toEqual(['r-1', 'r-2', 'r-3']);
});

test('a file that was cut is found out, although nothing of the missing part is read', async () => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  const { close } = await openDatabase(path);
  await close();
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, bytes.length - 100));
  await expect(openDatabase(path)).rejects.toMatchObject({
    code: 'database.damaged',
    message: expect.stringContaining('100 of its'),
  });
});
