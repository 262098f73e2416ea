/** When a database that was closed properly is read through before it is used. */
import type Sqlite from 'better-sqlite3';

/** Reading this much takes a tenth of a second. Bytes. */
export const CHECKED_ALWAYS_BELOW = 16 * 2 ** 20;
const DAY_MS = 86_400_000;
const KEY = 'database.checkedAt';

/** A small one always; a large one, which takes seconds, once a day. */
export function checkDue(raw: Sqlite.Database, bytes: number, now = Date.now()): boolean {
  if (bytes < CHECKED_ALWAYS_BELOW) return true;
  try {
    const checked = raw.prepare<[string], string>('select value_json from settings where key = ?').pluck().get(KEY);
    const age = now - Number(checked);
    // a clock that was set back is no reason not to look
    return !(age >= 0 && age < DAY_MS);
  } catch {
    // a schema from before there were settings, or a page of them is damaged
    return true;
  }
}

/** After every check, of a database of the newest schema. */
export function recordCheck(raw: Sqlite.Database, now = Date.now()): void {
  raw
    .prepare(
      'insert into settings (key, value_json) values (?, ?) on conflict (key) do update set ' +
        'value_json = excluded.value_json',
    )
    .run(KEY, String(now));
}
