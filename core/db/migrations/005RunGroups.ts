/** Runs of one command line are a group, as those of one form are: until now only their spec said so. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`update runs set group_id = json_extract(spec_json, '$.group')
    where group_id is null and json_valid(spec_json) and json_extract(spec_json, '$.group') is not null`.execute(db);
}
