/** Which process computes on which lane of a machine: each GPU, and as many jobs on the processor as are allowed. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table lanes (
    host_name text not null, lane text not null, owner text not null, pid integer not null, process_start text,
    boot_id text, run_id text, title text not null, taken_at text not null, primary key (host_name, lane)
  ) strict`.execute(db);
}
