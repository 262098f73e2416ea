/** Rows of the list of runs as they were last read, so that a list parses only what has changed. */
import type { RunRow, RunRowSpec } from '../../../contract/api/runs/runTypes.ts';
import { RunSpec } from '../../../contract/runSpec.ts';
import { readJson } from '../jsonColumn.ts';
import type { RunsTable } from '../schema.ts';
import { readRunState } from './storedRun.ts';

/** What lists show: all but the spec, which is read once. */
export const RUN_ROW_COLUMNS = [
  'id',
  'name',
  'state',
  'reason',
  'device_json',
  'error_json',
  'tags_json',
  'note',
  'group_id',
  'queue_position',
  'attempt',
  'step',
  'total_steps',
  'epoch',
  'best_epoch',
  'last_json',
  'best_json',
  'duration_ms',
  'created_at',
  'started_at',
  'ended_at',
  'trashed_at',
] as const satisfies readonly (keyof RunsTable)[];

export type StoredRunRow = Pick<RunsTable, (typeof RUN_ROW_COLUMNS)[number]> & {
  readonly dataset_name: string | null;
  readonly disk_bytes: number;
  readonly checkpoint_count: number;
  readonly waiting_before: number;
};

export class RunRowCache {
  /**
   * By attempt, since only a resume changes a spec; to read and parse a thousand class names for every list would take
   * long.
   */
  readonly #specs = new Map<string, { readonly attempt: number; readonly spec: RunRowSpec }>();
  readonly #rows = new Map<string, { readonly stored: StoredRunRow; readonly run: RunRow }>();

  /** Ids of those whose spec must be read from the database. */
  withoutSpec(rows: readonly StoredRunRow[]): string[] {
    return rows.filter((row) => !this.#specOf(row)).map(({ id }) => id);
  }

  /**
   * @param specJson the stored spec, where `withoutSpec` named the row
   * @throws {Error} A stored value is not what it should be.
   */
  read(row: StoredRunRow, specJson = ''): RunRow {
    const last = this.#rows.get(row.id);
    if (last && isSame(last.stored, row)) return last.run;
    const run = readRow(row, this.#specOf(row) ?? this.#parseSpec(row, specJson));
    this.#rows.set(row.id, { stored: row, run });
    return run;
  }

  #specOf({ id, attempt }: StoredRunRow): RunRowSpec | null {
    const entry = this.#specs.get(id);
    return entry?.attempt === attempt ? entry.spec : null;
  }

  #parseSpec({ id, attempt }: StoredRunRow, json: string): RunRowSpec {
    const { classNames, classIds, ...settings } = readJson(RunSpec, json, 'spec');
    const spec = { ...settings, classes: classNames.length };
    this.#specs.set(id, { attempt, spec });
    return spec;
  }
}

function readRow(row: StoredRunRow, spec: RunRowSpec): RunRow {
  return {
    ...readRunState(row),
    spec,
    datasetName: row.dataset_name,
    group: row.group_id,
    queuePosition: row.queue_position === null ? null : row.waiting_before + 1,
    attempt: row.attempt,
    epoch: row.epoch,
    durationMs: row.duration_ms,
    diskBytes: row.disk_bytes,
    trashedAt: row.trashed_at,
    resumable: row.checkpoint_count > 0,
  };
}

/** Every column of both is the same. */
function isSame(a: StoredRunRow, b: StoredRunRow): boolean {
  return Object.entries(a).every(([name, value]) => value === Reflect.get(b, name));
}
