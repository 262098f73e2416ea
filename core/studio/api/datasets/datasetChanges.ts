/** Handlers of duplicates and of changes to single pictures. */
import { duplicatesJob } from '../../../../contract/api/datasets/datasetChanges.ts';
import type { DatasetCard } from '../../../../contract/dataset.ts';
import { StudioError } from '../../../../contract/errors.ts';
import { datasetPictureUrls } from '../../host/mediaPath.ts';
import type { StudioHost } from '../../host/studioHost.ts';
import { api } from '../implementer.ts';

/** @throws {StudioError} `dataset.notFound` */
async function require({ studio }: StudioHost, id: string): Promise<DatasetCard> {
  const card = await studio.context.datasets.find(id);
  if (!card)
    throw new StudioError('dataset.notFound', `There is no data set "${id}".`, {
      remedy: 'Go back to the list of data sets.',
    });
  return card;
}

export const datasetChangesRouter = {
  compare: api.datasetChanges.compare.handler(async ({ input, context: { host } }) => {
    const { id, name } = await require(host, input.dataset);
    return {
      jobId: host.jobs.start({
        kind: duplicatesJob,
        title: `Compare the images of ${name}`,
        subjectId: id,
        async run(work) {
          await host.studio.datasets.duplicates(id, work);
          return { datasetId: id };
        },
      }),
    };
  }),
  duplicates: api.datasetChanges.duplicates.handler(async ({ input: { dataset, ...page }, context: { host } }) => {
    const { id } = await require(host, dataset);
    const found = await host.reader.ask('duplicates', { directory: host.studio.paths.datasetDir(id), ...page });
    if (!found) return null;
    return {
      summary: { ...found.report, total: found.total },
      groups: found.groups.map((group) => ({
        ...group,
        pictures: group.pictures.map((picture) => ({
          ...picture,
          ...datasetPictureUrls(id, picture.split, picture.index),
        })),
      })),
    };
  }),
  overlay: api.datasetChanges.overlay.handler(async ({ input, context: { host } }) =>
    host.studio.datasets.overlay((await require(host, input.dataset)).id),
  ),
  change: api.datasetChanges.change.handler(async ({ input, context: { host } }) => {
    const { id } = await require(host, input.dataset);
    const overlay = await host.studio.datasets.overlay(id, input.changes);
    await host.tellDataset(id);
    return overlay;
  }),
};
