/** Where labels may be is said, when no reader finds them. */
import { join } from 'node:path';
import { expect, it, test } from 'vitest';
import { classesInNames } from '../../../../core/data/readers/labelHints.ts';
import { picture, put, temporaryFolder } from '../fixtures.ts';
import { errorOf, scan } from './scanning.ts';

test.each([
  [
    ['cat.0.jpg', 'cat.1.jpg', 'dog.0.jpg', 'dog.1.jpg'],
    ['cat', 'dog'],
  ],
  [
    ['great pyrenees_1.png', 'great pyrenees_2.png', 'pug-1.png', 'pug-2.png'],
    ['great pyrenees', 'pug'],
  ],
  [
    ['a (1).png', 'a (2).png', 'b (1).png', 'b (2).png'],
    ['a', 'b'],
  ],
  [['image_1.png', 'image_2.png'], null],
  [['1.png', '2.png'], null],
  [['cat.0.jpg', 'cat.1.jpg', 'dog.0.jpg'], null],
])('%s: %s', (names, classes) => {
  expect(classesInNames(names)).toEqual(classes);
});

async function images(root: string, names: readonly string[]): Promise<void> {
  for (const [i, name] of names.entries()) put(join(root, name), await picture(8, 8, i));
}

it('classes in the names of images are offered', async () => {
  const root = temporaryFolder();
  await images(join(root, 'train'), ['cat.0.png', 'cat.1.png', 'dog.0.png', 'dog.1.png']);
  await images(join(root, 'test1'), ['0.png', '1.png']);
  expect(errorOf(() => scan(root)).message).toMatch(
    /names of the images begin with cat, dog: if these are the classes/,
  );
});

it.each(['labels.xlsx', 'labels.json', 'imagelabels.mat'])('%s is named, with what to do', async (name) => {
  const root = temporaryFolder();
  await images(root, ['1.png', '2.png', '3.png']);
  put(join(root, name), 'x');
  const { message } = errorOf(() => scan(root));
  expect(message).toContain(name);
  expect(message).toMatch(/save them as a CSV list with the columns path and label/);
});

it.each([
  ['images/1.png', 'annotations/instances.json'],
  ['train/images/1.png', 'train/labels/1.txt'],
  ['images/1.png', 'data.yaml'],
])('boxes of objects are called that: %s, %s', async (image, boxes) => {
  const root = temporaryFolder();
  await images(root, [image, image.replace('1.png', '2.png')]);
  put(join(root, boxes), 'x');
  expect(errorOf(() => scan(root)).message).toMatch(/look like boxes of objects .* which are not read/);
});
