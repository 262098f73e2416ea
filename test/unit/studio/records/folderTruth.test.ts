/** What only a database could lose: settings, the queue, and the order in which a run's diary reaches the disk. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import { Settings } from '../../../../contract/api/settings.ts';
import { metricPoint } from '../../../../contract/metrics.ts';
import { writeDurableFileSync } from '../../../../core/files/durableFile.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import { QueueSettings } from '../../../../core/studio/host/runQueue.ts';
import { studioPaths } from '../../../../core/studio/records/paths.ts';
import { type RunRecords, withJournal } from '../../../../core/studio/records/runJournal.ts';
import { temporaryFolder } from '../../db/fixtures.ts';
import { copyFashionImages } from '../../../support/fashionImages.ts';

const open: Studio[] = [];

/** Two classes of the sample. */
function images(): string {
  const folder = temporaryFolder();
  copyFashionImages(folder, { classes: ['trouser', 'bag'], images: { train: 32, val: 2 } });
  return folder;
}

afterEach(async () => {
  for (const studio of open.splice(0)) await studio.close();
});

async function openStudio(dataDir: string): Promise<Studio> {
  const studio = await createStudio({ dataDir, fork: forkJob });
  open.push(studio);
  return studio;
}

async function loseDatabase(dataDir: string): Promise<Studio> {
  for (const studio of open.splice(0)) await studio.close();
  for (const name of fs.readdirSync(dataDir)) if (name.startsWith('quorum.sqlite')) fs.rmSync(join(dataDir, name));
  return openStudio(dataDir);
}

const waiting = async ({ context }: Studio): Promise<string[]> => (await context.queue.waiting()).map(({ id }) => id);
const stateOf = async (studio: Studio, id: string): Promise<string> => (await studio.runs.show(id)).state;

describe('without its database', () => {
  test('a data folder still has the settings, and the queue in its order', async () => {
    const dataDir = temporaryFolder();
    const studio = await openStudio(dataDir);
    const { context } = studio;
    const ids: string[] = [];
    const { id: dataset } = await studio.datasets.import({ path: images(), name: 'sample' });
    for (const seed of [1, 2, 3, 4])
      ids.push((await studio.runs.create({ model: { name: 'vgg11' }, dataset, seed })).id);
    const [first = '', second = '', third = '', begun = ''] = ids;
    const settings = Settings.parse({ theme: 'dark', threads: 3, views: { runs: ['lr'] } });
    const queue = QueueSettings.parse({ paused: true, pausedReason: 'by hand' });
    await context.settings.write('settings', settings);
    await context.settings.write('queue', queue);
    await context.queue.add(ids, 'back');
    await context.queue.move(third, first);
    expect(await context.queue.take(second, 'stopped')).toBe(true);
    expect(await context.queue.claim(begun, context.owner, context.leases)).toBe('claimed');
    await context.runs.beginAttempt(begun, 0);
    await context.leases.release(begun, context.owner);
    // A crash came before its start was noted in the queue's file.
    fs.writeFileSync(studio.paths.queueFile, JSON.stringify({ waiting: [third, begun, first] }));
    const again = await loseDatabase(dataDir);
    expect(again.rebuilt?.problems).toEqual([]);
    expect(await waiting(again)).toEqual([third, first]);
    expect(await Promise.all(ids.map((id) => stateOf(again, id)))).toEqual([
      'queued',
      'stopped',
      'queued',
      'interrupted',
    ]);
    expect([
      await again.context.settings.read('settings', Settings),
      await again.context.settings.read('queue', QueueSettings),
    ]).toEqual([settings, queue]);
    // And a run that had waited, ended and waits anew.
    await again.context.queue.add([begun], 'front');
    expect(await waiting(await loseDatabase(dataDir))).toEqual([begun, third, first]);
  });

  test('runs are of the group that their settings name, or the journal of an older version', async () => {
    const dataDir = temporaryFolder();
    const studio = await openStudio(dataDir);
    const { id: dataset } = await studio.datasets.import({ path: images(), name: 'sample' });
    const request = { model: { name: 'vgg11' }, dataset };
    const pair = await studio.runs.createAll([
      { ...request, seed: 1 },
      { ...request, seed: 2 },
    ]);
    const alone = await studio.runs.create(request);
    const older = { call: 'annotate', change: { groupId: 'g-older' } };
    fs.appendFileSync(join(studio.paths.runDir(alone.id), 'journal.jsonl'), `${JSON.stringify(older)}\n`);
    const { runs } = await (await loseDatabase(dataDir)).runBook.list({ trashed: false });
    const groups = new Map(runs.map(({ id, group }) => [id, group]));
    expect(pair.runs.map(({ id }) => groups.get(id))).toEqual([pair.group, pair.group]);
    expect(groups.get(alone.id)).toBe('g-older');
  });

  test('a damaged list of waiting runs and a damaged setting are named, left alone, and keep nothing from opening', async () => {
    const dataDir = temporaryFolder();
    const studio = await openStudio(dataDir);
    const { settingsFile, queueFile } = studio.paths;
    await studio.datasets.import({ path: images(), name: 'sample' });
    await studio.context.settings.write('settings', { theme: 'light' });
    for (const path of [settingsFile('settings'), queueFile]) fs.writeFileSync(path, '{"waiting": [');
    const again = await loseDatabase(dataDir);
    expect(again.rebuilt?.problems.map(({ path }) => path)).toEqual([settingsFile('settings'), queueFile]);
    expect(fs.readFileSync(queueFile, 'utf8')).toBe('{"waiting": [');
    expect((await again.datasets.list()).datasets).toHaveLength(1);
  });
});

/** Writes, syncs and renames of files by name, in order, while `work` runs. */
async function disk(work: (note: (what: string) => void) => Promise<void> | void): Promise<string[]> {
  const { openSync, writeSync, fsyncSync, renameSync } = fs;
  const names = new Map<number, string>();
  const seen: string[] = [];
  const note = (what: string): void => {
    if (seen.at(-1) !== what) seen.push(what);
  };
  Object.assign(fs, {
    openSync: (path: string, flags: string, mode?: number) => {
      const file = openSync(path, flags, mode);
      names.set(file, basename(path));
      return file;
    },
    writeSync: (file: number, ...rest: [Buffer]) => {
      note(`write ${names.get(file)}`);
      return writeSync(file, ...rest);
    },
    fsyncSync: (file: number) => {
      note(`sync ${names.get(file)}`);
      fsyncSync(file);
    },
    renameSync: (from: string, to: string) => {
      note(`rename ${basename(from)} to ${basename(to)}`);
      renameSync(from, to);
    },
  });
  syncBuiltinESMExports();
  try {
    await work(note);
  } finally {
    Object.assign(fs, { openSync, writeSync, fsyncSync, renameSync });
    syncBuiltinESMExports();
  }
  return seen;
}

test('a small file is written beside, synced, renamed, and its folder synced', async () => {
  const folder = temporaryFolder();
  const seen = await disk(() => {
    writeDurableFileSync(join(folder, 'x.json'), '{}');
  });
  const [, temporary] = /^write (\S+)$/.exec(seen[0] ?? '') ?? [];
  expect(temporary).toMatch(/^\.x\.json\..*\.partial$/);
  expect(seen).toEqual([
    `write ${temporary}`,
    `sync ${temporary}`,
    `rename ${temporary} to x.json`,
    `sync ${basename(folder)}`,
  ]);
});

test("a run's diary is on the disk before the database says so: at its making, at every epoch's end and every change of state; steps within an epoch go along with the next", async () => {
  const paths = studioPaths(temporaryFolder());
  fs.mkdirSync(paths.runDir('r'), { recursive: true });
  const seen = await disk(async (note) => {
    const told = (): Promise<void> => {
      note('database');
      return Promise.resolve();
    };
    const { runs } = withJournal(
      {
        runs: { create: told, update: told, recordPoints: told } as unknown as RunRecords['runs'],
        runRows: {} as RunRecords['runRows'],
      },
      paths,
    );
    await runs.create({ id: 'r', spec: {} as never });
    await runs.update('r', { state: 'training' });
    await runs.recordPoints('r', [metricPoint('lr', 3, 0.5, 1)], { step: 3, epoch: 0.5 });
    await runs.recordPoints('r', [metricPoint('val/loss', 6, 1, 0.5)], { step: 6, epoch: 1, bestEpoch: 1 });
  });
  expect(seen).toEqual([
    'write journal.jsonl',
    'sync journal.jsonl',
    'sync r',
    'database',
    'write journal.jsonl',
    'sync journal.jsonl',
    'database',
    'write journal.jsonl',
    'database',
    'write journal.jsonl',
    'sync journal.jsonl',
    'database',
  ]);
});
