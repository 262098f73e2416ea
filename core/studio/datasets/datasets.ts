/** Data sets: import, look at, check, remove. */
import { rm } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import {
  type DatasetCard,
  type DatasetCheck,
  type DatasetOverlay,
  type DuplicateReport,
  ImportOptions,
  OverlayChange,
} from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { plural } from '../../../pure/plural.ts';
import { readDuplicates } from '../../data/import/findDuplicates.ts';
import { changeOverlay, readOverlay, setOverlay } from '../../data/set/overlay.ts';
import { isListName } from '../../data/readers/lists/listFiles.ts';
import { isArchiveName } from '../../data/readers/registry.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { parseInput } from '../parseInput.ts';
import { findByText, newId } from '../records/ids.ts';
import { withoutPoison } from '../jobs/poisonPictures.ts';
import { checkDatasetJob } from '../../worker/jobs/checkDataset/messages.ts';
import { findDuplicatesJob } from '../../worker/jobs/findDuplicates/messages.ts';
import { importJob } from '../../worker/jobs/import/messages.ts';
import { runJob } from '../jobs/runJob.ts';

export interface DatasetList {
  readonly datasets: DatasetCard[];
  readonly damaged: { id: string; name: string; problem: string }[];
}

export interface DatasetHandlers {
  /** @throws {StudioError} dataset.…, file.… */
  import(options: unknown, work?: WorkOptions): Promise<DatasetCard>;
  list(): Promise<DatasetList>;
  /**
   * By id, name, or the beginning of an id; the newest one when `text` is left out.
   * @throws {StudioError} dataset.notFound
   */
  show(text?: string): Promise<DatasetCard>;
  /** Newest data set read from that folder; null when there is none. */
  findByRoot(path: string): Promise<DatasetCard | null>;
  /** Compares the data set with the files it was made from, and its packed caches with their hashes. */
  check(text: string, work?: WorkOptions): Promise<DatasetCheck>;
  /** Compares every picture with every other one; the report stays in the data set's folder. */
  duplicates(text: string, work?: WorkOptions): Promise<DuplicateReport>;
  /**
   * What was left out or relabelled. With `changes` these are merged into it first; `null` takes all of it back.
   * @throws {StudioError} input.invalid, dataset.emptyClass
   */
  overlay(text: string, changes?: readonly unknown[] | null): Promise<DatasetOverlay>;
  /** Removes Quorum's own copy and never the user's pictures. @throws {StudioError} dataset.inUse */
  remove(text: string, options?: { force?: boolean }): Promise<{ id: string; name: string }>;
}

const NAME_LENGTH = 100;

export function createDatasetHandlers(context: StudioContext): DatasetHandlers {
  const { datasets } = context;
  return {
    import: (options, work) => importDataset(context, options, work),
    list: () => datasets.list(),
    show: (text) => findDataset(context, text),
    findByRoot: (path) => datasets.findByRoot(resolve(path)),
    check: (text, work) => checkDataset(context, text, work),
    duplicates: (text, work) => compareImages(context, text, work),
    overlay: (text, changes) => readOrChangeOverlay(context, text, changes),
    remove: (text, options) => removeDataset(context, text, options?.force ?? false),
  };
}

async function importDataset(context: StudioContext, input: unknown, work?: WorkOptions): Promise<DatasetCard> {
  const { datasets, paths } = context;
  const options = parseInput(ImportOptions, input, "The import's options");
  const path = resolve(options.path);
  const name = await freeName(context, options.name, path);
  const id = await newId('d', async (candidate) => (await datasets.find(candidate)) !== null);
  const datasetDir = paths.datasetDir(id);
  try {
    const card = await withoutPoison(context, id, work, (decodeDiary, watched) => {
      const job = { options: { ...options, path, name }, id, datasetDir };
      return runJob(context, importJob, job, { ...watched, decodeDiary });
    });
    await datasets.save(card);
    return card;
  } catch (error) {
    await rm(datasetDir, { recursive: true, force: true });
    throw error;
  }
}

async function findDataset({ datasets }: StudioContext, text?: string): Promise<DatasetCard> {
  const cards = (await datasets.list()).datasets;
  if (text !== undefined) return findByText(cards, text, 'dataset.notFound', 'data set');
  const [newest] = cards;
  if (!newest)
    throw new StudioError('dataset.notFound', 'There is no data set yet.', {
      remedy: 'Import one: quorum dataset import FOLDER.',
    });
  return newest;
}

async function checkDataset(context: StudioContext, text: string, work?: WorkOptions): Promise<DatasetCheck> {
  const { id } = await findDataset(context, text);
  return runJob(context, checkDatasetJob, { datasetDir: context.paths.datasetDir(id) }, work);
}

async function compareImages(context: StudioContext, text: string, work?: WorkOptions): Promise<DuplicateReport> {
  const { id, name } = await findDataset(context, text);
  const datasetDir = context.paths.datasetDir(id);
  await runJob(context, findDuplicatesJob, { datasetDir }, work);
  const report = await readDuplicates(datasetDir);
  if (report) return report;
  throw new StudioError('dataset.changed', `Data set "${name}" was imported anew while its images were compared.`, {
    remedy: 'Compare again.',
  });
}

async function readOrChangeOverlay(
  context: StudioContext,
  text: string,
  changes?: readonly unknown[] | null,
): Promise<DatasetOverlay> {
  const { id } = await findDataset(context, text);
  const directory = context.paths.datasetDir(id);
  if (changes === undefined) return readOverlay(directory);
  if (changes === null) return setOverlay(directory, []);
  return changeOverlay(directory, OverlayChange.array().parse(changes));
}

async function removeDataset(
  context: StudioContext,
  text: string,
  force: boolean,
): Promise<{ id: string; name: string }> {
  const { id, name } = await findDataset(context, text);
  const { active, all } = await context.runs.countForDataset(id);
  if (active > 0)
    throw new StudioError(
      'dataset.inUse',
      `${plural(active, 'unfinished run uses', 'unfinished runs use')} data set "${name}".`,
      { remedy: 'Stop or remove these runs first.' },
    );
  if (all > 0 && !force)
    throw new StudioError('dataset.inUse', `${plural(all, 'run was', 'runs were')} trained on data set "${name}".`, {
      remedy: 'Remove it with --force; the runs stay, and can be resumed after importing it again.',
    });
  if (context.readOnly === null) await context.datasets.remove(id);
  await rm(context.paths.datasetDir(id), { recursive: true, force: true });
  return { id, name };
}

/** A name that the user chose must be free; one made from the path gets a number. */
async function freeName({ datasets }: StudioContext, chosen: string | undefined, path: string): Promise<string> {
  if (chosen !== undefined) {
    if (await datasets.nameTaken(chosen))
      throw new StudioError('dataset.nameTaken', `There is a data set called "${chosen}" already.`, {
        remedy: 'Choose another name, or remove the other one.',
      });
    return chosen;
  }
  const base = nameOfPath(path);
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base} ${number}`;
    if (!(await datasets.nameTaken(name))) return name;
  }
}

/** A folder's name, or that of an archive or a list without its ending. */
function nameOfPath(path: string): string {
  const file = basename(path);
  const name = isArchiveName(path) || isListName(path) ? file.replace(/(\.tar)?\.\w+$/i, '') : file;
  return name.slice(0, NAME_LENGTH) || 'data set';
}
