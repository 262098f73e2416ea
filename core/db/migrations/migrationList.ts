/** Every migration in order; a new one is a new file and one more line, and an old one never changes. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import * as initial from './001Initial.ts';

const MIGRATIONS: readonly (readonly [name: string, up: (db: Kysely<unknown>) => Promise<void>])[] = [
  ['001Initial', initial.up],
];

/** Version a database has after the last migration, kept in `user_version`. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The list as Kysely's Migrator takes it; each one also moves `user_version`, inside the same transaction. */
export function migrations(): Record<string, Migration> {
  return Object.fromEntries(MIGRATIONS.map(([name, up], i) => [name, {
    async up(db: Kysely<unknown>) {
      await up(db);
      await sql.raw(`pragma user_version = ${i + 1}`).execute(db);
    },
  }]));
}
