import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { DatasetCheck } from '../../../../contract/dataset.ts';
import { checkDataset } from '../../../../core/data/import/checkDataset.ts';
import { openDataset } from '../../../../core/data/set/openDataset.ts';
import { ensurePacked } from '../../../../core/data/packed/packedCache.ts';
import { cifar10, classFolder, importInto, picture, put, temporaryFolder, tinyImagenet } from '../fixtures.ts';

let root: string;
let directory: string;
beforeEach(async () => {
  root = temporaryFolder();
  await classFolder(root, ['a', 'b'], 5);
  put(join(root, 'a', 'broken.png'), 'not a picture, for sure');
  ({ directory } = await importInto(root));
});

describe('checkDataset', () => {
  it('is content with what was imported', async () => {
    const report = await checkDataset(directory);
    expect(DatasetCheck.parse(report)).toMatchObject({
      ok: true,
      compared: 11,
      changed: 0,
      missing: 0,
      added: 0,
      examples: [],
      problem: null,
      caches: [{ file: '8-rgb-cover-lanczos3.u8', ok: true }],
    });
  });

  it('counts and names changed, missing and added pictures', async () => {
    put(join(root, 'a', '0.png'), await picture(8, 8, 77));
    put(join(root, 'a', 'broken.png'), 'now something else');
    rmSync(join(root, 'b', '1.png'));
    put(join(root, 'b', 'new.png'), await picture(8, 8, 90));
    const report = await checkDataset(directory);
    expect(report).toMatchObject({ ok: false, changed: 2, missing: 1, added: 1 });
    expect(report.examples).toEqual(
      expect.arrayContaining([
        { path: 'a/0.png', state: 'changed' },
        { path: 'a/broken.png', state: 'changed' },
        { path: 'b/1.png', state: 'missing' },
        { path: 'b/new.png', state: 'added' },
      ]),
    );
  });

  it('a file that was only touched, or copied back, is the same, and stays usable', async () => {
    for (const name of ['0.png', '1.png']) utimesSync(join(root, 'a', name), 5, 5);
    expect(await checkDataset(directory)).toMatchObject({ ok: true, changed: 0 });
    const key = { size: 4, color: 'rgb', fit: 'cover', interpolation: 'lanczos3' } as const;
    (await ensurePacked(await openDataset(directory), key)).close();
    const bytes = readFileSync(join(root, 'a', '0.png'));
    bytes[bytes.length - 20]! ^= 1;
    writeFileSync(join(root, 'a', '0.png'), bytes);
    expect(await checkDataset(directory)).toMatchObject({ ok: false, changed: 1 });
  });

  it('finds one changed byte in a cache, which is then made anew', async () => {
    const file = openSync(join(directory, 'cache', '8-rgb-cover-lanczos3.u8'), 'r+');
    writeSync(file, Uint8Array.from([251]), 0, 1, 1000);
    closeSync(file);
    const report = await checkDataset(directory);
    expect(report).toMatchObject({
      ok: false,
      changed: 0,
      caches: [{ ok: false, problem: 'its contents do not have their SHA-256' }],
    });
    (
      await ensurePacked(await openDataset(directory), {
        size: 8,
        color: 'rgb',
        fit: 'cover',
        interpolation: 'lanczos3',
      })
    ).close();
    expect((await checkDataset(directory)).ok).toBe(true);
  });

  it('says how a cache is damaged', async () => {
    const [sidecar, packed] = readdirSync(join(directory, 'cache'))
      .sort()
      .map((name) => join(directory, 'cache', name)) as [string, string];
    truncateSync(packed, 10);
    expect((await checkDataset(directory)).caches[0]?.problem).toMatch(/it has 10 bytes, expected 1920/);
    writeFileSync(sidecar, '');
    expect((await checkDataset(directory)).caches[0]?.problem).toMatch(/sidecar/);
  });

  it('reports a folder that has gone', async () => {
    rmSync(root, { recursive: true });
    const report = await checkDataset(directory);
    expect(report).toMatchObject({ ok: false, missing: 11 });
    expect(report.problem).toContain(root);
  });

  it('watches annotation and record files', async () => {
    const tiny = temporaryFolder();
    await tinyImagenet(tiny);
    const imported = await importInto(tiny);
    expect((await checkDataset(imported.directory)).ok).toBe(true);
    utimesSync(join(tiny, 'val/val_annotations.txt'), 5, 5);
    expect((await checkDataset(imported.directory)).examples).toEqual([
      { path: 'val/val_annotations.txt', state: 'changed' },
    ]);

    const cifar = temporaryFolder();
    await cifar10(cifar);
    const records = await importInto(cifar);
    expect(await checkDataset(records.directory)).toMatchObject({ ok: true, compared: 7 });
    utimesSync(join(cifar, 'test_batch.bin'), 5, 5);
    expect((await checkDataset(records.directory)).examples).toEqual([{ path: 'test_batch.bin', state: 'changed' }]);
  });

  it('stops when aborted', async () => {
    await expect(checkDataset(directory, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });
});
