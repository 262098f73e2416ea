/**
 * What making the index anew needs of the database itself: quick filling of a file nobody knows yet, and its rows in
 * place of another's.
 */
import { sql, type Transaction } from 'kysely';
import type { QuorumDatabase, QuorumTables } from './schema.ts';

/**
 * Whatever happens to a file that is being filled, it is made again: nothing is synced on the way, all of it at the
 * end.
 */
export async function filling<T>(db: QuorumDatabase, fill: () => Promise<T>): Promise<T> {
  await sql`pragma synchronous = off`.execute(db);
  const result = await fill();
  await sql`pragma synchronous = full`.execute(db);
  await sql`pragma wal_checkpoint(truncate)`.execute(db);
  return result;
}

/** Children before parents; leases and settings are nothing that folders hold. */
const TABLES = ['ensemble_members', 'ensembles', 'evaluations', 'checkpoints', 'metrics', 'runs', 'datasets'] as const;

/**
 * The rows of the database file `from` in place of those of `db`, in one transaction: other programs see the old ones
 * or the new ones. Places in the queue stay.
 */
export async function replaceRows(db: QuorumDatabase, from: string): Promise<void> {
  await sql`attach database ${from} as rebuilt`.execute(db);
  try {
    await db.transaction().execute(async (transaction) => {
      await sql`
        update rebuilt.runs
        set queue_position = (select queue_position from main.runs old where old.id = rebuilt.runs.id)
      `.execute(transaction);
      for (const table of TABLES) await sql`delete from main.${sql.ref(table)}`.execute(transaction);
      for (const table of TABLES.toReversed()) await copyRows(transaction, table);
    });
  } finally {
    await sql`detach database rebuilt`.execute(db);
  }
}

async function copyRows(transaction: Transaction<QuorumTables>, table: (typeof TABLES)[number]): Promise<void> {
  const { rows } = await sql<{ name: string }>`select name from pragma_table_info(${table})`.execute(transaction);
  const columns = sql.join(rows.map(({ name }) => sql.ref(name)));
  await sql`
    insert into main.${sql.ref(table)} (${columns}) select ${columns} from rebuilt.${sql.ref(table)}
  `.execute(transaction);
}
