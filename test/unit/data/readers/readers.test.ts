import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LayoutName, SplitFractions } from '../../../../contract/dataset.ts';
import { StudioError } from '../../../../contract/errors.ts';
import { detectLayout } from '../../../../core/data/readers/registry.ts';
import type { Scan } from '../../../../core/data/readers/reader.ts';
import { FolderTree } from '../../../../core/data/sources/fileTree.ts';
import { RecordFiles } from '../../../../core/data/sources/records.ts';
import {
  cifar10,
  classFolder,
  EMOJI,
  FASHION,
  picture,
  put,
  temporaryFolder,
  tinyImagenet,
  WNIDS,
} from '../fixtures.ts';

function scan(
  path: string,
  fractions: Partial<SplitFractions> = {},
  layout: LayoutName | 'auto' = 'auto',
): Scan & { layout: LayoutName } {
  const { reader, tree, manifest } = detectLayout(path, layout);
  return { ...reader.scan(tree, { manifest, val: 0.2, test: 0, seed: 0, ...fractions }), layout: reader.layout };
}

/** Pictures of each split and class: `train/0` → 8. */
function tally({ entries }: Scan): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { split, label } of entries) counts[`${split}/${label}`] = (counts[`${split}/${label}`] ?? 0) + 1;
  return counts;
}

function errorOf(action: () => unknown): StudioError {
  try {
    action();
  } catch (error) {
    if (error instanceof StudioError) return error;
    throw error;
  }
  throw new Error('expected an error');
}

describe('class folders', () => {
  it('one folder, split by fraction: every class in every split, the same each time', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['b', 'a', 'c'], 10);
    const first = scan(root, { val: 0.2, test: 0.1, seed: 3 });
    expect(first.classIds).toEqual(['a', 'b', 'c']);
    expect(tally(first)).toEqual({
      'train/0': 7,
      'train/1': 7,
      'train/2': 7,
      'val/0': 2,
      'val/1': 2,
      'val/2': 2,
      'test/0': 1,
      'test/1': 1,
      'test/2': 1,
    });
    expect(first.splitRule).toBe('val is 20 %, test is 10 % of the training images, drawn class by class with seed 3');
    expect([...scan(root, { val: 0.2, test: 0.1, seed: 3 }).entries]).toEqual([...first.entries]);
    expect([...scan(root, { val: 0.2, test: 0.1, seed: 4 }).entries]).not.toEqual([...first.entries]);
    expect(new Set([...first.entries].map(({ path }) => path)).size).toBe(30);
  });

  it('train and test without val: val is drawn from train', () => {
    const found = scan(FASHION);
    expect(found.layout).toBe('class-folders');
    expect(found.classIds).toHaveLength(10);
    expect(tally(found)).toMatchObject({ 'train/0': 160, 'val/0': 40, 'test/0': 50, 'train/9': 160 });
    expect(found.splitRule).toMatch(/val is 20 % of the training images/);
  });

  it('unbalanced groups keep their shares', () => {
    const counts = tally(scan(EMOJI));
    expect(counts).toMatchObject({ 'train/0': 68, 'val/0': 17, 'train/5': 309, 'val/5': 77 });
  });

  it.each(['val', 'valid', 'Validation'])('an own %s folder is used, foreign classes in it are noted', async (name) => {
    const root = temporaryFolder();
    await classFolder(join(root, 'train'), ['a', 'b'], 4);
    await classFolder(join(root, name), ['a', 'b', 'other'], 2);
    await classFolder(join(root, 'test'), ['x'], 0);
    put(join(root, 'test', '1.png'), await picture(8, 8, 1));
    put(join(root, 'test', '2.png'), await picture(8, 8, 2));
    const found = scan(root);
    expect(tally(found)).toEqual({ 'train/0': 4, 'train/1': 4, 'val/0': 2, 'val/1': 2, 'test/-1': 2 });
    expect(found.notes.join()).toMatch(
      new RegExp(`${name}/other is no class of the training images: 2 images left out`),
    );
    expect(found.notes.join()).toMatch(/its 2 images are unlabelled/);
  });

  it('ignores litter and folders that end like pictures (P30, P35), lists broken links (P32)', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 3);
    for (const name of ['.DS_Store', 'Thumbs.db', 'desktop.ini', '._0.png']) put(join(root, 'a', name), 'litter');
    put(join(root, '.hidden', 'x.png'), 'litter');
    put(join(root, '__MACOSX', 'x.png'), 'litter');
    mkdirSync(join(root, 'a', 'folder.jpg'));
    put(join(root, 'b', 'readme.txt'), 'hello');
    symlinkSync(join(root, 'nowhere.png'), join(root, 'b', 'dangling.png'));
    symlinkSync(join(root, 'b', 'circle.png'), join(root, 'b', 'circle.png'));
    const found = scan(root, { val: 0 });
    expect(tally(found)).toEqual({ 'train/0': 3, 'train/1': 3 });
    expect(found.problems.map(({ path }) => path)).toEqual(['b/circle.png', 'b/dangling.png']);
    expect(found.notes.join()).toMatch(/1 files in class folders are no images by their names and were left out: 1 /);
  });

  it('takes any name as a class name (D03, D19)', async () => {
    const root = join(temporaryFolder(), 'it\'s a "folder" #1 %20\nwith more');
    const names = ['<img onerror=alert(1)>', '=cmd|x', 'a'.repeat(200), '猫', '🐈', 'עברית'];
    await classFolder(root, names, 2);
    expect(scan(root).classNames).toEqual([...names].sort());
  });

  it('goes through the folder that unpacking adds', async () => {
    const root = temporaryFolder();
    await classFolder(join(root, 'flowers', 'flowers'), ['a', 'b'], 2);
    expect(detectLayout(root).root).toBe(join(root, 'flowers', 'flowers'));
  });

  it.each<[string, string, (root: string) => Promise<void>]>([
    ['dataset.oneClass', 'one class only', async (root) => classFolder(join(root, 'train'), ['a'], 3)],
    [
      'dataset.nested',
      'a folder inside a class',
      async (root) => {
        await classFolder(root, ['a', 'b'], 2);
        await classFolder(join(root, 'a'), ['deep'], 2);
      },
    ],
    [
      'dataset.nested',
      'classes one level too deep',
      async (root) => {
        await classFolder(join(root, 'animals'), ['a', 'b'], 2);
        await classFolder(join(root, 'plants'), ['c', 'd'], 2);
      },
    ],
    ['dataset.empty', 'an empty folder', async () => undefined],
    [
      'dataset.unknownLayout',
      'flat images',
      async (root) => {
        put(join(root, '1.png'), await picture(8, 8, 1));
        put(join(root, '2.png'), await picture(8, 8, 2));
      },
    ],
    ['dataset.unknownLayout', 'documents', async (root) => put(join(root, 'thesis.pdf'), '%PDF')],
    [
      'dataset.missingAnnotations',
      'val without classes',
      async (root) => {
        await classFolder(join(root, 'train'), ['a', 'b'], 2);
        put(join(root, 'val', '1.png'), await picture(8, 8, 1));
      },
    ],
    [
      'dataset.layoutMismatch',
      'two validation folders',
      async (root) => {
        for (const name of ['train', 'val', 'valid']) await classFolder(join(root, name), ['a', 'b'], 1);
      },
    ],
  ])('%s for %s', async (code, _what, make) => {
    const root = temporaryFolder();
    await make(root);
    const error = errorOf(() => scan(root));
    expect({ code: error.code, message: error.message }).toMatchObject({ code });
    expect(error.remedy).toBeTruthy();
  });

  it('says what an unknown folder holds and what layouts look like', async () => {
    const root = temporaryFolder();
    put(join(root, '1.png'), await picture(8, 8, 1));
    const error = errorOf(() => scan(root));
    expect(error.message).toMatch(/1 images outside of any folder \(1\.png\)/);
    for (const layout of ['class-folders', 'tiny-imagenet', 'cifar10-binary']) expect(error.remedy).toContain(layout);
  });

  it('dataset.notFound for a missing path, dataset.unknownLayout for an archive', () => {
    const root = temporaryFolder();
    expect(errorOf(() => scan(join(root, 'gone'))).code).toBe('dataset.notFound');
    writeFileSync(join(root, 'data.zip'), 'PK');
    const error = errorOf(() => scan(join(root, 'data.zip')));
    expect(error).toMatchObject({
      code: 'dataset.unknownLayout',
      remedy: expect.stringMatching(/Import it as it is/) as string,
    });
  });
});

describe('Tiny ImageNet', () => {
  it('is recognized and read as distributed', async () => {
    const root = temporaryFolder();
    await tinyImagenet(root);
    const found = scan(root);
    expect(detectLayout(root).description).toBe(
      'Tiny ImageNet: 3 class folders with an images folder each, wnids.txt, val_annotations.txt',
    );
    expect(found.layout).toBe('tiny-imagenet');
    expect(found.classIds).toEqual(WNIDS);
    expect(found.classNames).toEqual(['goldfish', 'European fire salamander', 'albatross']);
    expect(tally(found)).toEqual({
      'train/0': 8,
      'train/1': 8,
      'train/2': 8,
      'val/0': 3,
      'val/1': 3,
      'val/2': 3,
      'test/-1': 4,
    });
    expect(found.splitRule).toBe("val is the data set's own val folder");
    expect([...found.entries].find(({ split }) => split === 'val')).toEqual({
      path: 'val/images/val_0.JPEG',
      split: 'val',
      label: 0,
    });
    expect([found.problems, found.notes]).toEqual([[], []]);
  });

  it('notes foreign classes and litter, lists annotations without pictures and pictures without annotations (D14, D15)', async () => {
    const root = temporaryFolder();
    await tinyImagenet(root);
    put(join(root, 'train/n09999999/images/x_0.JPEG'), await picture(64, 64, 1, 'jpeg'));
    put(join(root, 'train/.DS_Store'), 'litter');
    put(join(root, `train/${WNIDS[0]}/images/.DS_Store`), 'litter');
    const annotations = join(root, 'val/val_annotations.txt');
    writeFileSync(
      annotations,
      `${readFileSync(annotations, 'utf8').replace('val_0.JPEG\tn01443537', 'val_0.JPEG\tn09999999')}missing.JPEG\t${WNIDS[0]}\t0\t0\t1\t1\n`,
    );
    put(join(root, 'val/images/unlisted.JPEG'), await picture(64, 64, 2, 'jpeg'));
    const found = scan(root);
    expect(tally(found)).toMatchObject({ 'train/0': 8, 'val/0': 2 });
    expect(found.notes).toEqual([
      '1 folders in train are not in wnids.txt (n09999999): 1 images left out',
      '1 images of val belong to classes that are not in wnids.txt and were left out (val_0.JPEG: n09999999)',
    ]);
    expect(found.problems.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
      'val/images/missing.JPEG: listed in val_annotations.txt, but not there (or listed twice)',
      'val/images/unlisted.JPEG: not listed in val_annotations.txt',
    ]);
  });

  it('takes a val folder sorted into classes, and draws val where there is none', async () => {
    const root = temporaryFolder();
    await tinyImagenet(root);
    for (const [label, wnid] of WNIDS.entries()) {
      mkdirSync(join(root, 'val', wnid));
      for (let i = 0; i < 3; i += 1)
        renameSync(
          join(root, 'val/images', `val_${3 * label + i}.JPEG`),
          join(root, 'val', wnid, `val_${3 * label + i}.JPEG`),
        );
    }
    rmSync(join(root, 'val/images'), { recursive: true });
    rmSync(join(root, 'val/val_annotations.txt'));
    expect(tally(scan(root))).toMatchObject({ 'train/0': 8, 'val/0': 3, 'val/2': 3 });
    rmSync(join(root, 'val'), { recursive: true });
    const drawn = scan(root, { val: 0.25 });
    expect(tally(drawn)).toMatchObject({ 'train/0': 6, 'val/0': 2 });
    expect(drawn.splitRule).toMatch(/25 %/);
  });

  it('uses the folders as classes when wnids.txt is missing', async () => {
    const root = temporaryFolder();
    await tinyImagenet(root);
    rmSync(join(root, 'wnids.txt'));
    expect(scan(root)).toMatchObject({
      layout: 'tiny-imagenet',
      classIds: WNIDS,
      notes: ['wnids.txt is missing: the folders in train are the classes'],
    });
  });

  it.each<[string, string, (root: string) => void]>([
    ['dataset.missingAnnotations', 'no val_annotations.txt', (root) => rmSync(join(root, 'val/val_annotations.txt'))],
    ['dataset.oneClass', 'one class listed', (root) => writeFileSync(join(root, 'wnids.txt'), `${WNIDS[0]}\n`)],
    [
      'dataset.layoutMismatch',
      'a class listed twice',
      (root) => writeFileSync(join(root, 'wnids.txt'), `${WNIDS[0]}\n${WNIDS[1]}\n${WNIDS[0]}\n`),
    ],
  ])('%s for %s', async (code, _what, spoil) => {
    const root = temporaryFolder();
    await tinyImagenet(root);
    spoil(root);
    expect(errorOf(() => scan(root)).code).toBe(code);
  });
});

describe('CIFAR-10 binary', () => {
  it('is recognized; test_batch is the labelled test split, val is drawn from train (D11)', async () => {
    const root = temporaryFolder();
    const pixels = await cifar10(root);
    const found = scan(root);
    expect(found).toMatchObject({
      layout: 'cifar10-binary',
      kind: 'records',
      classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
    });
    expect(tally(found)).toMatchObject({ 'train/0': 8, 'val/0': 2, 'test/0': 2, 'train/9': 8 });
    // one sentence for all six files
    expect(found.notes).toEqual([
      expect.stringMatching(/^data_batch_1\.bin, .*test_batch\.bin have 20 records each \(the original 10,000\)$/),
    ]);
    const records = new RecordFiles(new FolderTree(root));
    for (const [path, expected] of pixels) expect(Buffer.compare(records.read(path).pixels, expected), path).toBe(0);
    records.close();
  });

  it('uses the known class names without batches.meta.txt', async () => {
    const root = temporaryFolder();
    await cifar10(root);
    rmSync(join(root, 'batches.meta.txt'));
    expect(scan(root).classNames[9]).toBe('truck');
  });

  it.each<[string, string, RegExp, (root: string) => void]>([
    [
      'dataset.recordSize',
      'one byte too many',
      /61,461 bytes/,
      (root) => writeFileSync(join(root, 'data_batch_2.bin'), Buffer.alloc(3073 * 20 + 1)),
    ],
    [
      'dataset.recordSize',
      'one byte missing',
      /61,459 bytes/,
      (root) => writeFileSync(join(root, 'test_batch.bin'), Buffer.alloc(3073 * 20 - 1)),
    ],
    [
      'dataset.recordSize',
      'records of CIFAR-100',
      /CIFAR-100/,
      (root) => writeFileSync(join(root, 'data_batch_1.bin'), Buffer.alloc(3074 * 20)),
    ],
    [
      'dataset.labelRange',
      'label 10',
      /Record 3 of data_batch_4\.bin has the label 10/,
      (root) => {
        const bytes = readFileSync(join(root, 'data_batch_4.bin'));
        bytes[3 * 3073] = 10;
        writeFileSync(join(root, 'data_batch_4.bin'), bytes);
      },
    ],
    [
      'dataset.layoutMismatch',
      'test_batch missing',
      /missing here: test_batch\.bin/,
      (root) => rmSync(join(root, 'test_batch.bin')),
    ],
  ])('%s for %s', async (code, _what, message, spoil) => {
    const root = temporaryFolder();
    await cifar10(root);
    spoil(root);
    const error = errorOf(() => scan(root));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('tells the Python version and CIFAR-100 apart (D10)', () => {
    const python = temporaryFolder();
    put(join(python, 'data_batch_1'), 'pickle');
    expect(errorOf(() => scan(python)).message).toMatch(
      /CIFAR-10's Python version is incomplete; missing here: data_batch_2/,
    );
    const hundred = temporaryFolder();
    put(join(hundred, 'train.bin'), 'x');
    expect(errorOf(() => scan(hundred)).message).toMatch(/CIFAR-100/);
  });

  it('refuses a layout that was asked for and is not there', () => {
    expect(errorOf(() => scan(EMOJI, {}, 'cifar10-binary')).code).toBe('dataset.layoutMismatch');
  });
});
