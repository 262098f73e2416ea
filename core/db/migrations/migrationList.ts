/** Every migration in order; a new one is a new file and one more line, and an old one never changes. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import * as initial from './001Initial.ts';
import * as queue from './002Queue.ts';
import * as evaluations from './003Evaluations.ts';
import * as dataFingerprint from './004DataFingerprint.ts';
import * as runGroups from './005RunGroups.ts';
import * as oneEvaluation from './006OneEvaluation.ts';
import * as weightsVote from './007WeightsVote.ts';
import * as lanes from './008Lanes.ts';

export type MigrationStep = readonly [name: string, up: (db: Kysely<unknown>) => Promise<void>];

/** Their number is the version a database has after the last one, kept in `user_version`. */
export const MIGRATIONS: readonly MigrationStep[] = [
  ['001Initial', initial.up],
  ['002Queue', queue.up],
  ['003Evaluations', evaluations.up],
  ['004DataFingerprint', dataFingerprint.up],
  ['005RunGroups', runGroups.up],
  ['006OneEvaluation', oneEvaluation.up],
  ['007WeightsVote', weightsVote.up],
  ['008Lanes', lanes.up],
];

/** The list as Kysely's Migrator takes it; each one also moves `user_version`, inside the same transaction. */
export function kyselyMigrations(steps: readonly MigrationStep[]): Record<string, Migration> {
  return Object.fromEntries(
    steps.map(([name, up], i) => [
      name,
      {
        async up(db: Kysely<unknown>) {
          await up(db);
          await sql.raw(`pragma user_version = ${i + 1}`).execute(db);
        },
      },
    ]),
  );
}
