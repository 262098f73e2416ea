/** Handlers of data sets. */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  checkJob,
  type DatasetSource,
  importJob,
  inspectJob,
  type SampleDataset,
} from '../../../../contract/api/datasets/datasets.ts';
import { type DatasetCard, DatasetCheck } from '../../../../contract/dataset.ts';
import { StudioError } from '../../../../contract/errors.ts';
import { plural } from '../../../../pure/plural.ts';
import { temporaryFolder } from '../../../data/import/import.ts';
import { getModel } from '../../../models/registry.ts';
import { datasetPictureUrls, inputUrl } from '../../host/mediaPath.ts';
import type { StudioHost } from '../../host/studioHost.ts';
import { parseRunRequest, resolvePreprocessing } from '../../runs/resolveSpec.ts';
import { api } from '../implementer.ts';

const NO_AUGMENTATION = { flip: false, cropPadding: 0 } as const;
const SampleCard = z.object({ title: z.string(), license: z.string(), pictures: z.int() });

/** The card, whether or not it lies in the trash. @throws {StudioError} `dataset.notFound` */
async function requireCard({ studio }: StudioHost, id: string): Promise<DatasetCard> {
  const card = await studio.context.datasets.find(id);
  if (!card)
    throw new StudioError('dataset.notFound', `There is no data set "${id}".`, {
      remedy: 'Go back to the list of data sets.',
    });
  return card;
}

async function sourcePath(host: StudioHost, source: DatasetSource): Promise<string> {
  if (source.kind === 'folder') return host.roots.resolve(source.folder);
  if (!sampleNames(host).includes(source.sample))
    throw new StudioError('dataset.notFound', `There is no sample data set "${source.sample}".`);
  return join(host.samplesDir, source.sample);
}

/**
 * Where absolute paths in a list may lead: what the browser may name. Who chose the folder in a dialog of this machine
 * may name anything.
 */
function allowedRoots(host: StudioHost, source: DatasetSource): string[] | undefined {
  if (source.kind !== 'folder') return [];
  const roots = host.roots.list();
  const picked = roots.some(({ id, kind }) => id === source.folder.root && kind === 'picked');
  return picked ? undefined : roots.map(({ path }) => path);
}

function sampleNames({ samplesDir }: StudioHost): string[] {
  return existsSync(samplesDir)
    ? readdirSync(samplesDir, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && existsSync(join(samplesDir, entry.name, 'sample.json')))
        .map((entry) => entry.name)
    : [];
}

export async function listSamples(host: StudioHost): Promise<SampleDataset[]> {
  return Promise.all(
    sampleNames(host).map(async (name) => {
      const card = SampleCard.parse(JSON.parse(readFileSync(join(host.samplesDir, name, 'sample.json'), 'utf8')));
      return {
        name,
        ...card,
        importedAs: (await host.studio.datasets.findByRoot(join(host.samplesDir, name)))?.id ?? null,
      };
    }),
  );
}

/** Removes Quorum's folder and row of a data set for good. */
export async function deleteDataset(host: StudioHost, card: DatasetCard): Promise<void> {
  const { context } = host.studio;
  if (context.readOnly === null) await context.datasets.remove(card.id);
  await rm(context.paths.datasetDir(card.id), { recursive: true, force: true });
  await rm(join(context.paths.thumbnails, card.id), { recursive: true, force: true });
}

export const datasetsRouter = {
  list: api.datasets.list.handler(async ({ input, context: { host } }) => {
    const { context } = host.studio;
    if (input.trashed)
      return {
        datasets: await Promise.all(
          (await context.datasets.trashed()).map(({ card, trashedAt }) => host.datasetRow(card, trashedAt)),
        ),
        damaged: [],
      };
    const { datasets, damaged } = await context.datasets.list();
    return { datasets: await Promise.all(datasets.map((card) => host.datasetRow(card))), damaged };
  }),
  show: api.datasets.show.handler(async ({ input, context: { host } }) => {
    const trashed = (await host.studio.context.datasets.trashed()).find(({ card }) => card.id === input.dataset);
    return host.datasetRow(await requireCard(host, input.dataset), trashed?.trashedAt ?? null);
  }),
  samples: api.datasets.samples.handler(({ context: { host } }) => listSamples(host)),
  inspect: api.datasets.inspect.handler(async ({ input, context: { host } }) => {
    const path = await sourcePath(host, input.source);
    return {
      jobId: host.jobs.start({
        kind: inspectJob,
        title: `Look at ${path}`,
        async run({ signal, onProgress }) {
          onProgress({ stage: 'scan', done: 0, total: 0, perSec: null, secondsLeft: null });
          const scratch = temporaryFolder(host.studio.paths.datasets, `look-${randomUUID()}`);
          try {
            return {
              preview: await host.reader.askAside(
                'inspect',
                {
                  path,
                  scratch,
                  layout: input.layout,
                  nested: input.nested,
                  splitNamed: input.splitNamed,
                  list: input.list,
                  valueRange: input.valueRange,
                  fractions: input.fractions,
                  allowedRoots: allowedRoots(host, input.source),
                },
                signal,
              ),
            };
          } finally {
            await rm(scratch, { recursive: true, force: true });
          }
        },
      }),
    };
  }),
  import: api.datasets.import.handler(async ({ input, context: { host } }) => {
    const path = await sourcePath(host, input.source);
    const { source, ...options } = input;
    if (options.name !== undefined && (await host.studio.context.datasets.nameTaken(options.name))) {
      throw new StudioError('dataset.nameTaken', `There is a data set called "${options.name}" already.`, {
        remedy: 'Choose another name, or remove the other one, also from the trash.',
      });
    }
    return {
      jobId: host.jobs.start({
        kind: importJob,
        title: `Import ${options.name ?? path}`,
        async run(work) {
          const card = await host.studio.datasets.import(
            { ...options, path, allowedRoots: allowedRoots(host, source) },
            work,
          );
          await host.tellDataset(card.id);
          return { datasetId: card.id };
        },
      }),
    };
  }),
  rename: api.datasets.rename.handler(async ({ input, context: { host } }) => {
    const card = await requireCard(host, input.dataset);
    const { datasets } = host.studio.context;
    if (card.name.toLowerCase() !== input.name.toLowerCase() && (await datasets.nameTaken(input.name)))
      throw new StudioError('dataset.nameTaken', `There is a data set called "${input.name}" already.`, {
        remedy: 'Choose another name.',
      });
    const renamed = { ...card, name: input.name };
    await datasets.save(renamed);
    await host.tellDataset(card.id);
    return renamed;
  }),
  renameClass: api.datasets.renameClass.handler(async ({ input, context: { host } }) => {
    const card = await requireCard(host, input.dataset);
    const { classIndex, name } = input;
    if (classIndex >= card.classNames.length)
      throw new StudioError('input.invalid', `There is no class ${classIndex}.`, { remedy: 'Choose one of the list.' });
    if (card.classNames.some((other, at) => other === name && at !== classIndex))
      throw new StudioError('dataset.nameTaken', `There is a class called "${name}" already.`, {
        remedy: 'Choose another name.',
      });
    const renamed = { ...card, classNames: card.classNames.with(classIndex, name) };
    await host.studio.context.datasets.save(renamed);
    await host.tellDataset(card.id);
    return renamed;
  }),
  check: api.datasets.check.handler(async ({ input, context: { host } }) => {
    const card = await requireCard(host, input.dataset);
    return {
      jobId: host.jobs.start({
        kind: checkJob,
        title: `Check ${card.name}`,
        subjectId: card.id,
        run: async (work) => ({
          datasetId: card.id,
          report: DatasetCheck.parse(await host.studio.datasets.check(card.id, work)),
        }),
      }),
    };
  }),
  remove: api.datasets.remove.handler(async ({ input, context: { host } }) => {
    const { id, name } = await requireCard(host, input.dataset);
    const { active } = await host.studio.context.runs.countForDataset(id);
    if (active > 0)
      throw new StudioError(
        'dataset.inUse',
        `${plural(active, 'unfinished run uses', 'unfinished runs use')} data set "${name}".`,
        { remedy: 'Stop or remove these runs first.' },
      );
    await host.studio.context.datasets.setTrashed(id, new Date().toISOString());
    host.events.publish({ type: 'datasetRemoved', datasetId: id, trashed: true });
    return { id, name };
  }),
  restore: api.datasets.restore.handler(async ({ input, context: { host } }) => {
    const { id, name } = await requireCard(host, input.dataset);
    await host.studio.context.datasets.setTrashed(id, null);
    await host.tellDataset(id);
    return { id, name };
  }),
  delete: api.datasets.delete.handler(async ({ input, context: { host } }) => {
    const card = await requireCard(host, input.dataset);
    const { active } = await host.studio.context.runs.countForDataset(card.id);
    if (active > 0)
      throw new StudioError(
        'dataset.inUse',
        `${plural(active, 'unfinished run uses', 'unfinished runs use')} data set "${card.name}".`,
        { remedy: 'Stop or remove these runs first.' },
      );
    await deleteDataset(host, card);
    host.events.publish({ type: 'datasetRemoved', datasetId: card.id, trashed: false });
    return { id: card.id, name: card.name };
  }),
  images: api.datasets.images.handler(async ({ input, context: { host } }) => {
    const card = await requireCard(host, input.dataset);
    const { dataset, ...query } = input;
    const { images, total } = await host.reader.ask('datasetImages', {
      ...query,
      directory: host.studio.paths.datasetDir(card.id),
      classNames: card.classNames,
    });
    return {
      total,
      images: images.map((image) => ({
        split: input.split,
        ...image,
        ...datasetPictureUrls(card.id, input.split, image.index),
      })),
    };
  }),
  statistics: api.datasets.statistics.handler(async ({ input, context: { host } }) => {
    const card = await requireCard(host, input.dataset);
    return host.reader.ask('datasetStatistics', { directory: host.studio.paths.datasetDir(card.id), card });
  }),
  quarantine: api.datasets.quarantine.handler(async ({ input, context: { host } }) => {
    const card = await requireCard(host, input.dataset);
    return host.reader.ask('quarantine', {
      directory: host.studio.paths.datasetDir(card.id),
      offset: input.offset,
      limit: input.limit,
    });
  }),
  previewInput: api.datasets.previewInput.handler(async ({ input, context: { host } }) => {
    const card = await requireCard(host, input.dataset);
    const directory = host.studio.paths.datasetDir(card.id);
    // Without a network yet, the smallest one decides nothing but the size that suits the data.
    const model = getModel(input.model ?? 'vgg11');
    const request = parseRunRequest({
      model: { name: model.name },
      dataset: card.id,
      preprocessing: input.preprocessing,
      augmentation: input.augmentation,
    });
    const preprocessing = resolvePreprocessing(request.preprocessing, card, model);
    const { pictures } = await host.reader.ask('trainedPictures', {
      directory,
      root: card.root,
      split: input.split,
      classIds: card.classIds,
      spread: input.count,
    });
    // Only training pictures are augmented.
    const spec = {
      preprocessing,
      augmentation: input.split === 'train' ? request.augmentation : NO_AUGMENTATION,
      seed: input.seed,
      epoch: input.epoch,
    };
    return {
      size: preprocessing.size,
      images: pictures.flatMap((picture) =>
        picture === null
          ? []
          : [
              {
                path: picture.path,
                label: picture.label,
                original: datasetPictureUrls(card.id, input.split, picture.place).thumbnail,
                seen: inputUrl(card.id, input.split, picture.place, spec),
              },
            ],
      ),
    };
  }),
};
