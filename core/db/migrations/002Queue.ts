/** Settings of the studio, and data sets that lie in the trash. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table settings (key text primary key, value_json text not null) strict`.execute(db);
  await sql`alter table datasets add column trashed_at text`.execute(db);
  await sql`create index predictions_by_creation on predictions (created_at)`.execute(db);
}
