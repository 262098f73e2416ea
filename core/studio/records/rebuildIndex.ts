/**
 * The database made anew from the folders, which are the truth: runs from their specs and diaries, checkpoints from
 * their manifests, the rest from the records beside it.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { type RunState, WAITING_STATES } from '../../../contract/run.ts';
import { RunSpec } from '../../../contract/runSpec.ts';
import { CARD_FILE } from '../../data/set/datasetFiles.ts';
import { openDataset } from '../../data/set/openDataset.ts';
import { createCheckpointRepository } from '../../db/checkpointRepository.ts';
import { createDatasetRepository } from '../../db/datasetRepository.ts';
import { createEnsembleRepository } from '../../db/ensembleRepository.ts';
import { createEvaluationRepository } from '../../db/evaluationRepository.ts';
import { createQueueRepository } from '../../db/queueRepository.ts';
import { createRunRepository } from '../../db/runs/runRepository.ts';
import { createRunRowRepository } from '../../db/runs/runRowRepository.ts';
import { createSettingsRepository } from '../../db/settingsRepository.ts';
import type { QuorumDatabase } from '../../db/schema.ts';
import { checkpointFolders } from './checkpointFolders.ts';
import { asRecord, StoredEvaluation } from './evaluationRecord.ts';
import { EnsembleRecord, QueueRecord, RECORD_FILE, TRASHED_FILE, TrashedRecord } from './folderRecords.ts';
import type { StudioPaths } from './paths.ts';
import { recordCheckpoints } from './followCheckpoints.ts';
import { withPlaces } from './places.ts';
import { replayJournal } from './runJournal.ts';

export interface RebuildReport {
  readonly runs: number;
  readonly points: number;
  readonly checkpoints: number;
  readonly datasets: number;
  readonly evaluations: number;
  readonly ensembles: number;
  /** What could not be read; it stays where it is. */
  readonly problems: readonly { readonly path: string; readonly problem: string }[];
}

type Counts = Omit<RebuildReport, 'problems'>;

/** What is filled, and what is found on the way. */
interface Filling extends ReturnType<typeof repositoriesOf> {
  readonly paths: StudioPaths;
  readonly counts: { -readonly [Name in keyof Counts]: number };
  readonly problems: { path: string; problem: string }[];
}

function repositoriesOf(db: QuorumDatabase, paths: StudioPaths) {
  return {
    datasets: createDatasetRepository(db),
    runs: createRunRepository(db),
    runRows: createRunRowRepository(db),
    ensembles: createEnsembleRepository(db),
    settings: createSettingsRepository(db),
    queue: createQueueRepository(db),
    ...withPlaces({ checkpoints: createCheckpointRepository(db), evaluations: createEvaluationRepository(db) }, paths),
  };
}

/** Fills the empty database `db` with what lies below `paths`. */
export async function fillFromFolders(db: QuorumDatabase, paths: StudioPaths): Promise<RebuildReport> {
  const counts = { runs: 0, points: 0, checkpoints: 0, datasets: 0, evaluations: 0, ensembles: 0 };
  const filling: Filling = { ...repositoriesOf(db, paths), paths, counts, problems: [] };
  const { ensembles, settings } = filling;
  await each(filling, paths.datasets, (path) => addDataset(filling, path));
  await each(filling, paths.runs, (path) => addRun(filling, path));
  for (const folder of [paths.predictions, paths.evaluations])
    await each(filling, folder, (path) => addEvaluation(filling, path));
  await each(filling, paths.ensembles, async (path) => {
    await ensembles.add(read(path, EnsembleRecord));
    counts.ensembles++;
  });
  await each(filling, paths.settings, (path) => settings.write(basename(path, '.json'), read(path, z.json())));
  if (existsSync(paths.queueFile)) await one(filling, paths.queueFile, (path) => addToQueue(filling, path));
  return { ...counts, problems: filling.problems };
}

/** Takes folders into a database that is in use. */
export interface FolderIndex {
  /** @throws {Error} that names what cannot be read */
  addRun(id: string): Promise<void>;
  /** @throws {Error} that names what cannot be read */
  addEvaluation(id: string): Promise<void>;
}

export function createFolderIndex(db: QuorumDatabase, paths: StudioPaths): FolderIndex {
  const counts = { runs: 0, points: 0, checkpoints: 0, datasets: 0, evaluations: 0, ensembles: 0 };
  const filling: Filling = { ...repositoriesOf(db, paths), paths, counts, problems: [] };
  return {
    addRun: (id) => addRun(filling, paths.runDir(id)),
    addEvaluation: (id) => addEvaluation(filling, paths.evaluationDir(id)),
  };
}

async function one({ problems }: Filling, path: string, work: (path: string) => Promise<void>): Promise<void> {
  try {
    await work(path);
  } catch (error) {
    problems.push({ path, problem: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) });
  }
}

async function each(filling: Filling, folder: string, work: (path: string) => Promise<void>): Promise<void> {
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : [])
    if (!name.startsWith('.') && !name.endsWith('.writing')) await one(filling, join(folder, name), work);
}

async function addDataset({ datasets, counts }: Filling, path: string): Promise<void> {
  if (!existsSync(join(path, CARD_FILE))) return;
  const { card } = await openDataset(path);
  const trashed = join(path, TRASHED_FILE);
  await datasets.save((await datasets.nameTaken(card.name)) ? { ...card, name: `${card.name} (${card.id})` } : card);
  if (existsSync(trashed)) await datasets.setTrashed(card.id, read(trashed, TrashedRecord).at);
  counts.datasets++;
}

async function addRun({ runs, runRows, checkpoints, paths, counts, problems }: Filling, path: string): Promise<void> {
  const id = basename(path);
  const specFile = join(path, 'spec.json');
  const spec = read(specFile, RunSpec);
  const replay = await replayJournal(path, id, spec, statSync(specFile).mtime.toISOString(), { runs, runRows });
  counts.runs++;
  counts.points += replay.points;
  if (replay.unreadable > 0)
    problems.push({ path, problem: `${replay.unreadable} lines of its diary cannot be read and are left out` });
  const found = checkpointFolders(paths.checkpointsDir(id));
  problems.push(...found.problems);
  await recordCheckpoints({ runs, checkpoints }, id, found.whole, found.bestSeq(found.whole));
  counts.checkpoints += found.whole.length;
  if (replay.points === 0 && found.whole.length > 0)
    await runs.update(id, { state: 'interrupted', reason: 'Found again by its folder, without its diary.' });
}

async function addEvaluation({ runs, datasets, evaluations, counts }: Filling, path: string): Promise<void> {
  if (!existsSync(join(path, RECORD_FILE))) return;
  const record = await asRecord(read(join(path, RECORD_FILE), StoredEvaluation), {
    findRun: (id) => runs.find(id),
    nameOfDataset: async (id) => (await datasets.find(id))?.name ?? null,
  });
  await evaluations.add({ ...record, path });
  counts.evaluations++;
}

/** One that has begun since it was noted waits no more. */
async function addToQueue({ runs, queue }: Filling, path: string): Promise<void> {
  const waiting = await Promise.all(
    read(path, QueueRecord).waiting.map(async (id) => (isWaiting((await runs.find(id))?.state) ? [id] : [])),
  );
  await queue.add(waiting.flat(), 'back');
}

const isWaiting = (state: RunState | undefined): boolean => state !== undefined && WAITING_STATES.includes(state);

/** @throws {Error} that names the file and what is wrong with it */
function read<T>(path: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${basename(path)} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(
    `${basename(path)} does not fit: ${parsed.error.issues
      .slice(0, 3)
      .map((issue) => `${issue.path.join('.')} ${issue.message}`)
      .join('; ')}`,
  );
}

/** Whether there is anything below `paths` that a database would have to know. */
export function anythingStored(paths: StudioPaths): boolean {
  const holds = (folder: string, file: string): boolean =>
    existsSync(folder) &&
    readdirSync(folder).some((name) => !name.startsWith('.') && existsSync(join(folder, name, file)));
  return holds(paths.runs, 'spec.json') || holds(paths.datasets, CARD_FILE);
}
