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
import { findByText, newId } from '../records/ids.ts';
import { withoutPoison } from '../jobs/poisonPictures.ts';
import { checkDatasetJob } from '../../worker/jobs/checkDataset/messages.ts';
import { findDuplicatesJob } from '../../worker/jobs/findDuplicates/messages.ts';
import { importJob } from '../../worker/jobs/import/messages.ts';
import { runJob } from '../jobs/runJob.ts';

export interface DatasetHandlers {
  /** @throws StudioError `dataset.…`, `file.…` */
  import(options: unknown, work?: WorkOptions): Promise<DatasetCard>;
  list(): Promise<{ datasets: DatasetCard[]; damaged: { id: string; name: string; problem: string }[] }>;
  /** By id, name, or the beginning of an id; the newest one when `text` is left out. @throws StudioError `dataset.notFound` */
  show(text?: string): Promise<DatasetCard>;
  /** Newest data set read from that folder; null when there is none. */
  findByRoot(path: string): Promise<DatasetCard | null>;
  /** Compares the data set with the files it was made from, and its packed caches with their hashes. */
  check(text: string, work?: WorkOptions): Promise<DatasetCheck>;
  /** Compares every picture with every other one; the report stays in the data set's folder. */
  duplicates(text: string, work?: WorkOptions): Promise<DuplicateReport>;
  /** What was left out or relabelled. With `changes` these are merged into it first; `null` takes all of it back. @throws StudioError `input.invalid`, `dataset.emptyClass` */
  overlay(text: string, changes?: readonly unknown[] | null): Promise<DatasetOverlay>;
  /** Removes Quorum's own copy and never the user's pictures. @throws StudioError `dataset.inUse` */
  remove(text: string, options?: { force?: boolean }): Promise<{ id: string; name: string }>;
}

export function createDatasetHandlers(context: StudioContext): DatasetHandlers {
  const { datasets, paths, runs } = context;
  const handlers: DatasetHandlers = {
    async import(options, work) {
      const parsed = ImportOptions.safeParse(options);
      if (!parsed.success)
        throw new StudioError(
          'input.invalid',
          `The import's options are not valid: ${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}.`,
        );
      const path = resolve(parsed.data.path);
      const name = await freeName(parsed.data.name, path);
      const id = await newId('d', async (candidate) => (await datasets.find(candidate)) !== null);
      const datasetDir = paths.datasetDir(id);
      try {
        const card = await withoutPoison(context, id, work, (decodeDiary, watched) =>
          runJob(
            context,
            importJob,
            { options: { ...parsed.data, path, name }, id, datasetDir },
            { ...watched, decodeDiary },
          ),
        );
        await datasets.save(card);
        return card;
      } catch (error) {
        await rm(datasetDir, { recursive: true, force: true });
        throw error;
      }
    },
    list: () => datasets.list(),
    async show(text) {
      const known = (await datasets.list()).datasets;
      if (text !== undefined) return findByText(known, text, 'dataset.notFound', 'data set');
      const [newest] = known;
      if (!newest)
        throw new StudioError('dataset.notFound', 'There is no data set yet.', {
          remedy: 'Import one: quorum dataset import FOLDER.',
        });
      return newest;
    },
    findByRoot: (path) => datasets.findByRoot(resolve(path)),
    async check(text, work) {
      const card = await handlers.show(text);
      return runJob(context, checkDatasetJob, { datasetDir: paths.datasetDir(card.id) }, work);
    },
    async duplicates(text, work) {
      const { id, name } = await handlers.show(text);
      const datasetDir = paths.datasetDir(id);
      await runJob(context, findDuplicatesJob, { datasetDir }, work);
      const report = await readDuplicates(datasetDir);
      if (!report)
        throw new StudioError(
          'dataset.changed',
          `Data set "${name}" was imported anew while its pictures were compared.`,
          { remedy: 'Compare again.' },
        );
      return report;
    },
    async overlay(text, changes) {
      const { id } = await handlers.show(text);
      const directory = paths.datasetDir(id);
      if (changes === undefined) return readOverlay(directory);
      return changes === null
        ? setOverlay(directory, [])
        : changeOverlay(directory, OverlayChange.array().parse(changes));
    },
    async remove(text, { force = false } = {}) {
      const { id, name } = await handlers.show(text);
      const { active, all } = await runs.countForDataset(id);
      if (active > 0 || (all > 0 && !force)) {
        throw new StudioError(
          'dataset.inUse',
          active > 0
            ? `${plural(active, 'unfinished run uses', 'unfinished runs use')} data set "${name}".`
            : `${plural(all, 'run was', 'runs were')} trained on data set "${name}".`,
          {
            remedy:
              active > 0
                ? 'Stop or remove these runs first.'
                : 'Remove it with --force; the runs stay, and can be resumed after importing it again.',
          },
        );
      }
      if (context.readOnly === null) await datasets.remove(id);
      await rm(paths.datasetDir(id), { recursive: true, force: true });
      return { id, name };
    },
  };

  /** A name the user chose must be free; one made from the folder, or from an archive or a list without its ending, gets a number. */
  async function freeName(chosen: string | undefined, path: string): Promise<string> {
    if (chosen !== undefined) {
      if (await datasets.nameTaken(chosen))
        throw new StudioError('dataset.nameTaken', `There is a data set called "${chosen}" already.`, {
          remedy: 'Choose another name, or remove the other one.',
        });
      return chosen;
    }
    const base =
      (isArchiveName(path) || isListName(path) ? basename(path).replace(/(\.tar)?\.\w+$/i, '') : basename(path)).slice(
        0,
        100,
      ) || 'data set';
    for (let number = 1; ; number++) {
      const name = number === 1 ? base : `${base} ${number}`;
      if (!(await datasets.nameTaken(name))) return name;
    }
  }
  return handlers;
}
