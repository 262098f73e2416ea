/**
 * Predictions and evaluations say what the data set held for them: a picture left out or relabelled later makes them
 * another's.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table predictions add column data_fingerprint text`.execute(db);
  await sql`alter table evaluations add column data_fingerprint text`.execute(db);
}
