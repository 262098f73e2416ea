/** Runs from an archive: unpacked aside, checked, then moved into the data folder under ids that are free. */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { makeFolderSync } from '../../files/makeFolder.ts';
import { CheckpointManifest, MANIFEST_FILE } from '../../../contract/weights/checkpointManifest.ts';
import type { DatasetCard } from '../../../contract/dataset.ts';
import { ACTIVE_STATES, type Run, WAITING_STATES } from '../../../contract/run.ts';
import { RunSpec } from '../../../contract/runSpec.ts';
import { dataFingerprint } from '../../data/set/overlay.ts';
import { syncFolderSync } from '../../files/durableFile.ts';
import { damaged } from '../../formats/archive/archiveErrors.ts';
import type { Ensemble } from '../../db/ensembleRepository.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { EnsembleRecord, RECORD_FILE } from '../records/folderRecords.ts';
import { newId } from '../records/ids.ts';
import { takeEnsemble, withMembersHere } from './ensembles.ts';
import { sameImagesHere } from './imageLists.ts';
import { type ArchiveList, ImageList } from './runArchive.ts';
import { unpackRuns } from './unpackRuns.ts';

export interface Arrival {
  readonly run: Run;
  /** Its id in the archive. */
  readonly idThere: string;
  /** The data set here that holds its images; null where none does. */
  readonly dataset: Pick<DatasetCard, 'id' | 'name'> | null;
  /** Names of ensembles that came along, as they are called here. */
  readonly ensembles: readonly string[];
}

/** @throws {StudioError} archive.…, file.…: nothing of it is kept then */
export async function importRuns(context: StudioContext, archive: string, work?: WorkOptions): Promise<Arrival[]> {
  const folder = join(context.paths.arriving, randomUUID());
  makeFolderSync(folder, 0o700);
  try {
    const list = await unpackRuns(archive, folder, work);
    const images = await imagesHere(context, folder, list);
    const ids = await freeIds(context, list);
    for (const id of list.runs) prepareRun(context, join(folder, 'runs', id), ids.get(id)!, images);
    for (const id of list.evaluations) prepareEvaluation(context, join(folder, 'evaluations', id), ids, images);
    const ensembles = list.ensembles.map((id) =>
      withMembersHere(read(join(folder, 'ensembles', `${id}.json`), EnsembleRecord), ids),
    );
    return await takeIn(context, folder, { ...list, ids, ensembles });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Images = ReadonlyMap<string, DatasetCard>;

/** By the ids that the archive gives its data sets. */
async function imagesHere(context: StudioContext, folder: string, { datasets }: ArchiveList): Promise<Images> {
  const found = new Map<string, DatasetCard>();
  for (const id of datasets) {
    const card = await sameImagesHere(context, read(join(folder, 'datasets', `${id}.json`), ImageList));
    if (card) found.set(id, card);
  }
  return found;
}

/** The same ids where nothing here has them, others where something does. */
async function freeIds({ paths, runs }: StudioContext, list: ArchiveList): Promise<ReadonlyMap<string, string>> {
  const known = new Set((await runs.names()).map(({ id }) => id));
  const given = new Set<string>();
  const ids = new Map<string, string>();
  const place = async (id: string, taken: (id: string) => boolean): Promise<void> => {
    const isTaken = (one: string): boolean => given.has(one) || taken(one);
    const free = isTaken(id) ? await newId(id.slice(0, id.indexOf('-')), async (one) => isTaken(one)) : id;
    given.add(free);
    ids.set(id, free);
  };
  for (const id of list.runs) await place(id, (one) => known.has(one) || existsSync(paths.runDir(one)));
  for (const id of list.evaluations) await place(id, (one) => existsSync(paths.evaluationDir(one)));
  return ids;
}

/** Its own id, and the data set that holds its images here. */
function prepareRun({ paths }: StudioContext, folder: string, id: string, images: Images): void {
  const file = join(folder, 'spec.json');
  // places are another machine's affair
  const { place: _there, ...spec } = read(file, RunSpec);
  const card = images.get(spec.dataset);
  const moved = card && {
    dataset: card.id,
    datasetFingerprint: card.fingerprint,
    dataFingerprint: dataFingerprint({ card, directory: paths.datasetDir(card.id) }),
  };
  write(file, { ...spec, ...moved });
  const checkpoints = join(folder, 'checkpoints');
  for (const name of existsSync(checkpoints) ? readdirSync(checkpoints) : []) {
    const manifest = join(checkpoints, name, MANIFEST_FILE);
    write(manifest, { ...read(manifest, CheckpointManifest), runId: id });
  }
}

/** What every version of the record has in common. */
const RecordIds = z.looseObject({
  id: z.string(),
  runId: z.string(),
  images: z.looseObject({ kind: z.string(), datasetId: z.string().optional() }).optional(),
});

function prepareEvaluation(
  { paths }: StudioContext,
  folder: string,
  ids: ReadonlyMap<string, string>,
  images: Images,
): void {
  const file = join(folder, RECORD_FILE);
  const record = read(file, RecordIds);
  const runId = ids.get(record.runId);
  if (runId === undefined) throw damaged(`the evaluation ${record.id} is of no run in it`);
  const card = images.get(record.images?.datasetId ?? '');
  const moved = card && {
    images: { ...record.images, datasetId: card.id, datasetName: card.name },
    dataFingerprint: dataFingerprint({ card, directory: paths.datasetDir(card.id) }),
  };
  write(file, { ...record, id: ids.get(record.id) ?? record.id, runId, ...moved });
}

/** What is unpacked, and how it is called here. */
interface Unpacked extends Pick<ArchiveList, 'runs' | 'evaluations'> {
  readonly ids: ReadonlyMap<string, string>;
  readonly ensembles: readonly Ensemble[];
}

async function takeIn(
  context: StudioContext,
  folder: string,
  { runs: unpacked, evaluations, ensembles, ids }: Unpacked,
): Promise<Arrival[]> {
  const { paths, folders, runs, datasets } = context;
  const arrivals: (Arrival & { ensembles: string[] })[] = [];
  for (const there of unpacked) {
    const id = ids.get(there)!;
    move(join(folder, 'runs', there), paths.runDir(id));
    await folders.addRun(id);
    const run = await runs.find(id);
    if (!run) throw damaged(`run ${there} has no settings`);
    if ([...ACTIVE_STATES, ...WAITING_STATES].includes(run.state))
      await runs.update(id, { state: 'interrupted', reason: 'It waited or trained when it was packed.' });
    const card = await datasets.find(run.spec.dataset);
    arrivals.push({ run, idThere: there, dataset: card && { id: card.id, name: card.name }, ensembles: [] });
  }
  for (const there of evaluations) {
    const id = ids.get(there)!;
    move(join(folder, 'evaluations', there), paths.evaluationDir(id));
    await folders.addEvaluation(id);
  }
  for (const ensemble of ensembles) {
    const name = await takeEnsemble(context, ensemble);
    for (const arrival of arrivals) if (ensemble.members.includes(arrival.run.id)) arrival.ensembles.push(name);
  }
  return arrivals;
}

function move(from: string, to: string): void {
  makeFolderSync(dirname(to));
  renameSync(from, to);
  syncFolderSync(dirname(to));
}

/** @throws {StudioError} archive.damaged */
function read<T>(path: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const name = path.split('/').slice(-2).join('/');
    throw damaged(
      `${name} does not hold what it should (${error instanceof Error ? error.message.split('\n')[0] : ''})`,
    );
  }
}

function write(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
