import { mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { StudioError } from '../../../contract/errors.ts';
import { Augmentation } from '../../../contract/recipe.ts';
import { StoredTree } from '../../../core/data/archive/storedTree.ts';
import { readIndex } from '../../../core/data/set/datasetIndex.ts';
import { isUnreachable } from '../../../core/files/fileErrors.ts';
import { openFileSplit } from '../../../core/data/batches/fileSplits.ts';
import { openDataset, readQuarantine } from '../../../core/data/set/openDataset.ts';
import { ensurePacked } from '../../../core/data/packed/packedCache.ts';
import { PrefetchingLoader } from '../../../core/data/batches/prefetchingLoader.ts';
import { detectIn } from '../../../core/data/readers/registry.ts';
import type { FileSplit, PackedSplit } from '../../../core/data/types.ts';
import { outcomeOf } from '../../../core/studio/training/trainingOutcome.ts';
import { cifar10, classFolder, importInto, picture, put, temporaryFolder, tinyImagenet, WNIDS } from './fixtures.ts';
import { HOSTILE_PICKLE, pickledBatch, pickledNames } from './readers/pickledCifar.ts';
import { errorOf, scan, tally } from './readers/scanning.ts';

async function refused(root: string): Promise<StudioError> {
  const error: unknown = await importInto(root).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StudioError);
  expect((error as StudioError).remedy).toBeTruthy();
  return error as StudioError;
}

describe('class folders', () => {
  it('D01: an empty class folder is left out with a note', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 3);
    mkdirSync(join(root, 'aa'));
    const { card } = await importInto(root, { fractions: { val: 0 } });
    expect(card).toMatchObject({ classIds: ['a', 'b'], splits: { train: { perClass: [3, 3] } } });
    expect(card.notes.join()).toMatch(/1 class folders hold no images and are no classes \(aa\)/);
  });

  it('D02: one class is refused', async () => {
    const root = temporaryFolder();
    await classFolder(join(root, 'train'), ['a'], 3);
    expect((await refused(root)).code).toBe('dataset.oneClass');
  });

  it('D03: class names are text, whatever they hold', async () => {
    const root = temporaryFolder();
    const names = ['=cmd|x', '<img onerror=alert(1)>', '🐈', 'עברית', 'a'.repeat(255), '__proto__'];
    await classFolder(root, names, 2);
    const { card } = await importInto(root, { fractions: { val: 0 } });
    expect(card.classNames).toEqual([...names].sort());
    expect(card.splits.train?.perClass).toEqual(names.map(() => 2));
  });

  it('D04: nested class folders are asked about', async () => {
    const root = temporaryFolder();
    await classFolder(join(root, 'animals'), ['cat', 'dog'], 2);
    await classFolder(join(root, 'plants'), ['rose'], 2);
    expect(await refused(root)).toMatchObject({ code: 'dataset.nested', details: { choices: ['first', 'leaf'] } });
  });

  it('D05: pictures beside folders of pictures are asked about', async () => {
    const root = temporaryFolder();
    await classFolder(join(root, 'animals'), ['cat'], 2);
    await classFolder(root, ['animals', 'plants'], 2);
    expect(await refused(root)).toMatchObject({ code: 'dataset.nested', details: { choices: ['first', 'leaf'] } });
  });

  it('D06: 50,000 classes are too many, before any picture is listed', () => {
    const names = Array.from({ length: 50_000 }, (_, i) => `c${i}/x.png`);
    const tree = StoredTree.of('people', 'store', names);
    const { reader } = detectIn(tree, 'auto');
    const list = vi.spyOn(tree, 'list');
    expect(errorOf(() => reader.scan(tree, { val: 0.2, test: 0, seed: 0 }))).toMatchObject({
      code: 'dataset.limit',
      message: expect.stringMatching(/50,000 classes.*30,000/) as string,
    });
    expect(new Set(list.mock.calls.flat())).toEqual(new Set(['']));
  });

  it('D19: paths with blanks, quotes, #, % and a line break', async () => {
    const root = join(temporaryFolder(), 'it\'s a "folder" #1 %20\nwith more');
    await classFolder(root, ['a #1', "b%20's"], 3);
    const { card, directory } = await importInto(root, { fractions: { val: 0 } });
    expect(card).toMatchObject({ quarantined: 0, splits: { train: { count: 6 } } });
    const cache = await ensurePacked(await openDataset(directory), {
      size: 4,
      color: 'rgb',
      fit: 'cover',
      interpolation: 'lanczos3',
    });
    expect(cache.split('train')?.length).toBe(6);
    cache.close();
  });
});

describe('CIFAR', () => {
  it.each([
    ['one byte more', 1],
    ['one byte less', -1],
  ])('D07: a batch with %s is refused', async (_what, more) => {
    const root = temporaryFolder();
    await cifar10(root);
    writeFileSync(join(root, 'data_batch_2.bin'), Buffer.alloc(3073 * 20 + more));
    expect(await refused(root)).toMatchObject({
      code: 'dataset.recordSize',
      message: expect.stringContaining('data_batch_2.bin') as string,
    });
  });

  it.each([10, 255])('D08: the label %i is refused', async (label) => {
    const root = temporaryFolder();
    await cifar10(root);
    const bytes = readFileSync(join(root, 'data_batch_4.bin'));
    bytes[3 * 3073] = label;
    writeFileSync(join(root, 'data_batch_4.bin'), bytes);
    expect(await refused(root)).toMatchObject({
      code: 'dataset.labelRange',
      message: expect.stringContaining(`Record 3 of data_batch_4.bin has the label ${label}`) as string,
    });
  });

  it('D09: without test_batch it is refused by that name', async () => {
    const root = temporaryFolder();
    await cifar10(root);
    rmSync(join(root, 'test_batch.bin'));
    expect((await refused(root)).message).toMatch(/missing here: test_batch\.bin/);
  });

  it('D10: CIFAR-100 under the names of CIFAR-10 is refused with a hint', async () => {
    const root = temporaryFolder();
    await cifar10(root);
    writeFileSync(join(root, 'data_batch_1.bin'), Buffer.alloc(3074 * 20));
    expect(await refused(root)).toMatchObject({
      message: expect.stringContaining('CIFAR-100') as string,
      remedy: expect.stringContaining('CIFAR-100') as string,
    });
  });

  it('D11: a list of names with CRLF and blank lines is read', async () => {
    const root = temporaryFolder();
    await cifar10(root);
    put(
      join(root, 'batches.meta.txt'),
      '\r\nairplane\r\nautomobile\r\n\r\nbird\r\ncat\r\ndeer\r\ndog\r\nfrog\r\nhorse\r\nship\r\ntruck\r\n\r\n',
    );
    expect((await importInto(root)).card.classNames).toEqual([
      'airplane',
      'automobile',
      'bird',
      'cat',
      'deer',
      'dog',
      'frog',
      'horse',
      'ship',
      'truck',
    ]);
  });

  const planes = (count: number, from = 0): Buffer =>
    Buffer.concat(
      Array.from({ length: count }, (_, r) => Buffer.concat([0, 1, 2].map((c) => Buffer.alloc(1024, from + r + c)))),
    );
  function python10(root: string): void {
    for (let batch = 1; batch <= 5; batch += 1)
      put(join(root, `data_batch_${batch}`), pickledBatch([0, 1, 2, 0], planes(4, 10 * batch)));
    put(join(root, 'test_batch'), pickledBatch([2, 1], planes(2, 100)));
    put(join(root, 'batches.meta'), pickledNames('label_names', ['cat', 'dog', 'eel']));
  }

  it('D12: the Python version is read as data, to the byte', async () => {
    const root = temporaryFolder();
    python10(root);
    const { card, directory } = await importInto(root, { fractions: { val: 0 } });
    expect(card).toMatchObject({
      layout: 'cifar-python',
      classNames: ['cat', 'dog', 'eel'],
      nativeSize: { width: 32, height: 32 },
      splits: { train: { perClass: [10, 5, 5] }, test: { perClass: [0, 1, 1] } },
    });
    const cache = await ensurePacked(await openDataset(directory), {
      size: 32,
      color: 'rgb',
      fit: 'cover',
      interpolation: 'lanczos3',
    });
    const test = cache.split('test') as PackedSplit;
    const out = new Uint8Array(3072);
    for (let i = 0; i < 2; i += 1) {
      test.read([i], out);
      const record = Number(test.pathOf(i).split('#')[1]);
      expect(out).toEqual(Uint8Array.from({ length: 3072 }, (_, at) => 100 + record + (at % 3)));
    }
    cache.close();
  });

  it("D12: so is CIFAR-100's, by its fine labels", async () => {
    const root = temporaryFolder();
    put(join(root, 'train'), pickledBatch([1, 0, 1, 0], planes(4), 'fine_labels'));
    put(join(root, 'test'), pickledBatch([1], planes(1), 'fine_labels'));
    put(join(root, 'meta'), pickledNames('fine_label_names', ['apple', 'bear']));
    expect((await importInto(root, { fractions: { val: 0 } })).card).toMatchObject({
      layout: 'cifar-python',
      classNames: ['apple', 'bear'],
      splits: { train: { perClass: [2, 2] }, test: { perClass: [0, 1] } },
    });
  });

  it.each<[string, string, RegExp, Buffer]>([
    ['asks to run something', 'dataset.layoutMismatch', /posix\.system/, HOSTILE_PICKLE],
    [
      'is cut off',
      'dataset.layoutMismatch',
      /data_batch_3 is no file/,
      pickledBatch([0, 1], planes(2)).subarray(0, 3000),
    ],
    [
      'has fewer pixels than labels',
      'dataset.recordSize',
      /data_batch_3 has 3 labels/,
      Buffer.from(
        pickledBatch([0, 1, 2], planes(3))
          .toString('latin1')
          .replace('M\x03\0M\0\x0c', 'M\x02\0M\0\x0c')
          .replace('T\0\x24\0\0', 'T\0\x18\0\0')
          .replace(planes(3).toString('latin1'), planes(2).toString('latin1')),
        'latin1',
      ),
    ],
  ])('D12: a batch that %s is refused', async (_what, code, message, bytes) => {
    const root = temporaryFolder();
    python10(root);
    put(join(root, 'data_batch_3'), bytes);
    const error = await refused(root);
    expect({ code: error.code, message: error.message }).toEqual({
      code,
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('Tiny ImageNet', () => {
  it('D13: val without annotations is refused', async () => {
    const root = temporaryFolder();
    await tinyImagenet(root);
    rmSync(join(root, 'val/val_annotations.txt'));
    expect((await refused(root)).code).toBe('dataset.missingAnnotations');
  });

  it('D14: an annotation of a picture that is not there is listed', async () => {
    const root = temporaryFolder();
    await tinyImagenet(root);
    put(
      join(root, 'val/val_annotations.txt'),
      `${readFileSync(join(root, 'val/val_annotations.txt'), 'utf8')}gone.JPEG\t${WNIDS[0]}\t0\t0\t1\t1\n`,
    );
    const { card, directory } = await importInto(root);
    expect(card.quarantined).toBe(1);
    expect(readQuarantine(directory)[0]).toMatchObject({
      path: 'val/images/gone.JPEG',
      reason: expect.stringMatching(/not there/) as string,
    });
  });

  it('D15: a synset that is not in wnids.txt is left out, and said', async () => {
    const root = temporaryFolder();
    await tinyImagenet(root);
    put(
      join(root, 'val/val_annotations.txt'),
      readFileSync(join(root, 'val/val_annotations.txt'), 'utf8').replace(
        'val_0.JPEG\tn01443537',
        'val_0.JPEG\tn09999999',
      ),
    );
    const { card } = await importInto(root);
    expect(card.splits.val?.count).toBe(8);
    expect(card.notes.join()).toMatch(
      /1 images of val belong to classes that are not in wnids\.txt and were left out \(val_0\.JPEG: n09999999\)/,
    );
  });

  it.each([
    ['one less', WNIDS.slice(0, 2), /1 folders in train are not in wnids\.txt \(n02058221\)/],
    [
      'one more',
      [...WNIDS, 'n09999999'],
      /1 of the 4 classes of wnids\.txt have no images in train and were left out \(n09999999\)/,
    ],
  ])('D16: a list of %s than there are folders is noted', async (_what, wnids, note) => {
    const root = temporaryFolder();
    await tinyImagenet(root);
    put(join(root, 'wnids.txt'), `${wnids.join('\n')}\n`);
    const { card } = await importInto(root);
    expect(card.classIds).toEqual(wnids.filter((id) => WNIDS.includes(id)));
    expect(card.notes.join()).toMatch(note);
    expect(tally(scan(root))).toMatchObject({ 'train/0': 8, 'train/1': 8 });
  });
});

describe('while training reads the pictures from their files', () => {
  const loaders: PrefetchingLoader[] = [];
  afterAll(() => Promise.all(loaders.map((loader) => loader.close())));
  async function reading(): Promise<{ root: string; split: FileSplit; loader: PrefetchingLoader }> {
    const root = join(temporaryFolder(), 'mounted');
    for (const [label, name] of ['a', 'b'].entries())
      for (let i = 0; i < 6; i += 1) put(join(root, name, `${i}.png`), await picture(20, 16, 6 * label + i));
    const dataset = await openDataset((await importInto(root, { fractions: { val: 0 } })).directory);
    const split = openFileSplit(dataset, readIndex(dataset.directory), 'train') as FileSplit;
    const loader = new PrefetchingLoader(
      split,
      {
        size: 8,
        channels: 3,
        batchSize: 3,
        seed: 1,
        shuffle: true,
        augmentation: Augmentation.parse({ resizedCrop: {} }),
      },
      { threads: 1, depth: 1 },
      { key: { size: 8, color: 'rgb', fit: 'cover', interpolation: 'linear' }, crops: true },
    );
    loaders.push(loader);
    return { root, split, loader };
  }

  it('D17: an edited picture is detected, and named', async () => {
    const { split, loader } = await reading();
    loader.batch(0, 0);
    const edited = split.fileOf(loader.batch(0, 3).indices[0] as number).path;
    writeFileSync(edited, await picture(20, 16, 99));
    utimesSync(edited, 1, 1);
    expect(errorOf(() => [0, 1, 2, 3].map((step) => loader.batch(2, step)))).toMatchObject({
      code: 'dataset.changed',
      message: expect.stringContaining(edited) as string,
    });
  });

  it('D18: an unmounted disk pauses the run, which goes on with the same batches when it is back', async () => {
    const { root, loader } = await reading();
    const copy = (): Buffer => Buffer.from(loader.batch(0, 3).images);
    const whole = copy();
    loader.batch(0, 0);
    renameSync(root, `${root}-gone`);
    const error = errorOf(() => [0, 1, 2, 3].map((step) => loader.batch(2, step)));
    expect(error).toMatchObject({
      code: 'dataset.unavailable',
      remedy: expect.stringMatching(/Mount the disk again.*resume/) as string,
    });
    const end = { finished: null, failure: error, killed: false, hung: null, closing: false, stopped: false };
    expect(outcomeOf(end)).toMatchObject({ state: 'interrupted', reason: error.message });
    renameSync(`${root}-gone`, root);
    expect(copy()).toEqual(whole);
  });

  it('D20: so does a server that fails; a deleted picture is a change', () => {
    for (const code of ['EIO', 'ESTALE', 'ETIMEDOUT', 'ENOTCONN', 'EHOSTDOWN'])
      expect(isUnreachable('/data/a/1.png', code), code).toBe(true);
    const folder = temporaryFolder();
    expect([
      isUnreachable(join(folder, 'deleted.png'), 'ENOENT'),
      isUnreachable(join(folder, 'unmounted/a.png'), 'ENOENT'),
      isUnreachable(join(folder, 'a.png'), 'EACCES'),
      isUnreachable(join(folder, 'a.png'), undefined),
    ]).toEqual([false, true, false, false]);
  });
});
