import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { DatasetCard, ImportOptions } from '../../../../contract/dataset.ts';
import { readIndex } from '../../../../core/data/set/datasetIndex.ts';
import { importDataset } from '../../../../core/data/import/import.ts';
import { fileError } from '../../../../core/files/fileErrors.ts';
import { openDataset, readQuarantine } from '../../../../core/data/set/openDataset.ts';
import { ensurePacked } from '../../../../core/data/packed/packedCache.ts';
import { PackWriter, requirePackSpace } from '../../../../core/data/packed/packFile.ts';
import type { PackKey } from '../../../../core/data/types.ts';
import {
  cifar10,
  classFolder,
  copyInto,
  EMOJI,
  emojiFiles,
  importInto,
  picture,
  put,
  temporaryFolder,
  tinyImagenet,
} from '../fixtures.ts';
import { bmp, gif, png, ramp, withStrayBytes } from '../pictures/pictureBytes.ts';

const key = (size: number, color: 'rgb' | 'gray' = 'rgb'): PackKey => ({
  size,
  color,
  fit: 'cover',
  interpolation: 'lanczos3',
});

async function expectError(promise: Promise<unknown>, code: string): Promise<Error> {
  const error: unknown = await promise.then(
    () => new Error('no error'),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code });
  return error as Error;
}

describe('importDataset', () => {
  it('measures colour pictures and packs them in one pass', async () => {
    const root = temporaryFolder();
    for (const group of ['flags', 'food-drink']) copyInto(join(root, group), emojiFiles(group, 10));
    const stages = new Set<string>();
    const { card, directory } = await importInto(
      root,
      { name: 'Two groups', fractions: { val: 0.2, test: 0, seed: 1 } },
      { onProgress: ({ stage }) => stages.add(stage) },
    );
    expect(DatasetCard.parse(JSON.parse(readFileSync(join(directory, 'card.json'), 'utf8')))).toEqual(card);
    expect(card).toMatchObject({
      id: 'd1',
      name: 'Two groups',
      layout: 'class-folders',
      root,
      classIds: ['flags', 'food-drink'],
      nativeSize: { width: 64, height: 64 },
      grayOnly: false,
      quarantined: 0,
      sizes: { minWidth: 64, maxWidth: 64, minHeight: 64, maxHeight: 64 },
      splits: {
        train: { count: 16, labelled: true, perClass: [8, 8] },
        val: { count: 4, labelled: true, perClass: [2, 2] },
      },
    });
    expect([...stages]).toEqual(['scan', 'decode']);
    expect(readdirSync(join(directory, 'cache')).sort()).toEqual([
      '64-rgb-cover-lanczos3.json',
      '64-rgb-cover-lanczos3.u8',
    ]);

    // The same statistics from the pictures themselves.
    const index = readIndex(directory);
    const pixels = Buffer.concat(
      await Promise.all(
        (index.splits.train?.paths ?? []).map((path) => sharp(join(root, path)).removeAlpha().raw().toBuffer()),
      ),
    );
    for (const channel of [0, 1, 2]) {
      const values = Array.from({ length: pixels.length / 3 }, (_, i) => (pixels[3 * i + channel] as number) / 255);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const std = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
      expect(card.channelMean[channel]).toBeCloseTo(mean, 5);
      expect(card.channelStd[channel]).toBeCloseTo(std, 5);
    }
    const cache = await ensurePacked(await openDataset(directory), key(64));
    const train = cache.split('train');
    const out = new Uint8Array(16 * 64 * 64 * 3);
    train?.read(
      Array.from({ length: 16 }, (_, i) => i),
      out,
    );
    expect(Buffer.compare(out, pixels)).toBe(0);
    expect([...(train?.labels ?? [])]).toEqual([...new Array<number>(8).fill(0), ...new Array<number>(8).fill(1)]);
    cache.close();
  });

  it('reads Tiny ImageNet with its single-channel JPEG', async () => {
    const root = temporaryFolder();
    await tinyImagenet(root);
    const { card, directory } = await importInto(root);
    expect(card).toMatchObject({
      layout: 'tiny-imagenet',
      grayOnly: false,
      quarantined: 0,
      splits: {
        train: { count: 24, perClass: [8, 8, 8] },
        val: { count: 9, labelled: true },
        test: { count: 4, labelled: false, perClass: [0, 0, 0] },
      },
    });
    const cache = await ensurePacked(await openDataset(directory), key(64));
    expect(cache.split('test')?.labels).toEqual(Int32Array.from([-1, -1, -1, -1]));
    const gray = new Uint8Array(64 * 64 * 3);
    cache.split('train')?.read([0], gray);
    expect(gray.every((value, i) => value === gray[i - (i % 3)])).toBe(true);
    expect(cache.split('train')?.pathOf(0)).toBe('train/n01443537/images/n01443537_0.JPEG');
    cache.close();
  });

  it('reads CIFAR-10 binary, and resizes its records', async () => {
    const root = temporaryFolder();
    const pixels = await cifar10(root);
    const { card, directory } = await importInto(root);
    expect(card).toMatchObject({
      layout: 'cifar10-binary',
      nativeSize: { width: 32, height: 32 },
      splits: { train: { count: 80 }, val: { count: 20 }, test: { count: 20, labelled: true } },
    });
    const dataset = await openDataset(directory);
    const cache = await ensurePacked(dataset, key(32));
    const out = new Uint8Array(3072);
    for (const split of ['train', 'val', 'test'] as const) {
      const packed = cache.split(split);
      for (let i = 0; i < (packed?.length ?? 0); i += 1) {
        packed?.read([i], out);
        expect(Buffer.compare(out, pixels.get(packed?.pathOf(i) ?? '') as Buffer), packed?.pathOf(i)).toBe(0);
      }
    }
    cache.close();
    const small = await ensurePacked(dataset, key(16));
    const resized = new Uint8Array(16 * 16 * 3);
    small.split('test')?.read([7], resized);
    const expected = await sharp(pixels.get('test_batch.bin#7') as Buffer, {
      raw: { width: 32, height: 32, channels: 3 },
    })
      .resize(16, 16, { kernel: 'lanczos3' })
      .raw()
      .toBuffer();
    expect(Buffer.compare(resized, expected)).toBe(0);
    small.close();
  });

  it('starts gray and turns to colour at the first colour picture', async () => {
    const root = temporaryFolder();
    const gray = await sharp(Buffer.alloc(64, 90), { raw: { width: 8, height: 8, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    for (let i = 0; i < 5; i += 1) put(join(root, 'a', `${i}.png`), gray);
    const color = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#0a1420' } })
      .png()
      .toBuffer();
    for (let i = 0; i < 5; i += 1) put(join(root, 'b', `${i}.png`), color);
    const { card, directory } = await importInto(root, { fractions: { val: 0 } });
    expect(card.grayOnly).toBe(false);
    const cache = await ensurePacked(await openDataset(directory), key(8));
    const out = new Uint8Array(2 * 192);
    cache.split('train')?.read([4, 5], out);
    expect([...new Set(out.subarray(0, 192))]).toEqual([90]);
    expect([...out.subarray(192, 195)]).toEqual([10, 20, 32]);
    cache.close();
  });

  it('gray pictures stay one channel', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 4);
    for (const name of ['a', 'b'])
      for (let i = 0; i < 4; i += 1)
        put(
          join(root, name, `${i}.png`),
          await sharp(await picture(8, 8, i))
            .greyscale()
            .png()
            .toBuffer(),
        );
    const { card, directory } = await importInto(root);
    expect(card.grayOnly).toBe(true);
    expect(readdirSync(join(directory, 'cache')).sort()).toEqual([
      '8-gray-cover-lanczos3.json',
      '8-gray-cover-lanczos3.u8',
    ]);
    expect(card.channelMean[0]).toBe(card.channelMean[2]);
  });

  it('does not pack pictures of different sizes, and names the sizes', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 6, 8);
    put(join(root, 'b', 'wide.png'), await picture(20, 10, 5));
    const { card, directory } = await importInto(root);
    expect(card).toMatchObject({
      nativeSize: { width: 8, height: 8 },
      sizes: { minWidth: 8, maxWidth: 20, minHeight: 8, maxHeight: 10 },
    });
    expect(readdirSync(join(directory, 'cache'))).toEqual([]);
  });
});

describe('pictures that cannot be used', () => {
  it('are quarantined with their reasons, and counts agree', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 12, 16);
    const jpeg = await ramp().jpeg().toBuffer();
    const bad: Record<string, Buffer> = {
      'p01.jpg': Buffer.alloc(0),
      'p02.jpg': Buffer.from([1]),
      'p03.jpg': Buffer.from('some text that is long enough'),
      'p04.jpg': Buffer.from('<html><body>Not found</body></html>'),
      'p07.jpg': jpeg.subarray(0, jpeg.length >> 1),
      'p10.jpg': jpeg.subarray(0, -2),
      'p20.png': png({ width: 65_500, height: 65_500, bitDepth: 8, colorType: 0, rows: Buffer.alloc(9) }),
      'p22.png': png({
        width: 1,
        height: 1,
        bitDepth: 8,
        colorType: 2,
        rows: Buffer.from([0, 1, 2, 3]),
        crcError: 'IDAT',
      }),
      'p23.png': png({ width: 0, height: 4, bitDepth: 8, colorType: 2, rows: Buffer.from([0]) }),
    };
    const good: Record<string, Buffer> = {
      'p05.jpg': await ramp().png().toBuffer(),
      'p06.jpg': bmp(24),
      'p08.jpg': Buffer.concat([jpeg, Buffer.alloc(99)]),
      'p09.jpg': withStrayBytes(jpeg),
      'p25.gif': gif(1000),
    };
    for (const [name, bytes] of Object.entries({ ...bad, ...good })) put(join(root, 'a', name), bytes);
    symlinkSync(join(root, 'gone'), join(root, 'b', 'p32.png'));
    mkdirSync(join(root, 'b', 'p35.jpg'));
    put(join(root, 'b', 'Thumbs.db'), 'litter');
    const { card, directory } = await importInto(root);
    const quarantine = readQuarantine(directory);
    expect(quarantine.map(({ path }) => path).sort()).toEqual([
      ...Object.keys(bad).map((name) => `a/${name}`),
      'b/p32.png',
    ]);
    expect(quarantine.every(({ reason }) => reason.length > 5)).toBe(true);
    expect(card.quarantined).toBe(10);
    const usable = Object.values(card.splits).reduce((sum, split) => sum + (split?.count ?? 0), 0);
    expect(usable).toBe(24 + 5);
    expect(card.notes.join()).toMatch(/10 images cannot be used/);
    const index = readIndex(directory);
    expect(Object.values(index.splits).flatMap((columns) => columns?.paths ?? [])).toHaveLength(usable);
    const cache = await ensurePacked(await openDataset(directory), key(16));
    expect((cache.split('train')?.length ?? 0) + (cache.split('val')?.length ?? 0)).toBe(usable);
    cache.close();
  });

  it('leave the rest packed in order', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 5);
    put(join(root, 'a', '2.png'), 'broken, but long enough');
    const { directory } = await importInto(root, { fractions: { val: 0 } });
    const cache = await ensurePacked(await openDataset(directory), key(8, 'gray'));
    const train = cache.split('train');
    expect(train?.length).toBe(9);
    const out = new Uint8Array(64);
    train?.read([2], out);
    expect(train?.pathOf(2)).toBe('a/3.png');
    const expected = await sharp(await picture(8, 8, 3))
      .raw()
      .toBuffer();
    expect(out[20]).toBe(expected[60]);
    cache.close();
  });

  it('end the import when a class has no other ones', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 2);
    put(join(root, 'c', '1.png'), 'broken, but long enough');
    const target = join(temporaryFolder(), 'x');
    const error = await expectError(
      importDataset(ImportOptions.parse({ path: root }), 'x', target),
      'dataset.emptyClass',
    );
    expect(error.message).toContain('c/1.png: text, not an image');
    expect(existsSync(target)).toBe(false);
  });

  it('are listed when the file may not be read (P31), and a folder that may not be read is an error', async (context) => {
    if (process.getuid?.() === 0 || process.platform === 'win32') context.skip('nothing is unreadable for this user');
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 3);
    chmodSync(join(root, 'a', '0.png'), 0);
    const { directory } = await importInto(root);
    expect(readQuarantine(directory)[0]?.reason).toBe('no permission to read the file');
    chmodSync(join(root, 'b'), 0);
    await expectError(importInto(root), 'dataset.noPermission');
    chmodSync(join(root, 'b'), 0o700);
  });

  it('notes pictures that are in train and in val or test (P33)', async () => {
    const root = temporaryFolder();
    await classFolder(join(root, 'train'), ['a', 'b'], 3);
    await classFolder(join(root, 'test'), ['a', 'b'], 3);
    const { card } = await importInto(root, { fractions: { val: 0 } });
    expect(card.notes.join()).toMatch(/6 images of val or test are byte for byte also in train/);
  });
});

describe('fingerprint', () => {
  it('is the same for the same files, and another after any edit', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 3);
    const first = (await importInto(root)).card.fingerprint;
    expect((await importInto(root)).card.fingerprint).toBe(first);
    expect((await importInto(root, { fractions: { seed: 9 } })).card.fingerprint).not.toBe(first);
    put(join(root, 'a', '0.png'), await picture(8, 8, 77));
    const edited = (await importInto(root)).card.fingerprint;
    expect(edited).not.toBe(first);
    put(join(root, 'a', 'broken.png'), 'not a picture, for sure');
    expect((await importInto(root)).card.fingerprint).not.toBe(edited);
  });
});

describe('what is left behind', () => {
  it('nothing after an abort', async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const importing = importDataset(ImportOptions.parse({ path: EMOJI }), 'x', join(folder, 'x'), {
      signal: controller.signal,
      onProgress: ({ stage, done }) => {
        if (stage === 'decode' && done > 0) controller.abort(new Error('stopped by the user'));
      },
    });
    await expect(importing).rejects.toThrow('stopped by the user');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('nothing of an import whose process was killed, once another one runs', async () => {
    const folder = temporaryFolder();
    put(join(folder, '.importing-old-999999999', 'cache', 'x.u8'), 'half');
    put(join(folder, `.importing-running-${process.pid}`, 'x'), 'not ours to delete');
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 2);
    await importDataset(ImportOptions.parse({ path: root }), 'x', join(folder, 'x'));
    expect(readdirSync(folder).sort()).toEqual([`.importing-running-${process.pid}`, 'x']);
  });

  it('an existing data set is never replaced; one that is gone is named', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 2);
    const { directory } = await importInto(root);
    await expectError(importDataset(ImportOptions.parse({ path: root }), 'd1', directory), 'file.exists');
    rmSync(directory, { recursive: true });
    await expectError(openDataset(directory), 'dataset.notFound');
  });

  it('a damaged card is named', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 2);
    const { directory } = await importInto(root);
    writeFileSync(join(directory, 'card.json'), '{"id":');
    await expectError(openDataset(directory), 'file.damaged');
  });
});

describe('a full disk', () => {
  it.skipIf(!existsSync('/dev/full'))('is named when writing hits it', () => {
    const file = openSync('/dev/full', 'w');
    let error: unknown;
    try {
      new PackWriter(file).write(new Uint8Array(4096));
    } catch (thrown) {
      error = fileError(thrown, '/data/cache.u8', { doing: 'write' });
    } finally {
      closeSync(file);
    }
    expect(error).toMatchObject({
      code: 'file.diskFull',
      message: expect.stringContaining('/data/cache.u8') as string,
    });
  });

  it('is seen before anything is written', () => {
    const folder = temporaryFolder();
    expect(() => requirePackSpace(folder, 2 ** 60)).toThrow(/need .* MiB, and the disk of .* has .* MiB free/);
    requirePackSpace(folder, 1000);
  });
});
