/** Evaluations: what a network scored by a protocol. They outlive the run that they measured. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table evaluations (
    id text primary key, run_id text references runs (id) on delete set null, checkpoint_seq integer,
    weights_path text, network text not null, model text not null, dataset_id text not null,
    dataset_name text not null, split text not null, protocol_name text not null, protocol_json text not null,
    path text not null, count integer not null, classes integer not null, top1 real, top5 real, loss real,
    device_json text not null, images_per_sec real not null, created_at text not null
  ) strict`.execute(db);
  await sql`create index evaluations_by_run on evaluations (run_id)`.execute(db);
}
