/**
 * Kysely's SQLite dialect with transactions that take the write lock at once, migrations inside one transaction, and
 * waits for another program's lock that hold up nobody else.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type Sqlite from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type DialectAdapter,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import { systemCode } from '../files/fileErrors.ts';

/** How long another program's lock is waited for. */
export const BUSY_MS = 5000;
const PAUSE_MS = 20;

/** SQLite itself would sleep while it waits, and with it everything that the process does. */
class PatientConnection implements DatabaseConnection {
  readonly #raw: Sqlite.Database;
  readonly #connection: DatabaseConnection;
  readonly #turns: Turns;

  constructor(raw: Sqlite.Database, connection: DatabaseConnection, turns: Turns) {
    this.#raw = raw;
    this.#connection = connection;
    this.#turns = turns;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const began = performance.now();
    for (;;) {
      try {
        return await this.#connection.executeQuery<R>(query);
      } catch (error) {
        if (!systemCode(error)?.startsWith('SQLITE_BUSY') || performance.now() - began > BUSY_MS) throw error;
      }
      // others may read meanwhile, but not inside of this one's transaction
      if (this.#raw.inTransaction) await wait(PAUSE_MS);
      else {
        this.#turns.end();
        await wait(PAUSE_MS);
        await this.#turns.begin();
      }
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#connection.streamQuery<R>(query, chunkSize);
  }
}

/** One query or transaction after another. */
class Turns {
  #last: Promise<void> = Promise.resolve();
  #end: () => void = () => undefined;

  async begin(): Promise<void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    this.#end = resolve;
  }

  end(): void {
    this.#end();
  }
}

/**
 * A transaction that reads first and writes later would fail with SQLITE_BUSY when another process writes in between;
 * BEGIN IMMEDIATE waits instead.
 */
class ImmediateSqliteDriver extends SqliteDriver {
  readonly #raw: Sqlite.Database;
  readonly #turns = new Turns();
  #connection: PatientConnection | null = null;

  constructor(raw: Sqlite.Database) {
    super({ database: raw });
    this.#raw = raw;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    await this.#turns.begin();
    this.#connection ??= new PatientConnection(this.#raw, await super.acquireConnection(), this.#turns);
    return this.#connection;
  }

  override async releaseConnection(): Promise<void> {
    this.#turns.end();
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** On a full disk SQLite has rolled back by itself; that there is nothing left to roll back must not hide why. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('no transaction is active'))) throw error;
    }
  }
}

class ImmediateSqliteAdapter extends SqliteAdapter {
  /** SQLite's CREATE and ALTER TABLE are transactional; Kysely assumes they are not. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  /** The driver takes turns by itself. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

export class ImmediateSqliteDialect extends SqliteDialect {
  readonly #raw: Sqlite.Database;

  /** @param raw open, and not asked by anybody else from now on */
  constructor(raw: Sqlite.Database) {
    super({ database: raw });
    this.#raw = raw;
  }

  override createDriver(): Driver {
    return new ImmediateSqliteDriver(this.#raw);
  }

  override createAdapter(): DialectAdapter {
    return new ImmediateSqliteAdapter();
  }
}
