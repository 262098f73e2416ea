/** Handlers of everything small: networks, presets, jobs, engine, files, settings, home, events. */
import { rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelRow } from '../../../contract/api/models.ts';
import type { DiskUse } from '../../../contract/api/settings.ts';
import { locateEngine } from '../../provision/installation.ts';
import { folderSize } from '../host/folderSize.ts';
import type { StudioHost } from '../host/studioHost.ts';
import { PRESETS } from '../runs/presets.ts';
import { deleteDataset } from './datasets.ts';
import { api } from './implementer.ts';

let modelRows: ModelRow[] | null = null;
/** The registry never changes; every network is built symbolically for its figures. */
const listRows = ({ studio: { models } }: StudioHost): ModelRow[] =>
  models.list().map(({ preprocessing, ...card }) => {
    const { learnable, multiplyAdds } = models.describe({ name: card.name });
    return {
      ...card,
      learnable,
      multiplyAdds,
      aliases: [...card.aliases],
      published: [...card.published],
      supports: [...card.supports],
      preprocessing: preprocessing && { ...preprocessing, mean: [...preprocessing.mean], std: [...preprocessing.std] },
    };
  });

export const modelsRouter = {
  list: api.models.list.handler(({ context: { host } }) => (modelRows ??= listRows(host))),
  describe: api.models.describe.handler(({ input, context: { host } }) => {
    const { size, ...rest } = input;
    const {
      card,
      layers,
      stages,
      input: shape,
      ...figures
    } = host.studio.models.describe({ ...rest, ...(size !== undefined && { size }) });
    return {
      ...figures,
      name: card.name,
      input: [...shape],
      stages: stages.map(({ side, blocks }) => ({
        side,
        blocks: blocks.map((block) => ({ ...block, steps: [...block.steps], output: [...block.output] })),
      })),
      layers: layers.map(
        ({ name, kind, input: from, output, kernel, stride, learnable, multiplyAdds, receptiveField }) => ({
          name,
          kind,
          input: [...from],
          output: [...output],
          ...(kernel && { kernel: [...kernel] }),
          ...(stride !== undefined && { stride }),
          learnable,
          multiplyAdds,
          receptiveField,
        }),
      ),
    };
  }),
};

export const presetsRouter = {
  list: api.presets.list.handler(() => PRESETS.map((preset) => ({ ...preset, settings: [...preset.settings] }))),
};

export const jobsRouter = {
  list: api.jobs.list.handler(({ context: { host } }) => host.jobs.list()),
  show: api.jobs.show.handler(({ input, context: { host } }) => host.jobs.show(input.job)),
  cancel: api.jobs.cancel.handler(({ input, context: { host } }) => host.jobs.cancel(input.job)),
};

export const engineRouter = {
  status: api.engine.status.handler(({ input, context: { host } }) => host.reader.ask('engineStatus', input)),
  install: api.engine.install.handler(({ input, context: { host } }) => ({
    jobId: host.jobs.start({
      kind: 'installEngine',
      title: `Install the engine for ${input.device === 'gpu' ? 'NVIDIA GPUs' : 'the CPU'}`,
      lane: 'install',
      async run({ signal, onProgress }) {
        const installed = await host.studio.engine.install(input.device, {
          signal,
          onProgress: ({ stage, label, done, total, bytesPerSec, secondsLeft }) =>
            onProgress({ stage: `${stage} ${label}`, done, total, perSec: bytesPerSec ?? 0, secondsLeft }),
        });
        host.events.publish({ type: 'engine' });
        return { kind: 'engine', folder: installed.folder };
      },
    }),
  })),
  test: api.engine.test.handler(({ input, context: { host } }) => ({
    jobId: host.jobs.start({
      kind: 'testEngine',
      title: 'Test the engine',
      lane: 'compute',
      ready: (signal) => host.deviceFree(host.queue.laneOf(input.device), signal),
      run: async (work) => ({ kind: 'engineTest', report: await host.studio.engine.test(input, work) }),
    }),
  })),
};

export const filesRouter = {
  roots: api.files.roots.handler(({ context: { host } }) => host.roots.list()),
  browse: api.files.browse.handler(({ input, context: { host } }) => host.roots.browse(input.folder, input.limit)),
  forget: api.files.forget.handler(({ input, context: { host } }) => {
    host.roots.forget(input.root);
    host.events.publish({ type: 'files' });
    return host.roots.list();
  }),
};

async function diskUse({ studio: { paths, context } }: StudioHost): Promise<DiskUse> {
  const disk = await statfs(paths.dataDir);
  const [datasetsBytes, runsBytes, predictionsBytes, thumbnailsBytes, exportsBytes] = await Promise.all(
    [paths.datasets, paths.runs, join(paths.dataDir, 'predictions'), paths.thumbnails, paths.exports].map(folderSize),
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
    freeBytes: disk.bavail * disk.bsize,
    totalBytes: disk.blocks * disk.bsize,
    datasetsBytes: datasetsBytes ?? 0,
    runsBytes: runsBytes ?? 0,
    predictionsBytes: predictionsBytes ?? 0,
    thumbnailsBytes: thumbnailsBytes ?? 0,
    exportsBytes: exportsBytes ?? 0,
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

export const homeRouter = {
  summary: api.home.summary.handler(async ({ context: { host } }) => {
    const installed = (['gpu', 'cpu'] as const).filter((device) => locateEngine(device) !== null);
    const engine = locateEngine('gpu') ?? locateEngine('cpu');
    const disk = await statfs(host.studio.paths.dataDir);
    return {
      engine: {
        device: installed[0] ?? ('wasm' as const),
        installed,
        tfVersion: engine?.tfVersion ?? null,
        notice: engine
          ? null
          : 'The native engine is not installed; it is installed when something first needs it, or in Settings.',
      },
      disk: { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize },
    };
  }),
  host: api.home.host.handler(async ({ context: { host } }) => ({
    kind: host.kind,
    version: host.version,
    platform: `${process.platform}-${process.arch}`,
    dataDir: host.studio.paths.dataDir,
    ...(await host.machine.read()),
  })),
  notices: api.home.notices.handler(({ context: { host } }) => [...host.notices()]),
  dismissNotices: api.home.dismissNotices.handler(({ context: { host } }) => {
    host.dismissNotices();
  }),
};

export const eventsRouter = {
  subscribe: api.events.subscribe.handler(({ input, context: { host }, signal }) =>
    host.events.subscribe(input.after, signal),
  ),
};
