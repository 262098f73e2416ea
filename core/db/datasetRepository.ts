/** Data sets: the card of each, as import wrote it. */
import { DatasetCard } from '../../contract/dataset.ts';
import { readJson } from './jsonColumn.ts';
import type { QuorumDatabase } from './schema.ts';

export interface StoredDatasets {
  readonly datasets: DatasetCard[];
  readonly damaged: { id: string; name: string; problem: string }[];
}

export interface DatasetRepository {
  /** Adds the card, or replaces the one with the same id. */
  save(card: DatasetCard): Promise<void>;
  find(id: string): Promise<DatasetCard | null>;
  /**
   * Newest first, without those in the trash; cards that cannot be read are named in `damaged` and hide nothing else.
   */
  list(): Promise<StoredDatasets>;
  /** Newest data set imported from `root`. */
  findByRoot(root: string): Promise<DatasetCard | null>;
  nameTaken(name: string): Promise<boolean>;
  remove(id: string): Promise<void>;
  /** Cards in the trash, with the time they went there; newest first. */
  trashed(): Promise<{ card: DatasetCard; trashedAt: string }[]>;
  /** Moves into the trash, or out of it with null. */
  setTrashed(id: string, at: string | null): Promise<void>;
}

export function createDatasetRepository(db: QuorumDatabase): DatasetRepository {
  return {
    save: (card) => saveCard(db, card),
    async find(id) {
      const row = await db.selectFrom('datasets').select('card_json').where('id', '=', id).executeTakeFirst();
      return row ? readCard(row) : null;
    },
    list: () => listCards(db),
    findByRoot: (root) => findByRoot(db, root),
    async nameTaken(name) {
      return (await db.selectFrom('datasets').select('id').where('name', '=', name).executeTakeFirst()) !== undefined;
    },
    async remove(id) {
      await db.deleteFrom('datasets').where('id', '=', id).execute();
    },
    trashed: () => listTrashed(db),
    async setTrashed(id, at) {
      await db.updateTable('datasets').set({ trashed_at: at }).where('id', '=', id).execute();
    },
  };
}

function readCard(row: { readonly card_json: string }): DatasetCard {
  return readJson(DatasetCard, row.card_json, 'card');
}

async function saveCard(db: QuorumDatabase, card: DatasetCard): Promise<void> {
  const row = {
    id: card.id,
    name: card.name,
    layout: card.layout,
    root: card.root,
    fingerprint: card.fingerprint,
    card_json: JSON.stringify(card),
    created_at: card.createdAt,
    trashed_at: null,
  };
  await db
    .insertInto('datasets')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

async function listCards(db: QuorumDatabase): Promise<StoredDatasets> {
  const rows = await db
    .selectFrom('datasets')
    .select(['id', 'name', 'card_json'])
    .where('trashed_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  const datasets: DatasetCard[] = [];
  const damaged: StoredDatasets['damaged'] = [];
  for (const row of rows) {
    try {
      datasets.push(readCard(row));
    } catch (error) {
      damaged.push({ id: row.id, name: row.name, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return { datasets, damaged };
}

async function findByRoot(db: QuorumDatabase, root: string): Promise<DatasetCard | null> {
  const row = await db
    .selectFrom('datasets')
    .select('card_json')
    .where('root', '=', root)
    .where('trashed_at', 'is', null)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? readCard(row) : null;
}

async function listTrashed(db: QuorumDatabase): Promise<{ card: DatasetCard; trashedAt: string }[]> {
  const rows = await db
    .selectFrom('datasets')
    .select(['card_json', 'trashed_at'])
    .where('trashed_at', 'is not', null)
    .orderBy('trashed_at', 'desc')
    .execute();
  return rows.map((row) => ({ card: readCard(row), trashedAt: row.trashed_at ?? '' }));
}
