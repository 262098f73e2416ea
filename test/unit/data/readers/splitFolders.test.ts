/** Folders whose names are, or nearly are, names of splits. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { splitOfName } from '../../../../core/data/readers/splitNames.ts';
import { classFolder, picture, put, temporaryFolder } from '../fixtures.ts';
import { errorOf, scan, tally } from './scanning.ts';

test.each([
  ['train_images', 'train'],
  ['images_train', 'train'],
  ['trainLabels', 'train'],
  ['training_set', 'train'],
  ['seg_test', 'test'],
  ['val2', 'val'],
  ['Validation', 'val'],
  ['eval', 'val'],
  ['dev', 'val'],
  ['TEST', 'test'],
  ['train_test', undefined],
  ['train station', undefined],
  ['testimony', undefined],
  ['valley', undefined],
])('%s is %s', (name, split) => {
  expect(splitOfName(name)).toBe(split);
});

async function images(folder: string, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) put(join(folder, `${i}.png`), await picture(8, 8, i));
}

describe('splits in any common spelling', () => {
  it.each([
    ['training_set', 'test_set', 'test'],
    ['train', 'eval', 'val'],
    ['Train', 'dev', 'val'],
    ['seg_train/seg_train', 'seg_test/seg_test', 'test'],
  ])('%s and %s', async (train, other, split) => {
    const root = temporaryFolder();
    await classFolder(join(root, train), ['a', 'b'], 4);
    await classFolder(join(root, other), ['a', 'b'], 2);
    const found = scan(root, { val: 0 });
    expect(found.classIds).toEqual(['a', 'b']);
    expect(tally(found)).toEqual({ 'train/0': 4, 'train/1': 4, [`${split}/0`]: 2, [`${split}/1`]: 2 });
  });

  it('what lies beside the splits is counted', async () => {
    const root = temporaryFolder();
    await classFolder(join(root, 'seg_train'), ['a', 'b'], 4);
    await images(join(root, 'seg_pred'), 3);
    expect(scan(root).notes.join('\n')).toMatch(/folders beside the splits were left out: seg_pred \(3 images\)/);
  });

  it('splits of classes without one to train on are refused in true words', async () => {
    const root = temporaryFolder();
    for (const split of ['val', 'test']) await classFolder(join(root, split), ['a', 'b'], 2);
    expect(errorOf(() => scan(root)).message).toMatch(/has the splits test and val, but no folder for training/);
  });
});

describe('classes that are called like splits', () => {
  it('a class may be called train', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['bicycle', 'bus', 'car', 'train'], 4);
    const found = scan(root, { val: 0 });
    expect(found.classIds).toEqual(['bicycle', 'bus', 'car', 'train']);
    expect(found.notes.join('\n')).toMatch(/train is treated as a class/);
  });

  it('also inside of a split', async () => {
    const root = temporaryFolder();
    for (const split of ['train', 'val']) await classFolder(join(root, split), ['car', 'train'], 3);
    expect(tally(scan(root))).toEqual({ 'train/0': 3, 'train/1': 3, 'val/0': 3, 'val/1': 3 });
  });

  it('test beside classes is a class, and it is said', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['cat', 'dog', 'test'], 3);
    const found = scan(root);
    expect(found.notes.join('\n')).toMatch(/WARNING: test is treated as a class like the other folders/);
    expect(found.splitNamed).toEqual(['test']);
  });

  it('what they are can be said', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['cat', 'dog', 'test'], 3);
    const classes = scan(root, { val: 0, splitNamed: 'classes' });
    expect(tally(classes)).toEqual({ 'train/0': 3, 'train/1': 3, 'train/2': 3 });
    expect(classes.notes.join('\n')).not.toContain('WARNING');
    const apart = scan(root, { val: 0, splitNamed: 'test' });
    expect(tally(apart)).toEqual({ 'train/0': 3, 'train/1': 3, 'test/-1': 3 });
    expect(apart.notes.join('\n')).toMatch(/test: images without labels, to predict on/);
    expect(tally(scan(root, { val: 0, splitNamed: 'leave-out' }))).toEqual({ 'train/0': 3, 'train/1': 3 });
  });
});

describe('splits without labels', () => {
  it.each([
    ['train', 'test'],
    ['train_images', 'test_images'],
  ])('%s and %s are no classes', async (train, other) => {
    const root = temporaryFolder();
    await images(join(root, train), 8);
    await images(join(root, other), 4);
    const error = errorOf(() => scan(root));
    expect(error.code).toBe('dataset.unknownLayout');
    expect(error.message).toContain(`${train} (8 images)`);
    expect(error.message).toMatch(/splits without class folders, and no list of labels/);
  });

  it('with a list beside them have the labels of the list', async () => {
    const root = temporaryFolder();
    await images(join(root, 'train_images'), 6);
    await images(join(root, 'test_images'), 2);
    put(join(root, 'train.csv'), `image_id,label\n${[0, 1, 2, 3, 4, 5].map((i) => `${i}.png,${i % 3}`).join('\n')}\n`);
    put(join(root, 'test.csv'), 'image_id\n0.png\n1.png\n');
    expect(tally(scan(root, { val: 0 }))).toEqual({ 'train/0': 2, 'train/1': 2, 'train/2': 2, 'test/-1': 2 });
  });
});

it('numbered folders are ordered as numbers, and it is said', async () => {
  const root = temporaryFolder();
  await classFolder(root, ['0', '90', '180', '270', '10', '9'], 2);
  const found = scan(root);
  expect(found.classIds).toEqual(['0', '9', '10', '90', '180', '270']);
  expect(found.notes.join('\n')).toMatch(/the classes are numbers and are ordered as numbers: 0, 9, 10, 90/);
});

it('names are compared with their accents composed', async () => {
  const root = temporaryFolder();
  await classFolder(join(root, 'train'), ['Café'.normalize('NFC'), 'Tea'], 3);
  await classFolder(join(root, 'val'), ['Café'.normalize('NFD'), 'Tea'], 2);
  expect(tally(scan(root))).toEqual({ 'train/0': 3, 'train/1': 3, 'val/0': 2, 'val/1': 2 });
});

it('links that lead back up end at once', async () => {
  const root = temporaryFolder();
  await classFolder(root, ['cat', 'dog'], 3);
  for (const name of ['all', 'latest', 'third']) symlinkSync('.', join(root, name));
  symlinkSync('..', join(root, 'cat', 'up'));
  expect(tally(scan(root, { val: 0 }))).toEqual({ 'train/0': 3, 'train/1': 3 });
});

it('what a folder holds is said, whatever it is', async () => {
  const root = temporaryFolder();
  for (const name of ['0', '1']) for (const i of [0, 1]) put(join(root, name, `${i}.jp2`), 'x');
  put(join(root, 'pets.zip'), 'x');
  const { message } = errorOf(() => scan(root));
  expect(message).toMatch(/0: no images, but 2 \.jp2 \(0\.jp2\)/);
  expect(message).toMatch(/1 archives, which are not looked into \(pets\.zip\)/);
});
