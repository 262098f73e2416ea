/** The book of runs: names, tags and notes, the trash, and what their history says. Nothing here trains. */
import { rm } from 'node:fs/promises';
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { type WhatIf, whatIfStopped } from '../../../pure/earlyStopping.ts';
import { WAITING_STATES } from '../../../contract/run.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { EarlyStopping } from '../../../contract/recipe.ts';
import type { RunAnnotation } from '../../db/runs/runRowRepository.ts';
import { problemOf, type DamagedRun } from '../../db/runs/storedRun.ts';
import type { StudioContext } from '../context.ts';
import { findByText } from '../records/ids.ts';
import { predictionsOf } from '../results/predictions.ts';

export interface RunBook {
  /** Newest first. */
  list(which: { trashed: boolean }): Promise<{ runs: RunRow[]; damaged: DamagedRun[] }>;
  /** By id, name, or the beginning of an id. @throws {StudioError} run.notFound */
  find(text: string, which?: { trashed: boolean }): Promise<RunRow>;
  /** By id alone, in the trash or not. @throws {StudioError} run.notFound, also for a row that cannot be read */
  require(id: string): Promise<RunRow>;
  /** What is left out stays. */
  annotate(id: string, change: Omit<RunAnnotation, 'group'>): Promise<RunRow>;
  /** Into the trash. @throws {StudioError} run.inUse when it trains or an ensemble has it */
  trash(id: string): Promise<RunRow>;
  /** Out of it; a run that waited does not wait again by itself. */
  restore(id: string): Promise<RunRow>;
  /** For good, with checkpoints and predictions; figures by other protocols stay. @throws {StudioError} run.inUse */
  delete(id: string): Promise<RunRow>;
  /** What early stopping would have done. `savedMs` of the time that it trained. */
  whatIf(id: string, rule: EarlyStopping): Promise<EarlierEnd>;
}

export type EarlierEnd = Omit<WhatIf, 'savedShare'> & { readonly savedMs: number };

export function createRunBook(context: StudioContext): RunBook {
  const { runRows } = context;
  return {
    list: (which) => runRows.list(which),
    find: (text, which) => findRow(context, text, which?.trashed ?? false),
    require: (id) => requireRow(context, id),
    async annotate(id, change) {
      await requireRow(context, id);
      await runRows.annotate(id, change);
      return requireRow(context, id);
    },
    async trash(id) {
      const row = await requireFree(context, id);
      await runRows.setTrashed(id, new Date().toISOString());
      return row;
    },
    restore: (id) => restore(context, id),
    delete: (id) => deleteRun(context, id),
    whatIf: (id, rule) => earlierEnd(context, id, rule),
  };
}

async function findRow(context: StudioContext, text: string, trashed: boolean): Promise<RunRow> {
  const { runs, damaged } = await context.runRows.list({ trashed });
  const { id } = findByText<{ id: string; name: string }>(
    [...runs, ...damaged],
    text,
    'run.notFound',
    trashed ? 'run in the trash' : 'run',
  );
  return requireRow(context, id);
}

async function requireRow({ runRows }: StudioContext, id: string): Promise<RunRow> {
  const row = await runRows.find(id).catch((error: unknown) => {
    throw new StudioError('run.notFound', `Run ${id} needs repair: ${problemOf(error)}.`, {
      remedy: 'Its folder holds the spec and the checkpoints; remove the entry, or ask for help with its spec.json.',
    });
  });
  if (!row) throw new StudioError('run.notFound', `There is no run "${id}".`, { remedy: 'Look at the list of runs.' });
  return row;
}

/** A run that nobody trains and no ensemble has. @throws {StudioError} run.notFound, run.inUse */
async function requireFree(context: StudioContext, id: string): Promise<RunRow> {
  const row = await requireRow(context, id);
  if ((await context.leases.heldRuns()).has(id) || context.places.away(id) !== null)
    throw new StudioError('run.inUse', `"${row.name}" is training.`, { remedy: 'Stop it first.' });
  const ensembles = await context.ensembles.namesWith(id);
  if (ensembles.length > 0)
    throw new StudioError(
      'run.inUse',
      `"${row.name}" is a member of ${ensembles.map((name) => `"${name}"`).join(', ')}.`,
      { remedy: 'Remove these ensembles first.' },
    );
  return row;
}

async function restore(context: StudioContext, id: string): Promise<RunRow> {
  const row = await requireRow(context, id);
  await context.runRows.setTrashed(id, null);
  if (WAITING_STATES.includes(row.state))
    await context.runs.update(id, { state: 'stopped', reason: 'Taken out of the trash.' });
  return requireRow(context, id);
}

async function deleteRun(context: StudioContext, id: string): Promise<RunRow> {
  const { evaluations, paths, readOnly, runs } = context;
  const row = await requireFree(context, id);
  for (const prediction of await predictionsOf(evaluations, row)) {
    if (readOnly === null) await evaluations.remove(prediction.id);
    await rm(prediction.path, { recursive: true, force: true });
  }
  await rm(paths.runDir(id), { recursive: true, force: true });
  // where nothing can be stored, room is made all the same; the list follows once it can be written
  if (readOnly === null) await runs.forget(id);
  return row;
}

async function earlierEnd(context: StudioContext, id: string, rule: EarlyStopping): Promise<EarlierEnd> {
  const row = await requireRow(context, id);
  const points = await context.metrics.list(id, { names: [rule.metric] });
  const { savedShare, ...end } = whatIfStopped(points, rule);
  return { ...end, savedMs: row.durationMs * savedShare };
}
