import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ORPCError } from '@orpc/client';
import { exportVotesJob, selectEnsembleJob } from '../../contract/api/ensembles.ts';
import { evaluateJob } from '../../contract/api/evaluations.ts';
import type { StudioClient } from '../../contract/api/contract.ts';
import { studioContract } from '../../contract/api/contract.ts';
import { StudioEvent } from '../../contract/api/events.ts';
import { QueueState } from '../../contract/api/runs/queue.ts';
import { parseSeries, RunRow, RunSeries } from '../../contract/api/runs/runTypes.ts';
import { openDataset } from '../../core/data/set/openDataset.ts';
import { refusePicture } from '../../core/data/set/overlay.ts';
import { studioRouter } from '../../core/studio/api/router.ts';
import type { StudioHost } from '../../core/studio/host/studioHost.ts';
import {
  endOf,
  importPictures,
  makePictures,
  openHost,
  portClient,
  removeFolder,
  resultOf,
  temporaryFolder,
  tinyRun,
  until,
} from './openHost.ts';

let folder = '';
let host: StudioHost;
let client: StudioClient;
let dataset = '';
const faults: unknown[] = [];
const events: StudioEvent[] = [];
const listening = new AbortController();

beforeAll(async () => {
  folder = temporaryFolder();
  makePictures(join(folder, 'pictures'));
  host = await openHost(join(folder, 'data'), [join(folder, 'pictures')]);
  ({ client } = portClient(host, faults));
  const subscription = await client.events.subscribe({}, { signal: listening.signal });
  void (async () => {
    for await (const event of subscription) events.push(event);
  })().catch(() => undefined);
  dataset = await importPictures(client);
});
afterAll(async () => {
  listening.abort();
  await host.close();
  removeFolder(folder);
});

test('every procedure of the contract has a handler', () => {
  const names = (tree: object): string[] =>
    Object.entries(tree)
      .flatMap(([group, calls]) => Object.keys(calls as object).map((call) => `${group}.${call}`))
      .sort();
  expect(names(studioRouter)).toEqual(names(studioContract));
});

test('a folder is looked at before it is imported', async () => {
  const job = await endOf(
    client,
    await client.datasets.inspect({ source: { kind: 'folder', folder: { root: 'root-1', path: '' } } }),
  );
  expect(job.result).toMatchObject({
    preview: {
      layout: 'class-folders',
      classNames: ['bag', 'coat', 'sneaker'],
      problemCount: 0,
      sampled: { decoded: 150, failed: 0, grayOnly: true, commonSize: { width: 28, height: 28 }, otherSizes: 0 },
    },
  });
});

test('a list in a folder that may be seen does not show images outside of it', async () => {
  const outside = join(folder, 'outside');
  makePictures(outside);
  const bag = join(outside, 'train', 'bag');
  const rows = readdirSync(bag)
    .slice(0, 4)
    .map((name, i) => {
      // a name that is not found inside either
      const path = join(bag, `only-outside-${name}`);
      renameSync(join(bag, name), path);
      return `${path},${'ab'[i % 2]}`;
    });
  writeFileSync(join(folder, 'pictures', 'list.csv'), ['path,label', ...rows, ''].join('\n'));
  const source = { kind: 'folder', folder: { root: 'root-1', path: 'list.csv' } } as const;
  const job = await endOf(client, await client.datasets.inspect({ source }));
  rmSync(join(folder, 'pictures', 'list.csv'));
  expect(job.error).toMatchObject({ code: 'dataset.notFound' });
});

test('the data set is listed with its figures, its pictures come by page, class and search', async () => {
  const {
    datasets: [row],
  } = await client.datasets.list({});
  expect(row).toMatchObject({ id: dataset, name: 'Pictures', runs: 0, trashedAt: null });
  expect(row?.samples).toHaveLength(8);
  const page = await client.datasets.images({ dataset, split: 'test', offset: 5, limit: 10 });
  expect(page.total).toBe(30);
  expect(page.images.map(({ index }) => index)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  const coats = await client.datasets.images({ dataset, split: 'test', classIndex: 1 });
  expect([coats.total, new Set(coats.images.map(({ label }) => label))]).toEqual([10, new Set([1])]);
  expect((await client.datasets.images({ dataset, split: 'test', search: 'SNEAK' })).total).toBe(10);
  expect((await client.datasets.images({ dataset, split: 'test', search: 'no such' })).total).toBe(0);
  const renamed = await client.datasets.renameClass({ dataset, classIndex: 1, name: 'jacket' });
  expect([renamed.classIds, renamed.classNames]).toEqual([
    ['bag', 'coat', 'sneaker'],
    ['bag', 'jacket', 'sneaker'],
  ]);
  await expect(client.datasets.renameClass({ dataset, classIndex: 1, name: 'bag' })).rejects.toThrow(/already/);
  await client.datasets.renameClass({ dataset, classIndex: 1, name: 'coat' });
  const statistics = await client.datasets.statistics({ dataset });
  expect(statistics.sizes).toEqual([{ width: 28, height: 28, count: 150 }]);
  expect(statistics.fileSizes.reduce((sum, bin) => sum + bin.count, 0)).toBe(150);
  expect(await client.datasets.quarantine({ dataset })).toEqual({ pictures: [], total: 0 });
});

test('thumbnails, the pictures and what a network sees have addresses that answer', async () => {
  const {
    images: [image],
  } = await client.datasets.images({ dataset, split: 'train', limit: 1 });
  const {
    images: [seen],
  } = await client.datasets.previewInput({ dataset, count: 1, augmentation: { flip: true, cropPadding: 4 } });
  for (const address of [image?.thumbnail, image?.full, seen?.original, seen?.seen]) {
    const file = await host.media.find(address ?? '', new URLSearchParams());
    const content = file?.open();
    expect(file?.contentType).toBe('image/webp');
    expect(Buffer.isBuffer(content) && content.subarray(8, 12).toString()).toBe('WEBP');
  }
  expect(await host.media.find(image?.thumbnail.replace('/0/', '/9999/') ?? '', new URLSearchParams())).toBeNull();
  const again = await client.datasets.previewInput({
    dataset,
    count: 1,
    epoch: 1,
    augmentation: { flip: true, cropPadding: 4 },
  });
  const bytes = async (address = ''): Promise<Buffer> =>
    (await host.media.find(address, new URLSearchParams()))?.open() as Buffer;
  expect((await bytes(again.images[0]?.seen)).equals(await bytes(seen?.seen))).toBe(false);
});

test('causes that a user can act on cross as data, fields named', async () => {
  const refused = client.runs.forecast(tinyRun(dataset, { lr: -1, batchSize: 0 }));
  await expect(refused).rejects.toBeInstanceOf(ORPCError);
  await expect(refused).rejects.toMatchObject({
    code: 'STUDIO',
    defined: true,
    data: { code: 'input.invalid', details: { fields: [{ field: 'batchSize' }, { field: 'lr' }] } },
  });
  const tooWide = tinyRun(dataset, { augmentation: { cropPadding: 64 } });
  await expect(client.runs.create({ request: tooWide })).rejects.toMatchObject({
    data: { code: 'run.badSpec', details: { fields: [{ field: 'augmentation.cropPadding' }] } },
  });
  await expect(client.runs.forecast(tinyRun('d-none'))).rejects.toMatchObject({ data: { code: 'dataset.notFound' } });
  await expect(
    client.datasets.inspect({ source: { kind: 'folder', folder: { root: 'root-1', path: '../..' } } }),
  ).rejects.toMatchObject({ data: { code: 'file.notFound' } });
  await expect(client.datasets.import({ source: { kind: 'sample', sample: '../samples' } })).rejects.toMatchObject({
    data: { code: 'dataset.notFound' },
  });
});

test('settings keep what a change leaves out', async () => {
  expect(await client.settings.set({ theme: 'light' })).toMatchObject({ theme: 'light', threads: null });
  expect(await client.settings.set({ threads: 1 })).toMatchObject({ theme: 'light', threads: 1 });
  expect(await client.settings.get()).toMatchObject({ theme: 'light', threads: 1 });
});

test('a forecast says what will happen, a schedule is drawn', async () => {
  const forecast = await client.runs.forecast(tinyRun(dataset));
  expect(forecast).toMatchObject({ stepsPerEpoch: 2, totalSteps: 2, fits: 'yes' });
  expect(forecast.learnable).toBe(
    (
      await client.models.describe({
        name: 'vgg11',
        size: forecast.spec.preprocessing.size,
        channels: 1,
        classes: 3,
        options: { widthFactor: 0.05, headWidth: 8 },
      })
    ).learnable,
  );
  const curve = await client.schedule.curve({ schedule: { kind: 'cosine' }, lr: 0.1, epochs: 10 });
  expect([curve.lr[0], curve.lr.length]).toEqual([0.1, curve.epochs.length]);
  expect(curve.lr.at(-1)).toBeLessThan(1e-4);
});

test('two networks are queued, trained one after another, vote, and the CSV is written; what was told is what is stored', async () => {
  const { runs, group } = await client.runs.createMany({
    requests: [1, 2].map((seed) => tinyRun(dataset, { name: `pair, seed ${seed}`, seed })),
  });
  expect(runs.map(({ name, group }) => [name, group])).toEqual([
    ['pair, seed 1', group],
    ['pair, seed 2', group],
  ]);
  await until(
    () => client.queue.list(),
    ({ running, waiting }) => running.length + waiting.length === 0,
    120,
  );
  const { runs: rows } = await client.runs.list({});
  expect(rows.map(({ state }) => state)).toEqual(['finished', 'finished']);
  // One at a time: the second began after the first had ended.
  const [second, first] = rows;
  expect((second?.startedAt ?? '') >= (first?.endedAt ?? '')).toBe(true);

  const told = events.flatMap((event) => (event.type === 'metrics' && event.runId === first?.id ? event.points : []));
  const [stored] = parseSeries(await client.runs.series({ runs: [{ run: first?.id ?? '' }], maxPoints: 0 }));
  expect(stored?.series.reduce((sum, { steps }) => sum + steps.length, 0)).toBe(told.length);
  for (const { name, step, value } of told) {
    const one = stored?.series.find((candidate) => candidate.name === name);
    expect(one?.values[one.steps.indexOf(step)]).toBe(value);
  }
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => (events[0]?.seq ?? 0) + i));

  const predicted = await endOf(
    client,
    await client.evaluations.predict({ networks: rows.map(({ id }) => id), images: { kind: 'split', split: 'test' } }),
  );
  const vote = { predictions: resultOf(predicted, evaluateJob).evaluationIds, rule: { kind: 'mean' as const } };
  const report = await client.ensembles.vote(vote);
  const all = await client.ensembles.rows(vote);
  expect(report).toMatchObject({ count: 30, labelled: 30, counts: { all: 30 } });
  expect(all.rows.filter(({ truth, decision }) => truth === decision)).toHaveLength(report.vote?.correct ?? -1);
  // each member's class, and the two that it finds most probable after it
  for (const { members } of all.rows)
    for (const { classIndex, probability, next } of members) {
      expect(next).toHaveLength(2);
      expect(next.map((one) => one.classIndex)).not.toContain(classIndex);
      expect(probability).toBeGreaterThanOrEqual(next[0]?.probability ?? NaN);
    }
  expect((await client.ensembles.rows({ ...vote, filter: { show: 'wrong' } })).total).toBe(
    30 - (report.vote?.correct ?? 0),
  );
  const [prediction] = vote.predictions;
  const figures = await client.evaluations.show({ evaluation: prediction ?? '' });
  const mistakes = await client.evaluations.images({
    evaluation: prediction ?? '',
    filter: { outcome: 'wrong', order: 'worstLoss' },
  });
  expect(mistakes.total).toBe(30 - figures.top1Accuracy.correct);
  expect(mistakes.images.map(({ loss }) => loss)).toEqual(
    mistakes.images.map(({ loss }) => loss).sort((a, b) => (b ?? 0) - (a ?? 0)),
  );
  const confusion = await client.evaluations.confusion({ evaluation: prediction ?? '' });
  expect([confusion.total, confusion.cells.filter((_, i) => i % 3 === 2).reduce((a, b) => a + b, 0)]).toEqual([30, 30]);

  const written = await endOf(client, await client.ensembles.export(vote));
  const { file } = resultOf(written, exportVotesJob);
  const csv = join(folder, 'by-hand.csv');
  await host.studio.ensembles.vote({
    members: rows.map(({ id }) => ({ kind: 'run', text: id })),
    images: { kind: 'split', split: 'test' },
    rule: { kind: 'mean' },
    output: csv,
  });
  const download = await host.media.find(decodeURIComponent(file.url), new URLSearchParams());
  expect(download).toMatchObject({ downloadAs: 'predictions.csv', sizeBytes: file.sizeBytes });
  expect(
    readFileSync(join(host.studio.paths.exportDir(file.url.split('/')[3] ?? ''), file.fileName)).equals(
      readFileSync(csv),
    ),
  ).toBe(true);
});

test('images of a split select members and weights, and what they chose is an ensemble', async () => {
  const { runs: rows } = await client.runs.list({});
  const question = { name: 'chosen', members: rows.map(({ id }) => id), split: 'test' as const, steps: 5 };
  const { report } = resultOf(await endOf(client, await client.ensembles.select(question)), selectEnsembleJob);
  const weights = report.members.map(({ count }) => count).filter((count) => count > 0);
  expect(report.members.map(({ memberId }) => memberId)).toEqual(question.members);
  expect(report.ensemble).toMatchObject({ name: 'chosen', rule: { kind: 'weighted', weights } });
  expect(report.ensemble.members.map(({ memberId }) => memberId)).toEqual(
    report.members.flatMap(({ memberId, count }) => (count > 0 ? memberId : [])),
  );
  // half of the thirty images choose, the others say how good the choice is
  expect([report.selecting.images, report.estimate.images]).toEqual([15, 15]);
  expect((await client.ensembles.list()).map(({ name }) => name)).toContain('chosen');
  await expect(client.ensembles.select({ ...question, members: question.members.slice(0, 1) })).rejects.toThrow();
  const again = await endOf(client, await client.ensembles.select(question));
  expect(again).toMatchObject({ state: 'failed', error: { code: 'ensemble.badMembers' } });
});

test('answers that are not checked on their way out are what the contract says, and nothing more', async () => {
  expect(events.length).toBeGreaterThan(20);
  for (const event of events) expect(StudioEvent.parse(event)).toEqual(event);
  const { runs } = await client.runs.list({});
  expect(runs.map((run) => RunRow.parse(run))).toEqual(runs);
  const series = parseSeries(await client.runs.series({ runs: runs.map(({ id }) => ({ run: id })) }));
  expect(series.map((one) => RunSeries.parse(one))).toEqual(series);
  const queue = await client.queue.list();
  expect(QueueState.parse(queue)).toEqual(queue);
});

test('a run goes into the trash, out of it, and away for good', async () => {
  const {
    runs: [run],
  } = await client.runs.list({});
  const id = run?.id ?? '';
  await client.runs.update({ run: id, note: 'the better one', tags: ['keep'] });
  await client.runs.remove({ run: id });
  expect((await client.runs.list({})).runs.map((row) => row.id)).not.toContain(id);
  expect((await client.runs.list({ trashed: true })).runs).toMatchObject([
    { id, note: 'the better one', tags: ['keep'] },
  ]);
  await client.runs.restore({ run: id });
  expect((await client.runs.list({})).runs.map((row) => row.id)).toContain(id);
  await client.runs.delete({ run: id });
  await expect(client.runs.show({ run: id })).rejects.toMatchObject({ data: { code: 'run.notFound' } });
});

test('a picture that a training had to leave out is counted with the others', async () => {
  const folder = host.studio.paths.datasetDir(dataset);
  const {
    images: [image],
  } = await client.datasets.images({ dataset, split: 'train', limit: 1 });
  const opened = await openDataset(folder);
  expect(
    await refusePicture(opened, join(opened.card.root, image?.path ?? ''), 'it crashes the decoder (SIGSEGV)'),
  ).toBe(true);
  expect(await client.datasets.show({ dataset })).toMatchObject({ quarantined: 0, refused: 1 });
  expect(await client.datasets.quarantine({ dataset })).toEqual({
    pictures: [{ path: image?.path, split: 'train', reason: 'it crashes the decoder (SIGSEGV)' }],
    total: 1,
  });
  await host.studio.datasets.overlay(dataset, null);
  expect(await client.datasets.show({ dataset })).toMatchObject({ refused: 0 });
});

test('a data set goes into the trash and comes back', async () => {
  await client.datasets.remove({ dataset });
  expect((await client.datasets.list({})).datasets).toEqual([]);
  expect((await client.datasets.list({ trashed: true })).datasets).toMatchObject([{ id: dataset }]);
  await client.datasets.restore({ dataset });
  expect((await client.datasets.list({})).datasets).toMatchObject([{ id: dataset }]);
});

test('nothing in all this was a fault', () => {
  expect(faults).toEqual([]);
});
