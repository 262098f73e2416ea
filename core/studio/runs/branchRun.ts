/** A branch: a new run that begins with a checkpoint of another one, and with its history until there. */
import { existsSync, readFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../files/makeFolder.ts';
import { CheckpointManifest, checkpointName, MANIFEST_FILE } from '../../../contract/weights/checkpointManifest.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { CheckpointInfo, Run } from '../../../contract/run.ts';
import type { RunSpec } from '../../../contract/runSpec.ts';
import type { SettingsOnResume } from '../../../contract/settings/resumedRun.ts';
import { writeDurableJsonSync } from '../../files/durableFile.ts';
import type { StudioContext } from '../context.ts';
import { newestCheckpoint } from '../records/followCheckpoints.ts';
import { resumedSpec } from './changeSettings.ts';
import { createRun } from './createRun.ts';
import { findRun } from './findRun.ts';

export interface BranchRequest {
  /** Run by id or name. */
  readonly run: string;
  /** The best one, the newest one, the one at the end of an epoch, or by its number. */
  readonly checkpoint: 'best' | 'last' | { readonly epoch: number } | { readonly seq: number };
  readonly changes?: SettingsOnResume;
  readonly name?: string;
}

const StateOfBest = z.object({
  best: z.object({ epoch: z.int().nullable() }),
  bestSeq: z.int().nullable(),
});

/**
 * Makes the run; nothing trains yet.
 * @throws {StudioError} `run.notFound`, `run.noCheckpoint`; `run.badSpec`: settings that do not fit; `input.invalid`:
 *   nothing would be left to train
 */
export async function branchRun(context: StudioContext, request: BranchRequest): Promise<Run> {
  const { datasets, metrics, runs, checkpoints, paths } = context;
  const parent = await findRun(context, request.run);
  const from = await chooseCheckpoint(context, parent, request.checkpoint);
  const folder = paths.checkpointDir(parent.id, from.path);
  const spec = branchedSpec(parent, from, request, await datasets.find(parent.spec.dataset));
  const state = StateOfBest.parse(JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')));
  const made = await createRun(context, spec, {
    begin: async (id) => {
      await takeCheckpoint(folder, paths.checkpointsDir(id), from.seq, id);
      const best =
        state.bestSeq === null ? null : (await checkpoints.list(parent.id)).find(({ seq }) => seq === state.bestSeq);
      if (best && best.seq !== from.seq)
        await takeCheckpoint(paths.checkpointDir(parent.id, best.path), paths.checkpointsDir(id), best.seq, id);
    },
  });
  await copyHistory({ runs, metrics }, parent.id, made.id, from, state.best.epoch);
  await newestCheckpoint({ runs, checkpoints }, paths, made.id);
  return findRun(context, made.id);
}

function branchedSpec(
  parent: Run,
  from: CheckpointInfo,
  { changes = {}, name }: BranchRequest,
  card: Parameters<typeof resumedSpec>[3],
): RunSpec {
  const { group: _, resumedWith = [], ...own } = parent.spec;
  const until = resumedWith.filter(({ step }) => step <= from.step);
  const before: RunSpec = { ...own, ...(until.length > 0 && { resumedWith: until }) };
  const spec = resumedSpec(before, changes, from, card);
  if (from.epoch >= spec.epochs)
    throw new StudioError(
      'input.invalid',
      `${from.epoch} epochs are trained at this checkpoint, and the branch would end at ${spec.epochs}.`,
      { remedy: 'Give more epochs, or branch from an earlier checkpoint.' },
    );
  return {
    ...spec,
    name: name ?? `${parent.name}, from epoch ${Number(from.epoch.toFixed(2))}`.slice(0, 200),
    branchedFrom: { run: parent.id, name: parent.name, seq: from.seq, step: from.step, epoch: from.epoch },
  };
}

/** @throws {StudioError} `run.noCheckpoint`: naming the epochs that are there */
async function chooseCheckpoint(
  { runs, checkpoints, paths }: StudioContext,
  { id }: Run,
  which: BranchRequest['checkpoint'],
): Promise<CheckpointInfo> {
  const newest = await newestCheckpoint({ runs, checkpoints }, paths, id);
  const all = (await checkpoints.list(id)).filter(({ path }) => existsSync(paths.checkpointDir(id, path)));
  const found =
    which === 'last'
      ? newest
      : which === 'best'
        ? all.find(({ isBest }) => isBest)
        : 'seq' in which
          ? all.find(({ seq }) => seq === which.seq)
          : all.findLast(({ epoch }) => epoch === which.epoch);
  if (found) return found;
  const epochs = [...new Set(all.map(({ epoch }) => Number(epoch.toFixed(2))))];
  throw new StudioError('run.noCheckpoint', `Run ${id} has no such checkpoint.`, {
    remedy:
      epochs.length > 0
        ? `It has checkpoints of epoch ${epochs.join(', ')}; --keep-epochs keeps others of a new run.`
        : 'Train it first.',
  });
}

/** Copies a checkpoint folder whole, and gives it to its new run. */
async function takeCheckpoint(folder: string, target: string, seq: number, runId: string): Promise<void> {
  const own = join(target, checkpointName(seq));
  const copying = join(target, `.tmp-${checkpointName(seq)}`);
  await makeFolder(target);
  await rm(copying, { recursive: true, force: true });
  await cp(folder, copying, { recursive: true });
  const manifest = CheckpointManifest.parse(JSON.parse(readFileSync(join(copying, MANIFEST_FILE), 'utf8')));
  writeDurableJsonSync(join(copying, MANIFEST_FILE), { ...manifest, runId });
  await cp(copying, own, { recursive: true });
  await rm(copying, { recursive: true, force: true });
}

/** What was recorded until the checkpoint, its best epoch marked. */
async function copyHistory(
  { runs, metrics }: Pick<StudioContext, 'runs' | 'metrics'>,
  parent: string,
  id: string,
  from: CheckpointInfo,
  bestEpoch: number | null,
): Promise<void> {
  const points = (await metrics.list(parent)).filter(({ step }) => step <= from.step);
  const bestStep = Math.max(0, ...points.filter(({ epoch }) => epoch === bestEpoch).map(({ step }) => step));
  const untilBest = points.filter(({ step }) => step <= bestStep);
  if (bestEpoch !== null && untilBest.length > 0)
    await runs.recordPoints(id, untilBest, { step: bestStep, epoch: bestEpoch, bestEpoch });
  await runs.recordPoints(
    id,
    points.filter(({ step }) => step > bestStep || bestEpoch === null),
    { step: from.step, epoch: from.epoch },
  );
}
