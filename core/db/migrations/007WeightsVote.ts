/** Imported weights become members of ensembles beside runs. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table members_of_both_kinds (
    ensemble_id text not null references ensembles (id) on delete cascade, position integer not null,
    run_id text references runs (id) on delete restrict, weights_id text,
    primary key (ensemble_id, position), check ((run_id is null) <> (weights_id is null))
  ) strict`.execute(db);
  await sql`insert into members_of_both_kinds (ensemble_id, position, run_id)
    select ensemble_id, position, run_id from ensemble_members`.execute(db);
  await sql`drop table ensemble_members`.execute(db);
  await sql`alter table members_of_both_kinds rename to ensemble_members`.execute(db);
}
