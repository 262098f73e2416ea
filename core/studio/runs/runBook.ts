/** The book of runs: names, tags and notes, the trash, and what their history says. Nothing here trains. */
import { rm } from 'node:fs/promises';
import type { RunRow } from '../../../contract/api/runTypes.ts';
import { type WhatIf, whatIfStopped } from '../../../pure/earlyStopping.ts';
import { WAITING_STATES } from '../../../contract/run.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { EarlyStopping } from '../../../contract/recipe.ts';
import type { DamagedRun } from '../../db/storedRun.ts';
import type { StudioContext } from '../context.ts';
import { findByText } from '../records/ids.ts';

export interface RunBook {
  /** Newest first. */
  list(which: { trashed: boolean }): Promise<{ runs: RunRow[]; damaged: DamagedRun[] }>;
  /** By id, name, or the beginning of an id. @throws StudioError `run.notFound` */
  find(text: string, which?: { trashed: boolean }): Promise<RunRow>;
  /** By id alone, in the trash or not. @throws StudioError `run.notFound`, also for a row that cannot be read */
  require(id: string): Promise<RunRow>;
  /** What is left out stays. */
  annotate(id: string, change: { name?: string; note?: string; tags?: readonly string[] }): Promise<RunRow>;
  /** Into the trash. @throws StudioError `run.inUse` when it trains or an ensemble has it */
  trash(id: string): Promise<RunRow>;
  /** Out of it; a run that waited does not wait again by itself. */
  restore(id: string): Promise<RunRow>;
  /** For good, with checkpoints and predictions. @throws StudioError `run.inUse` */
  delete(id: string): Promise<RunRow>;
  /** What early stopping would have done. `savedMs` of the time that it trained. */
  whatIf(id: string, rule: EarlyStopping): Promise<Omit<WhatIf, 'savedShare'> & { savedMs: number }>;
}

export function createRunBook({
  runRows,
  runs,
  leases,
  ensembles,
  predictions,
  metrics,
  paths,
  readOnly,
}: StudioContext): RunBook {
  const require = async (id: string): Promise<RunRow> => {
    const row = await runRows.find(id).catch((error: unknown) => {
      throw new StudioError(
        'run.notFound',
        `Run ${id} needs repair: ${error instanceof Error ? error.message : String(error)}.`,
        {
          remedy:
            'Its folder holds the spec and the checkpoints; remove the entry, or ask for help with its spec.json.',
        },
      );
    });
    if (!row)
      throw new StudioError('run.notFound', `There is no run "${id}".`, { remedy: 'Look at the list of runs.' });
    return row;
  };
  const requireFree = async (row: RunRow): Promise<void> => {
    if ((await leases.heldRuns()).has(row.id))
      throw new StudioError('run.inUse', `"${row.name}" is training.`, { remedy: 'Stop it first.' });
    const members = await ensembles.namesWithRun(row.id);
    if (members.length > 0)
      throw new StudioError(
        'run.inUse',
        `"${row.name}" is a member of ${members.map((name) => `"${name}"`).join(', ')}.`,
        { remedy: 'Remove these ensembles first.' },
      );
  };
  return {
    list: (which) => runRows.list(which),
    async find(text, which = { trashed: false }) {
      const { runs: rows, damaged } = await runRows.list(which);
      const { id } = findByText<{ id: string; name: string }>(
        [...rows, ...damaged],
        text,
        'run.notFound',
        which.trashed ? 'run in the trash' : 'run',
      );
      return require(id);
    },
    require,
    async annotate(id, change) {
      await require(id);
      await runRows.annotate(id, change);
      return require(id);
    },
    async trash(id) {
      const row = await require(id);
      await requireFree(row);
      await runRows.setTrashed(id, new Date().toISOString());
      return row;
    },
    async restore(id) {
      const row = await require(id);
      await runRows.setTrashed(id, null);
      if (WAITING_STATES.includes(row.state))
        await runs.update(id, { state: 'stopped', reason: 'Taken out of the trash.' });
      return require(id);
    },
    async delete(id) {
      const row = await require(id);
      await requireFree(row);
      for (const prediction of await predictions.list(id)) await rm(prediction.path, { recursive: true, force: true });
      await rm(paths.runDir(id), { recursive: true, force: true });
      // where nothing can be stored, room is made all the same; the list follows once it can be written
      if (readOnly === null) await runs.forget(id);
      return row;
    },
    async whatIf(id, rule) {
      const row = await require(id);
      const { savedShare, ...found } = whatIfStopped(await metrics.list(id, { names: [rule.metric] }), rule);
      return { ...found, savedMs: row.durationMs * savedShare };
    },
  };
}
