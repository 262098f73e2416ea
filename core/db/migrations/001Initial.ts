/** First shape of the runs database. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table datasets (
    id text primary key, name text not null collate nocase unique, layout text not null, root text not null,
    fingerprint text not null, card_json text not null, created_at text not null
  ) strict`.execute(db);
  await sql`create table runs (
    id text primary key, name text not null, state text not null, reason text, dataset_id text not null,
    model text not null, spec_json text not null, device_json text, versions_json text, error_json text,
    tags_json text not null default '[]', note text not null default '', group_id text, queue_position integer,
    attempt integer not null default 0, step integer not null default 0, total_steps integer,
    epoch real not null default 0, best_epoch integer, last_json text not null default '{}',
    best_json text not null default '{}', duration_ms real not null default 0,
    created_at text not null, started_at text, ended_at text, trashed_at text
  ) strict`.execute(db);
  await sql`create index runs_by_creation on runs (created_at)`.execute(db);
  await sql`create index runs_by_queue on runs (queue_position) where queue_position is not null`.execute(db);
  await sql`create table metrics (
    run_id text not null references runs (id) on delete cascade, name text not null, step integer not null,
    epoch real not null, value real,
    kind text not null check (kind in ('finite', 'nan', 'inf', '-inf') and (kind = 'finite') = (value is not null)),
    primary key (run_id, name, step)
  ) strict, without rowid`.execute(db);
  await sql`create table checkpoints (
    run_id text not null references runs (id) on delete cascade, seq integer not null, step integer not null,
    epoch real not null, trigger text not null, path text not null, size_bytes integer not null,
    metrics_json text not null, is_best integer not null check (is_best in (0, 1)), created_at text not null,
    primary key (run_id, seq)
  ) strict`.execute(db);
  await sql`create table predictions (
    id text primary key, run_id text not null references runs (id) on delete cascade, checkpoint_seq integer not null,
    source_kind text not null, dataset_id text, split text, folder text, path text not null, count integer not null,
    classes integer not null, top1 real, top5 real, device_json text not null, images_per_sec real not null,
    created_at text not null
  ) strict`.execute(db);
  await sql`create index predictions_by_run on predictions (run_id)`.execute(db);
  await sql`create table ensembles (
    id text primary key, name text not null collate nocase unique, rule_json text not null, created_at text not null
  ) strict`.execute(db);
  await sql`create table ensemble_members (
    ensemble_id text not null references ensembles (id) on delete cascade, position integer not null,
    run_id text not null references runs (id) on delete restrict,
    primary key (ensemble_id, position)
  ) strict`.execute(db);
  await sql`create table leases (
    run_id text primary key references runs (id) on delete cascade, owner text not null, pid integer not null,
    process_start text, boot_id text, host_name text not null, heartbeat_at text not null
  ) strict`.execute(db);
}
