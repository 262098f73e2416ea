/**
 * Small imitations of published data sets, in the files that the catalogue fetches: they are imported as they come, and
 * their classes, splits and pixels are those of the original.
 */
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { CatalogueDataset } from '../../../../contract/catalogue.ts';
import type { DatasetCard, Split } from '../../../../contract/dataset.ts';
import { RecordFiles } from '../../../../core/data/sources/records.ts';
import { openDataset } from '../../../../core/data/set/openDataset.ts';
import { treeOf } from '../../../../core/data/archive/storedTree.ts';
import { findEntry, readCatalogue } from '../../../../core/studio/catalogue/readCatalogue.ts';
import { tar } from '../archive/archiveBytes.ts';
import { importInto, put, temporaryFolder } from '../fixtures.ts';
import { makeZip } from '../../formats/zipFile.ts';
import { matFile, type MatPart } from '../../formats/matBytes.ts';

const entries = readCatalogue(join(import.meta.dirname, '../../../../resources/catalogue'));

/** Imports the files of a folder as the catalogue's entry `name` says. */
async function importAs(name: string, folder: string): Promise<{ card: DatasetCard; directory: string }> {
  const entry: CatalogueDataset = findEntry(entries, 'dataset', name);
  const files = entry.acquisition.kind === 'files' ? entry.acquisition.files.map((file) => file.name) : [];
  const source = files.length === 1 ? join(folder, files[0]!) : folder;
  return importInto(source, { layout: entry.layout, ...(files.length > 1 && { parts: files }) });
}

const counts = ({ splits }: DatasetCard): Partial<Record<Split, number>> =>
  Object.fromEntries(Object.entries(splits).map(([split, { count }]) => [split, count]));

function jpeg(shade: number): Promise<Buffer> {
  return sharp({ create: { width: 12, height: 10, channels: 3, background: { r: shade, g: 40, b: 90 } } })
    .jpeg()
    .toBuffer();
}

/** `path: contents`, packed. */
function tgz(files: Readonly<Record<string, Buffer | string>>): Buffer {
  return gzipSync(tar(Object.entries(files).map(([name, content]) => ({ name, data: Buffer.from(content) }))));
}

async function images(paths: readonly string[]): Promise<Record<string, Buffer>> {
  return Object.fromEntries(
    await Promise.all(paths.map(async (path, i) => [path, await jpeg((i * 37) % 256)] as const)),
  );
}

describe('sets in several files', () => {
  it('flowers: images in one archive, labels and splits in two MATLAB files', async () => {
    const folder = temporaryFolder();
    const names = Array.from({ length: 6 }, (_, i) => `jpg/image_0000${i + 1}.jpg`);
    put(join(folder, '102flowers.tgz'), tgz(await images(names)));
    put(join(folder, 'imagelabels.mat'), matFile([{ name: 'labels', type: 2, values: [1, 1, 2, 2, 1, 2] }]));
    const split = (name: string, values: number[]): MatPart => ({ name, type: 2, values });
    put(join(folder, 'setid.mat'), matFile([split('trnid', [1, 3]), split('valid', [2, 4]), split('tstid', [5, 6])]));
    const { card } = await importAs('oxford-flowers-102', folder);
    expect(counts(card)).toEqual({ train: 2, val: 2, test: 2 });
    expect(card.classNames).toEqual(['1', '2']);
  });

  it('pets: images and annotations in two archives', async () => {
    const folder = temporaryFolder();
    const pets = ['Abyssinian_1', 'Abyssinian_2', 'pug_1', 'pug_2', 'Abyssinian_3', 'pug_3'];
    put(join(folder, 'images.tar.gz'), tgz(await images(pets.map((pet) => `images/${pet}.jpg`))));
    const list = (some: readonly string[]): string => some.map((pet) => `${pet} 1 1 1`).join('\n');
    put(
      join(folder, 'annotations.tar.gz'),
      tgz({
        'annotations/README': 'no image',
        'annotations/trainval.txt': list(pets.slice(0, 4)),
        'annotations/test.txt': list(pets.slice(4)),
      }),
    );
    const { card } = await importAs('oxford-iiit-pet', folder);
    expect(card.classNames).toEqual(['Abyssinian', 'pug']);
    expect(card.splits.test?.count).toBe(2);
    expect((card.splits.train?.count ?? 0) + (card.splits.val?.count ?? 0)).toBe(4);
  });

  it('SVHN: digits and labels in a MATLAB file for each split, read column by column; label 10 is the digit 0', async () => {
    const folder = temporaryFolder();
    put(join(folder, 'train_32x32.mat'), digits(40));
    put(join(folder, 'test_32x32.mat'), digits(10));
    const { card, directory } = await importAs('svhn', folder);
    expect(card.classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(card.splits.test).toMatchObject({ count: 10, perClass: Array.from({ length: 10 }, () => 1) });
    expect(await pixelsOf(directory, 'test_32x32_X.bin#3', 32)).toEqual(gradient(32, 3));
  });
});

describe('sets in one archive', () => {
  it('STL-10: planes column by column, labels from 1, unlabelled images left out', async () => {
    const folder = temporaryFolder();
    const planes = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, (_, i) => columns(96, i)));
    const labels = (count: number): Buffer => Buffer.from(Array.from({ length: count }, (_, i) => (i % 10) + 1));
    put(
      join(folder, 'stl10_binary.tar.gz'),
      tgz({
        'stl10_binary/class_names.txt': 'airplane\nbird\ncar\ncat\ndeer\ndog\nhorse\nmonkey\nship\ntruck\n',
        'stl10_binary/fold_indices.txt': '0 1 2',
        'stl10_binary/train_X.bin': planes(40),
        'stl10_binary/train_y.bin': labels(40),
        'stl10_binary/test_X.bin': planes(10),
        'stl10_binary/test_y.bin': labels(10),
        'stl10_binary/unlabeled_X.bin': planes(2),
      }),
    );
    const { card, directory } = await importAs('stl-10', folder);
    expect(card.classNames[7]).toBe('monkey');
    expect(counts(card)).toEqual({ train: 30, val: 10, test: 10 });
    expect(card.notes.join()).toMatch(/unlabeled_X\.bin have no labels/);
    expect(await pixelsOf(directory, 'test_X.bin#7', 96)).toEqual(gradient(96, 7));
  });

  it('Food-101: official lists of paths', async () => {
    const folder = temporaryFolder();
    const dishes = ['apple_pie/1', 'apple_pie/2', 'waffles/3', 'waffles/4', 'apple_pie/5', 'waffles/6'];
    put(
      join(folder, 'food-101.tar.gz'),
      tgz({
        ...(await images(dishes.map((dish) => `food-101/images/${dish}.jpg`))),
        'food-101/meta/classes.txt': 'apple_pie\nwaffles\n',
        'food-101/meta/train.txt': dishes.slice(0, 4).join('\n'),
        'food-101/meta/test.txt': dishes.slice(4).join('\n'),
      }),
    );
    const { card } = await importAs('food-101', folder);
    expect(card.classNames).toEqual(['apple_pie', 'waffles']);
    expect(card.splits.test?.count).toBe(2);
  });

  it('Caltech-101: an archive of images and one of outlines in a zip', async () => {
    const folder = temporaryFolder();
    const things = ['accordion', 'BACKGROUND_Google', 'yin_yang'];
    const paths = things.flatMap((thing) => Array.from({ length: 4 }, (_, i) => `${thing}/image_000${i + 1}.jpg`));
    put(
      join(folder, 'caltech-101.zip'),
      makeZip([
        {
          name: 'caltech-101/101_ObjectCategories.tar.gz',
          data: tgz({
            ...(await images(paths.map((path) => `101_ObjectCategories/${path}`))),
            '101_ObjectCategories/BACKGROUND_Google/tmp': '',
          }),
        },
        {
          name: 'caltech-101/Annotations.tar',
          data: tar([{ name: 'Annotations/accordion/annotation_0001.mat', data: Buffer.from('MATLAB') }]),
        },
        { name: 'caltech-101/show_annotation.m', data: Buffer.from('%') },
        { name: '__MACOSX/caltech-101/._Annotations.tar', data: Buffer.from('x') },
      ]),
    );
    const { card } = await importAs('caltech-101', folder);
    expect(card.classNames).toEqual(['BACKGROUND_Google', 'accordion', 'yin_yang']);
  });

  it('EuroSAT: class folders below a folder that is called 2750', async () => {
    const folder = temporaryFolder();
    const kinds = ['AnnualCrop', 'Forest'];
    const paths = kinds.flatMap((kind) => Array.from({ length: 5 }, (_, i) => `2750/${kind}/${kind}_${i + 1}.jpg`));
    const files = Object.entries(await images(paths)).map(([name, data]) => ({ name, data }));
    put(join(folder, 'EuroSAT.zip'), makeZip(files));
    const { card } = await importAs('eurosat', folder);
    expect(card.classNames).toEqual(kinds);
    expect(counts(card)).toEqual({ train: 8, val: 2 });
  });
});

it('a MATLAB file that unpacks to far more than itself is refused', async () => {
  const folder = temporaryFolder();
  // 96 MB of zeros in about 100 kB
  const bytes = Buffer.alloc(96 * 2 ** 20);
  put(join(folder, 'train_32x32.mat'), matOfBytes(bytes, [32, 32, 3, bytes.length / 3072]));
  put(join(folder, 'test_32x32.mat'), digits(10));
  await expect(importAs('svhn', folder)).rejects.toMatchObject({ code: 'archive.limit' });
});

it('a damaged MATLAB file is said, and nothing is kept', async () => {
  const folder = temporaryFolder();
  const whole = digits(20);
  put(join(folder, 'train_32x32.mat'), whole.subarray(0, whole.length - 50));
  put(join(folder, 'test_32x32.mat'), digits(10));
  await expect(importAs('svhn', folder)).rejects.toMatchObject({
    code: 'archive.damaged',
    message: expect.stringContaining('train_32x32.mat') as string,
  });
});

/** Value of a pixel that tells row, column, channel and image apart. */
const value = (row: number, column: number, channel: number, image: number): number =>
  (row * 3 + column * 7 + channel * 50 + image) % 256;

/** Image `image` as STL-10 and SVHN store it: three planes, column by column. */
function columns(side: number, image: number): Buffer {
  const out = Buffer.alloc(3 * side * side);
  for (let at = 0; at < out.length; at++) {
    const [channel, column, row] = [Math.floor(at / (side * side)), Math.floor(at / side) % side, at % side];
    out[at] = value(row, column, channel, image);
  }
  return out;
}

/** The same as pixels, row by row, channels last. */
function gradient(side: number, image: number): Uint8Array {
  return Uint8Array.from({ length: 3 * side * side }, (_, at) => {
    const [row, column, channel] = [Math.floor(at / (3 * side)), Math.floor(at / 3) % side, at % 3];
    return value(row, column, channel, image);
  });
}

/** X [32, 32, 3, count] and y, compressed, labels 1 to 10 by turns. */
function digits(count: number): Buffer {
  const images = Buffer.concat(Array.from({ length: count }, (_, i) => columns(32, i)));
  return matFile(
    [
      { name: 'X', type: 2, values: [...images], kind: 9, shape: [32, 32, 3, count] },
      { name: 'y', type: 2, values: Array.from({ length: count }, (_, i) => (i % 10) + 1), kind: 9 },
    ],
    { compressed: true },
  );
}

async function pixelsOf(directory: string, path: string, side: number): Promise<Uint8Array> {
  const files = new RecordFiles(treeOf(await openDataset(directory)));
  const { pixels, width } = files.read(path);
  expect(width).toBe(side);
  const copy = Uint8Array.from(pixels);
  files.close();
  return copy;
}

/** One array X of bytes, compressed. */
function matOfBytes(bytes: Buffer, shape: readonly number[]): Buffer {
  const word = (value: number): Buffer => {
    const out = Buffer.alloc(4);
    out.writeUInt32LE(value);
    return out;
  };
  const element = (type: number, data: Buffer): Buffer => Buffer.concat([word(type), word(data.length), data]);
  const inside = Buffer.concat([
    element(6, Buffer.concat([word(9), word(0)])),
    element(5, Buffer.concat(shape.map(word))),
    // a name of one letter stands in its tag
    Buffer.concat([word(65_537), Buffer.from('X'), Buffer.alloc(3)]),
    element(2, bytes),
  ]);
  const packed = deflateSync(element(14, inside));
  return Buffer.concat([digits(1).subarray(0, 128), element(15, packed)]);
}
