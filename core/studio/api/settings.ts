/** Handlers of settings, of what the data folder takes, and of the trash as a whole. */
import { rm, stat } from 'node:fs/promises';
import type { DiskUse } from '../../../contract/api/settings.ts';
import { diskSpaceAt } from '../../files/freeSpace.ts';
import { findLitter } from '../records/litter.ts';
import { folderSize } from '../host/folderSize.ts';
import type { StudioHost } from '../host/studioHost.ts';
import { deleteDataset } from './datasets/datasets.ts';
import { api } from './implementer.ts';

async function diskUse({ studio: { paths, context } }: StudioHost): Promise<DiskUse> {
  const disk = await diskSpaceAt(paths.dataDir);
  const [datasetsBytes, runsBytes, evaluationsBytes, predictionsBytes, thumbnailsBytes, exportsBytes] =
    await Promise.all(
      [paths.datasets, paths.runs, paths.evaluations, paths.predictions, paths.thumbnails, paths.exports].map(
        folderSize,
      ),
    );
  const files = await Promise.all(
    ['', '-wal', '-shm'].map((suffix) =>
      stat(paths.database + suffix).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  return {
    dataDir: paths.dataDir,
    ...disk,
    datasetsBytes: datasetsBytes ?? 0,
    runsBytes: runsBytes ?? 0,
    evaluationsBytes: (evaluationsBytes ?? 0) + (predictionsBytes ?? 0),
    thumbnailsBytes: thumbnailsBytes ?? 0,
    exportsBytes: exportsBytes ?? 0,
    litterBytes: (await findLitter(context)).reduce((sum, { bytes }) => sum + bytes, 0),
    databaseBytes: files.reduce((sum, size) => sum + size, 0),
    trashedRuns: (await context.runRows.list({ trashed: true })).runs.length,
    trashedDatasets: (await context.datasets.trashed()).length,
  };
}

export const settingsRouter = {
  get: api.settings.get.handler(({ context: { host } }) => host.settings()),
  set: api.settings.set.handler(({ input, context: { host } }) =>
    host.saveSettings(Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))),
  ),
  diskUse: api.settings.diskUse.handler(({ context: { host } }) => diskUse(host)),
  clearCache: api.settings.clearCache.handler(async ({ context: { host } }) => {
    for (const folder of [host.studio.paths.thumbnails, host.studio.paths.exports])
      await rm(folder, { recursive: true, force: true });
    return { ...(await diskUse(host)), thumbnailsBytes: 0, exportsBytes: 0 };
  }),
  emptyTrash: api.settings.emptyTrash.handler(async ({ context: { host } }) => {
    const { context } = host.studio;
    const { runs, damaged } = await context.runRows.list({ trashed: true });
    for (const { id } of [...runs, ...damaged]) {
      await host.studio.runBook.delete(id);
      host.events.publish({ type: 'runRemoved', runId: id, trashed: false });
    }
    let datasets = 0;
    for (const { card } of await context.datasets.trashed()) {
      if ((await context.runs.countForDataset(card.id)).active > 0) continue;
      await deleteDataset(host, card);
      datasets++;
      host.events.publish({ type: 'datasetRemoved', datasetId: card.id, trashed: false });
    }
    return { runs: runs.length + damaged.length, datasets };
  }),
};
