/**
 * The state corpus S01 … S16: data folders as crashes, disks and people leave them. Each opens with a named message,
 * and nothing is deleted.
 */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import { keyedRandom } from '../../../../core/data/random.ts';
import { openDatabase } from '../../../../core/db/open.ts';
import { createSettingsRepository } from '../../../../core/db/settingsRepository.ts';
import { Settings } from '../../../../contract/api/settings.ts';
import { createStudio, type Studio, type StudioOptions } from '../../../../core/studio/createStudio.ts';
import { checkpointToResume } from '../../../../core/train/checkpoint.ts';
import { noTensorFlow } from '../../../support/engines.ts';
import { LENET } from '../../../support/lenet.ts';
import { temporaryFolder } from '../../db/fixtures.ts';
import { copyFashionImages } from '../../../support/fashionImages.ts';

const SMALL = {
  model: LENET,
  preprocessing: { size: 32 },
  batchSize: 32,
  epochs: 3,
  lr: 1e-3,
  limit: { train: 64, val: 32 },
  device: 'cpu',
};

const open: Studio[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const studio of open.splice(0)) await studio.close();
});

async function openStudio(dataDir: string, options: Partial<StudioOptions> = {}): Promise<Studio> {
  const studio = await createStudio({ dataDir, fork: forkJob, ...options });
  open.push(studio);
  return studio;
}

/** What a user sees of a data folder, times of day apart. */
async function contents(studio: Studio): Promise<unknown> {
  const { runs, damaged } = await studio.runs.list();
  return {
    damaged,
    datasets: (await studio.datasets.list()).datasets,
    ensembles: await studio.ensembles.list(),
    evaluations: (await studio.evaluations.list()).map(({ path, ...rest }) => ({ ...rest, path: basename(path) })),
    runs: await Promise.all(
      runs.map(async (run) => ({
        ...run,
        metrics: await studio.runs.metrics(run.id),
        checkpoints: (await studio.runs.show(run.id)).checkpoints.map(({ path, ...rest }) => ({
          ...rest,
          path: basename(path),
        })),
      })),
    ),
  };
}

/** Every file below `folder` but the database's own, with its size. */
function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('quorum.sqlite') && statSync(join(folder, name)).isFile())
    .map((name) => `${name} ${statSync(join(folder, name)).size}`)
    .sort();
}

describe.skipIf(noTensorFlow !== null)('a data folder with two runs, predictions and an ensemble', () => {
  let own = '';
  let original = '';
  let before: unknown;
  let dataset = '';
  let first = '';
  let second = '';
  const database = (dataDir: string): string => join(dataDir, 'quorum.sqlite');

  beforeAll(async () => {
    own = mkdtempSync(join(tmpdir(), 'quorum-state-'));
    original = join(own, 'data');
    const images = join(own, 'images');
    copyFashionImages(images, { images: { train: 8, val: 4 } });
    const studio = await createStudio({ dataDir: original, fork: forkJob });
    ({ id: dataset } = await studio.datasets.import({ path: images, name: 'sample' }));
    const ids: string[] = [];
    for (const seed of [1, 2]) {
      const { id } = await studio.runs.create({ ...SMALL, dataset, seed, name: `run ${seed}` });
      await studio.runs.start(id);
      await studio.runs.wait(id);
      ids.push(id);
    }
    [first, second] = ids as [string, string];
    await studio.context.runRows.annotate(first, { note: 'kept', tags: ['a', 'b'] });
    await studio.ensembles.create({ name: 'both', members: ids.map((text) => ({ kind: 'run', text })) });
    await studio.evaluations.predict({
      network: { kind: 'run', text: first },
      images: { kind: 'split', split: 'val' },
    });
    before = await contents(studio);
    await studio.close();
  });
  afterAll(() => {
    if (own !== '') rmSync(own, { recursive: true, force: true });
  });

  function copy(): string {
    const dataDir = join(temporaryFolder(), 'data');
    cpSync(original, dataDir, { recursive: true });
    return dataDir;
  }

  const damages: readonly (readonly [what: string, damage: (path: string) => void, aside: boolean])[] = [
    ['S01 the database has 0 bytes', (path) => writeFileSync(path, ''), false],
    ['S02 its first page is zeroed', (path) => overwrite(path, (bytes) => bytes.fill(0, 0, 4096)), true],
    [
      'S03 the middle of it is overwritten',
      (path) => overwrite(path, (bytes) => bytes.fill(0xaa, 8192, 8192 + 5 * 4096)),
      true,
    ],
    ['S07 it is no database', (path) => writeFileSync(path, '<html>not found</html>'.repeat(400)), true],
    ['it is gone', (path) => rmSync(path), false],
  ];

  test.each(damages)('%s: it is made anew from the folders, complete, and says so', async (_, damage, aside) => {
    const dataDir = copy();
    damage(database(dataDir));
    const kept = files(dataDir);
    const studio = await openStudio(dataDir);
    expect(studio.notices[0]).toMatch(
      aside
        ? /was damaged\. It lies as .*damaged-.* made from the folders: 2 runs, \d+ checkpoints, 1 data set \(/
        : /made anew from the folders: 2 runs, \d+ checkpoints, 1 data set \(/,
    );
    expect(studio.rebuilt).toMatchObject({ runs: 2, datasets: 1, evaluations: 1, ensembles: 1, problems: [] });
    expect(await contents(studio)).toEqual(before);
    expect(files(dataDir).filter((file) => !file.includes('journal') && !file.startsWith('job.log'))).toEqual(
      kept.filter((file) => !file.includes('journal') && !file.startsWith('job.log')),
    );
    if (aside) expect(readdirSync(dataDir).some((name) => name.startsWith('quorum.sqlite.damaged-'))).toBe(true);
    expect((await openStudio(dataDir)).rebuilt).toBeNull();
  });

  test('S03 a page turned over, 100 seeds: opened as it was, or named and made anew; never another content', async () => {
    const source = readFileSync(database(original));
    const pages = source.length / 4096;
    const path = join(temporaryFolder(), 'quorum.sqlite');
    let damaged = 0;
    for (let seed = 0; seed < 100; seed++) {
      const random = keyedRandom(seed, 'page');
      const bytes = Buffer.from(source);
      const start = 4096 * random.int(pages);
      for (let at = start; at < start + 4096; at++) bytes[at] = random.int(256);
      writeFileSync(path, bytes);
      for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
      try {
        await (await openDatabase(path)).close();
      } catch (error) {
        damaged++;
        expect(error).toMatchObject({ code: expect.stringMatching(/^database\.(damaged|foreign|newer)$/) });
        expect(existsSync(path)).toBe(true);
      }
    }
    expect(damaged).toBeGreaterThan(70);
  });

  test.each(['cut', 'of another database', 'deleted'])(
    'S04 the write-ahead log is %s: what was committed before it is there, or all is made anew',
    async (what) => {
      const dataDir = copy();
      const path = database(dataDir);
      const writer = new Sqlite(path);
      writer.pragma('wal_autocheckpoint = 0');
      writer.prepare('update runs set note = ? where id = ?').run('in the log', first);
      // As a killed process leaves it: copied while a connection has it open.
      const left = join(temporaryFolder(), 'data');
      cpSync(dataDir, left, { recursive: true });
      writer.close();
      const log = `${database(left)}-wal`;
      if (what === 'cut') writeFileSync(log, readFileSync(log).subarray(0, 100));
      else if (what === 'deleted')
        for (const suffix of ['-wal', '-shm']) rmSync(database(left) + suffix, { force: true });
      else {
        const other = new Sqlite(join(temporaryFolder(), 'other.sqlite'));
        other.pragma('journal_mode = WAL');
        other.exec('create table x (y); insert into x values (1)');
        copyFileSync(`${other.name}-wal`, log);
        other.close();
        rmSync(`${database(left)}-shm`, { force: true });
      }
      const studio = await openStudio(left);
      const { runs } = await studio.runs.list();
      expect(runs.map(({ id }) => id)).toEqual([second, first]);
      expect(['kept', 'in the log']).toContain(runs[1]?.note);
    },
  );

  test('S05 the shared memory file cannot be written, S08 nor the folder: all can be looked at, and nothing is changed', async () => {
    const dataDir = copy();
    // Root may write anywhere: a folder in the place of the file is refused to everybody.
    if (process.getuid?.() === 0) mkdirSync(`${database(dataDir)}-shm`);
    else chmodSync(dataDir, 0o500);
    const kept = files(dataDir);
    const studio = await openStudio(dataDir);
    expect(studio.notices).toEqual([expect.stringContaining('nothing new can be stored')]);
    expect(await contents(studio)).toEqual(before);
    await expect(studio.runBook.annotate(first, { note: 'new' })).rejects.toMatchObject({ code: 'SQLITE_READONLY' });
    await studio.close();
    chmodSync(dataDir, 0o700);
    expect(files(dataDir)).toEqual(kept);
  });

  test('S06 a newer version wrote it: refused, untouched', async () => {
    const dataDir = copy();
    const newer = new Sqlite(database(dataDir));
    newer.pragma('user_version = 999');
    newer.close();
    const bytes = readFileSync(database(dataDir));
    await expect(openStudio(dataDir)).rejects.toMatchObject({ code: 'database.newer' });
    expect(readFileSync(database(dataDir)).equals(bytes)).toBe(true);
  });

  test('S09 the index contradicts the folders: what is gone is named and not offered, the rest is as it was', async () => {
    const dataDir = copy();
    const checkpoints = join(dataDir, 'runs', first, 'checkpoints');
    const best = readdirSync(checkpoints).sort()[0] ?? '';
    rmSync(join(dataDir, 'runs', second), { recursive: true });
    renameSync(join(checkpoints, best), join(dataDir, 'elsewhere'));
    // The records name the original's paths; in the copy they are the same below the run's own folder.
    const relocated = new Sqlite(database(dataDir));
    relocated.prepare('update checkpoints set path = replace(path, ?, ?)').run(original, dataDir);
    relocated.close();
    const studio = await openStudio(dataDir);
    expect(studio.notices).toEqual([
      expect.stringMatching(new RegExp(`folder of run ${second}.* no longer exists`)),
      expect.stringMatching(new RegExp(`${first}.*no longer in its folder`)),
    ]);
    expect((await studio.runs.show(first)).checkpoints.map(({ path }) => basename(path))).not.toContain(best);
    expect((await studio.runs.show(second)).checkpoints).toEqual([]);
    await expect(studio.runs.resume(second)).rejects.toMatchObject({ code: 'run.noCheckpoint' });
  });

  test.each([
    [
      'S10 a manifest without files',
      (folder: string) => {
        for (const name of readdirSync(folder)) if (name !== 'manifest.json') rmSync(join(folder, name));
      },
      /is missing/,
    ],
    [
      'S11 files without a manifest',
      (folder: string) => {
        rmSync(join(folder, 'manifest.json'));
      },
      /has no manifest/,
    ],
    [
      'a file cut short',
      (folder: string) => {
        writeFileSync(join(folder, 'state.json'), '{');
      },
      /bytes/,
    ],
  ])(
    '%s: a rebuild names the checkpoint and leaves it, resuming goes back to the one before',
    async (_, damage, problem) => {
      const dataDir = copy();
      const checkpoints = join(dataDir, 'runs', first, 'checkpoints');
      const [older = '', newest = ''] = readdirSync(checkpoints).sort().slice(-2);
      damage(join(checkpoints, newest));
      const studio = await openStudio(dataDir, { rebuild: true });
      expect(studio.rebuilt?.problems).toEqual([
        { path: join(checkpoints, newest), problem: expect.stringMatching(problem) },
      ]);
      expect(existsSync(join(checkpoints, newest))).toBe(true);
      expect((await studio.runs.show(first)).checkpoints.at(-1)?.path).toBe(join(checkpoints, older));
      expect(basename((await checkpointToResume(checkpoints))?.path ?? '')).toBe(older);
      expect(readdirSync(checkpoints)).toContain(`.bad-${newest}`);
    },
  );

  test('S12 swapped files of two checkpoints: the hashes tell; resuming goes back, and the index names nothing newer afterwards', async () => {
    const dataDir = copy();
    const studio = await openStudio(dataDir, { rebuild: true });
    const { id } = await studio.runs.create({ ...SMALL, dataset, epochs: 20, seed: 3 });
    await studio.runs.start(id);
    studio.runs.subscribe((_, message) => {
      if (message.type === 'checkpointSaved' && message.checkpoint.epoch === 2)
        void studio.runs.stop(id).catch(() => undefined);
    });
    const stopped = await studio.runs.wait(id);
    const list = (await studio.runs.show(id)).checkpoints;
    const [older, newest] = list.slice(-2);
    expect(stopped.state).toBe('stopped');
    const swap = (a: string, b: string): void => {
      const aside = `${a}.aside`;
      renameSync(a, aside);
      renameSync(b, a);
      renameSync(aside, b);
    };
    swap(join(older?.path ?? '', 'weights.safetensors'), join(newest?.path ?? '', 'weights.safetensors'));
    // Both are damaged now; the older of the two comes back whole.
    copyFileSync(join(newest?.path ?? '', 'weights.safetensors'), join(older?.path ?? '', 'weights.safetensors'));
    const heard: { type: string; checkpoints?: number[]; steps?: number }[] = [];
    const states: Promise<void>[] = [];
    studio.runs.subscribe((_, message) => {
      if (message.type === 'resumed')
        states.push(
          (async () => {
            heard.push({
              type: 'resumed',
              checkpoints: (await studio.runs.show(id)).checkpoints.map(({ seq }) => seq),
              steps: Math.max(...(await studio.runs.metrics(id)).map(({ step }) => step)),
            });
          })(),
        );
    });
    await studio.runs.resume(id);
    expect(await studio.runs.wait(id)).toMatchObject({ state: 'finished', step: 40 });
    await Promise.all(states);
    expect(heard).toEqual([
      { type: 'resumed', checkpoints: expect.not.arrayContaining([newest?.seq]), steps: older?.step },
    ]);
    expect(readFileSync(join(studio.paths.runDir(id), 'worker.log'), 'utf8')).toMatch(
      /Continued from step \d+: ckpt-\d+ made way/,
    );
  });

  test.each([
    ['with a byte order mark', (text: string) => `\uFEFF${text}`],
    ['with 1e400', (text: string) => text.replace('"lr": 0.001', '"lr": 1e400')],
    ['half-written', (text: string) => text.slice(0, text.length >> 1)],
  ])('S13 a spec %s: named, left alone, and hides no other run', async (_, change) => {
    const dataDir = copy();
    const spec = join(dataDir, 'runs', first, 'spec.json');
    const text = change(readFileSync(spec, 'utf8'));
    writeFileSync(spec, text);
    const studio = await openStudio(dataDir, { rebuild: true });
    expect(studio.rebuilt?.problems.map(({ path }) => path)).toContain(join(dataDir, 'runs', first));
    expect((await studio.runs.list()).runs.map(({ id }) => id)).toEqual([second]);
    expect(readFileSync(spec, 'utf8')).toBe(text);
  });

  test('S13 a spec with __proto__ and doubled keys is read as what it says, and changes nothing else', async () => {
    const dataDir = copy();
    const spec = join(dataDir, 'runs', first, 'spec.json');
    writeFileSync(spec, readFileSync(spec, 'utf8').replace('{', '{ "__proto__": { "polluted": true }, "seed": 99,'));
    const studio = await openStudio(dataDir, { rebuild: true });
    const { runs } = await studio.runs.list();
    expect(runs.find(({ id }) => id === first)?.spec.seed).toBe(1);
    expect('polluted' in {}).toBe(false);
    expect('polluted' in (runs.find(({ id }) => id === first)?.spec ?? {})).toBe(false);
  });

  test('S14 settings half-written: the usual ones are taken', async () => {
    const dataDir = copy();
    const raw = new Sqlite(database(dataDir));
    raw.prepare('insert or replace into settings values (?, ?)').run('settings', '{"threads": 4, "th');
    raw.close();
    const { db, close } = await openDatabase(database(dataDir));
    expect(await createSettingsRepository(db).read('settings', Settings)).toEqual(Settings.parse({}));
    await close();
  });

  test('S15 while a run trains elsewhere its index is not made anew, and it is neither resumed nor called interrupted', async () => {
    const dataDir = copy();
    const elsewhere = await openStudio(dataDir);
    await elsewhere.context.leases.acquire(first, elsewhere.context.owner);
    await expect(openStudio(dataDir, { rebuild: true })).rejects.toMatchObject({ code: 'run.inUse' });
    const here = await openStudio(dataDir);
    expect((await here.runs.show(first)).state).toBe('finished');
    await expect(here.runBook.delete(first)).rejects.toMatchObject({ code: 'run.inUse' });
    expect(await here.context.leases.beat(first, here.context.owner)).toBe(false);
    expect(await elsewhere.context.leases.beat(first, elsewhere.context.owner)).toBe(true);
    await elsewhere.context.leases.release(first, elsewhere.context.owner);
  });

  test('S16 the clock says 1970: all opens, new runs are made, and leases still tell the living from the dead', async () => {
    const dataDir = copy();
    vi.useFakeTimers({ toFake: ['Date'], now: 1000 });
    const studio = await openStudio(dataDir);
    const { id, createdAt } = await studio.runs.create({ ...SMALL, dataset, name: 'of old' });
    expect(createdAt.startsWith('1970-01-01')).toBe(true);
    expect(await studio.context.leases.acquire(id, 'one')).toBeNull();
    expect(await studio.context.leases.acquire(id, 'two')).toMatchObject({ pid: process.pid });
    expect((await studio.runs.list()).runs.map((run) => run.id)).toEqual([second, first, id]);
  });
});

function overwrite(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}
