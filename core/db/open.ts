/** Opens the runs database: checks it, backs it up before a migration, and refuses what it does not understand. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { makeFolderSync } from '../files/makeFolder.ts';
import { StudioError } from '../../contract/errors.ts';
import { CHECKED_ALWAYS_BELOW, checkDue, recordCheck } from './checkDue.ts';
import { asDatabaseError, damagedDatabase } from './databaseErrors.ts';
import { kyselyMigrations, MIGRATIONS, type MigrationStep } from './migrations/migrationList.ts';
import type { QuorumDatabase, QuorumTables } from './schema.ts';
import { BUSY_MS, ImmediateSqliteDialect } from './sqliteDialect.ts';

/** "QUOR": tells our file from any other SQLite database. */
export const APPLICATION_ID = 0x51554f52;

/** Of the application's id in the file's header. */
const ID_OFFSET = 68;

/** Older ones can corrupt a WAL database that two connections write (fixed in SQLite 3.51.3). */
const MIN_SQLITE = [3, 51, 3] as const;

export interface OpenDatabase {
  readonly db: QuorumDatabase;
  readonly path: string;
  /** Copy made before a migration; null when none was needed. */
  readonly backupPath: string | null;
  close(): Promise<void>;
}

/**
 * Opens or makes the database at `path` and brings it to the newest schema, all migrations in one transaction.
 * @param steps every migration from the first on
 * @throws {StudioError} `database.damaged`, `database.newer`, `database.foreign`, `database.busy`,
 *   `database.unsupported`, `file.noPermission`, `file.diskFull`
 */
export async function openDatabase(path: string, steps: readonly MigrationStep[] = MIGRATIONS): Promise<OpenDatabase> {
  const existed = existsSync(path) && statSync(path).size > 0;
  const uncleanStop = existed && existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0;
  let raw: Sqlite.Database | null = null;
  try {
    makeFolderSync(dirname(path));
    requireSqlite();
    if (uncleanStop) checkUnclosed(path, steps.length);
    raw = new Sqlite(path, { timeout: BUSY_MS });
    const large = existed && statSync(path).size >= CHECKED_ALWAYS_BELOW;
    const check = existed && !uncleanStop && checkDue(raw, statSync(path).size);
    if (existed && !uncleanStop) requireAllPages(raw, path);
    const empty = existed && checkExisting(raw, path, steps.length, check ? 'quick_check' : null);
    raw.pragma('journal_mode = WAL');
    raw.pragma('synchronous = FULL');
    raw.pragma('foreign_keys = ON');
    raw.pragma('trusted_schema = OFF');
    if (!existed || empty) raw.pragma(`application_id = ${APPLICATION_ID}`);
    const backupPath = existed ? await backupBeforeMigration(raw, path, steps.length) : null;
    const db = new Kysely<QuorumTables>({ dialect: new ImmediateSqliteDialect(raw) });
    await migrate(db, steps);
    if (large && (check || uncleanStop)) recordCheck(raw);
    // from now on the dialect waits, which holds up nobody else
    raw.pragma('busy_timeout = 0');
    return { db, path, backupPath, close: () => db.destroy() };
  } catch (error) {
    raw?.close();
    throw asDatabaseError(error, path);
  }
}

function requireSqlite(): void {
  const memory = new Sqlite(':memory:');
  const version = String(memory.prepare('select sqlite_version()').pluck().get());
  memory.close();
  const parts = version.split('.').map(Number);
  for (const [i, least] of MIN_SQLITE.entries()) {
    const have = parts[i] ?? 0;
    if (have > least) return;
    if (have < least) {
      throw new StudioError(
        'database.unsupported',
        `SQLite ${version} can corrupt a database that two programs write; ${MIN_SQLITE.join('.')} or newer is needed.`,
        { remedy: 'Run npm install again to get the pinned better-sqlite3.' },
      );
    }
  }
}

/**
 * A log beside the file: whoever had it open last did not close it, or has it open now. All is looked at before
 * anything can be written (indexes are compared with their tables, too): a log that is not this database's would be
 * taken into it for good.
 */
function checkUnclosed(path: string, newest: number): void {
  const look = new Sqlite(path, { readonly: true, timeout: 5000 });
  try {
    if (idInHeader(path) === APPLICATION_ID && look.pragma('application_id', { simple: true }) !== APPLICATION_ID)
      throw damagedDatabase(path, 'its write-ahead log is that of another database');
    checkExisting(look, path, newest, 'integrity_check');
  } finally {
    look.close();
  }
}

function idInHeader(path: string): number {
  const file = openSync(path, 'r');
  const id = Buffer.alloc(4);
  try {
    readSync(file, id, 0, 4, ID_OFFSET);
  } finally {
    closeSync(file);
  }
  return id.readInt32BE();
}

/** A file that was cut passes SQLite's own check as long as the missing part is not read. */
function requireAllPages(raw: Sqlite.Database, path: string): void {
  const pages = Number(raw.pragma('page_count', { simple: true }));
  const bytes = pages * Number(raw.pragma('page_size', { simple: true }));
  const { size } = statSync(path);
  if (size < bytes) throw damagedDatabase(path, `${bytes - size} of its ${bytes} bytes are missing`);
}

/** True when there is nothing in it yet. */
function checkExisting(
  raw: Sqlite.Database,
  path: string,
  newest: number,
  check: 'quick_check' | 'integrity_check' | null,
): boolean {
  const applicationId = raw.pragma('application_id', { simple: true });
  const userVersion = Number(raw.pragma('user_version', { simple: true }));
  // Zero is what a file has when a crash came between its creation and its first migration.
  const empty = Number(raw.prepare('select count(*) from sqlite_schema').pluck().get()) === 0;
  if (applicationId !== APPLICATION_ID && !empty) {
    throw new StudioError('database.foreign', `${path} is an SQLite database of another program.`, {
      remedy: 'Choose another folder with --data-dir.',
      details: { path },
    });
  }
  if (userVersion > newest) {
    throw new StudioError(
      'database.newer',
      `${path} was written by a newer Quorum (schema ${userVersion}; this one knows ${newest}).`,
      {
        remedy: 'Update Quorum, or choose another folder with --data-dir. Nothing was changed.',
        details: { path, found: userVersion, known: newest },
      },
    );
  }
  const finding = check === null ? 'ok' : String(raw.pragma(`${check}(1)`, { simple: true }));
  if (finding !== 'ok') throw damagedDatabase(path, finding);
  return empty;
}

/** SQLite's own backup, never a file copy: a copy can miss what is still in the write-ahead log. */
async function backupBeforeMigration(raw: Sqlite.Database, path: string, newest: number): Promise<string | null> {
  const version = Number(raw.pragma('user_version', { simple: true }));
  if (version === 0 || version === newest) return null;
  const backupPath = `${path}.backup-v${version}-${new Date().toISOString().replace(/[:.]/g, '')}`;
  await raw.backup(backupPath);
  return backupPath;
}

async function migrate(db: QuorumDatabase, steps: readonly MigrationStep[]): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => kyselyMigrations(steps) } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

/** Every write by this connection is refused from now on. */
export async function forbidWrites({ db }: OpenDatabase): Promise<void> {
  await sql`pragma query_only = on`.execute(db);
}
