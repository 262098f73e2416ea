/** A disk that is full or read-only: everything can be looked at, and removing makes room. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../../../core/db/open.ts';
import { canBeLookedAt, openReadOnly } from '../../../../core/db/openReadOnly.ts';
import { createRunRepository } from '../../../../core/db/runs/runRepository.ts';
import { openSeriesReader } from '../../../../core/db/seriesReader.ts';
import { openRecords } from '../../../../core/studio/records/openRecords.ts';
import { studioPaths } from '../../../../core/studio/records/paths.ts';
import { metricPoint } from '../../../../contract/metrics.ts';
import { noSmallDisk, smallDisk } from '../../../support/smallDisk.ts';
import { forkJob } from '../../../../cli/forkJob.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import { exampleSpec } from '../../db/examples.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

test('the content of a database that cannot be written is there, its log included, and no write is taken', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'quorum.sqlite');
  const { db, close } = await openDatabase(path);
  await createRunRepository(db).create({ id: 'r-1', spec: exampleSpec() });
  // as a process leaves them that was killed: the newest rows are in the log alone
  const left = join(folder, 'left');
  mkdirSync(left);
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, join(left, `quorum.sqlite${suffix}`));
  await close();
  chmodSync(left, 0o500);
  const look = await openReadOnly(join(left, 'quorum.sqlite'));
  const runs = createRunRepository(look.db);
  expect((await runs.list()).runs.map(({ id }) => id)).toEqual(['r-1']);
  await expect(runs.update('r-1', { state: 'stopped' })).rejects.toMatchObject({ code: 'SQLITE_READONLY' });
  await look.close();
  expect(existsSync(join(left, 'quorum.sqlite-shm'))).toBe(false);
  chmodSync(left, 0o700);
});

test.each([
  ['SQLITE_IOERR_SHMSIZE', true],
  ['SQLITE_FULL', true],
  ['SQLITE_READONLY_DIRECTORY', true],
  ['SQLITE_CORRUPT', false],
  ['SQLITE_BUSY', false],
])('%s lets the content be looked at: %s', async (code, expected) => {
  const path = join(temporaryFolder(), 'quorum.sqlite');
  const { close } = await openDatabase(path);
  await close();
  expect(canBeLookedAt(Object.assign(new Error(code), { code }), path)).toBe(expected);
  expect(canBeLookedAt(Object.assign(new Error(code), { code }), `${path}.missing`)).toBe(false);
});

test.skipIf(noSmallDisk !== null)('on a full disk a run can be removed, which makes room', async () => {
  const disk = smallDisk(16 << 20);
  const dataDir = join(disk.path, 'data');
  const open = (): Promise<Studio> => createStudio({ dataDir, fork: forkJob });
  try {
    const whole = await open();
    await whole.context.runs.create({ id: 'r-1', spec: exampleSpec() });
    const checkpoints = whole.paths.checkpointsDir('r-1');
    mkdirSync(checkpoints, { recursive: true });
    writeFileSync(join(checkpoints, 'weights'), Buffer.alloc(4 << 20));
    await whole.close();
    disk.leave(0);

    const full = await open();
    expect(full.context.readOnly).toContain('The disk is full');
    expect(full.notices.join()).toContain('The disk is full');
    await full.runBook.delete('r-1');
    await full.close();
    expect(existsSync(checkpoints)).toBe(false);

    const again = await open();
    expect(again.context.readOnly).toBeNull();
    await again.close();
  } finally {
    disk.remove();
  }
});

describe.skipIf(noSmallDisk !== null)('on a read-only disk', () => {
  test.each([
    ['missing', (database: string) => rmSync(database)],
    ['damaged', (database: string) => writeFileSync(database, Buffer.alloc(20_000, 0xaa))],
  ])(
    'a database that is %s is made anew elsewhere: all can be read, curves too, and nothing stored',
    async (_, lose) => {
      const disk = smallDisk(16 << 20);
      const paths = studioPaths(join(disk.path, 'data'));
      try {
        const whole = await openRecords(paths, { rebuild: false });
        mkdirSync(paths.runDir('r-1'));
        writeFileSync(join(paths.runDir('r-1'), 'spec.json'), JSON.stringify(exampleSpec()));
        await whole.records.runs.create({ id: 'r-1', spec: exampleSpec() });
        await whole.records.runs.recordPoints('r-1', [metricPoint('val/top1', 4, 1, 0.5)], { step: 4, epoch: 1 });
        await whole.close();
        lose(paths.database);
        disk.makeReadOnly();

        const { records, path, readOnly, rebuilt, close } = await openRecords(paths, { rebuild: false });
        expect(readOnly).toContain('cannot be written');
        expect(rebuilt).toMatchObject({ runs: 1, points: 1, movedAside: null });
        expect((await records.runs.list()).runs).toMatchObject([{ id: 'r-1', step: 4 }]);
        const reader = openSeriesReader(path);
        expect(reader.read({ runs: [{ run: 'r-1', afterStep: -1 }], maxPoints: 0 })).toMatchObject([
          { series: [{ name: 'val/top1', values: [0.5] }] },
        ]);
        reader.close();
        await expect(records.runs.update('r-1', { state: 'stopped' })).rejects.toMatchObject({
          code: 'SQLITE_READONLY',
        });
        await close();
        expect(existsSync(path)).toBe(false);
      } finally {
        disk.remove();
      }
    },
  );
});
