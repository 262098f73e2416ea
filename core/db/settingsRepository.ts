/** Values kept by key: the user's settings, the state of the queue. */
import type { z } from 'zod';
import { readJson } from './jsonColumn.ts';
import type { QuorumDatabase } from './schema.ts';

/** Key of what the user chose once, for every window. */
export const STUDIO_SETTINGS = 'settings';

export interface SettingsRepository {
  /** The value as `schema` reads it; `schema`'s defaults (of `{}`) where there is none or a damaged one. */
  read<T>(key: string, schema: z.ZodType<T>): Promise<T>;
  write(key: string, value: unknown): Promise<void>;
}

export function createSettingsRepository(db: QuorumDatabase): SettingsRepository {
  return {
    async read(key, schema) {
      const row = await db.selectFrom('settings').select('value_json').where('key', '=', key).executeTakeFirst();
      if (!row) return schema.parse({});
      try {
        return readJson(schema, row.value_json, key);
      } catch {
        // A preference that cannot be read must not keep the studio from opening.
        return schema.parse({});
      }
    },
    async write(key, value) {
      const row = { key, value_json: JSON.stringify(value) };
      await db
        .insertInto('settings')
        .values(row)
        .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
        .execute();
    },
  };
}
