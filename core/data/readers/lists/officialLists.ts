/**
 * Sets whose labels lie beside the images in a form of their own: birds (CUB-200), dishes (Food-101), pets
 * (Oxford-IIIT) and flowers (Oxford 102) with their official splits, and shards of pairs (WebDataset: key.jpg,
 * key.cls).
 */
import { readFileSync } from 'node:fs';
import type { Split } from '../../../../contract/dataset.ts';
import { StudioError } from '../../../../contract/errors.ts';
import { fileError } from '../../../files/fileErrors.ts';
import { MatProblem, readMatFile } from '../../../formats/matFile.ts';
import { readLines, readText, type FileTree } from '../../sources/fileTree.ts';
import type { ListPlaces } from './listPlaces.ts';
import type { ListedImage } from './listRows.ts';

interface Row {
  readonly written: string;
  readonly label: string;
  /** Null where it is drawn. */
  readonly split: Split | null;
}

interface OfficialList {
  readonly title: string;
  /** Folder of the images. */
  readonly folder: string;
  /** The files that hold the labels, the first of them named in messages; null where the folder is of another kind. */
  filesIn(tree: FileTree): readonly string[] | null;
  rows(tree: FileTree): Row[];
}

function allThere(tree: FileTree, files: readonly string[]): readonly string[] | null {
  return files.every((file) => tree.has(file)) ? files : null;
}

/** `1 value` lines. */
function numbered(tree: FileTree, file: string): Map<string, string> {
  return new Map(readLines(tree, file).map((line) => [line.split(/\s+/)[0]!, line.replace(/^\S+\s+/, '')]));
}

const BIRDS: OfficialList = {
  title: 'birds as in CUB-200',
  folder: 'images',
  filesIn: (tree) => allThere(tree, ['train_test_split.txt', 'images.txt', 'image_class_labels.txt', 'classes.txt']),
  rows(tree) {
    const classes = numbered(tree, 'classes.txt');
    const labels = numbered(tree, 'image_class_labels.txt');
    const training = numbered(tree, 'train_test_split.txt');
    return [...numbered(tree, 'images.txt')].map(([id, written]) => ({
      written,
      label: classes.get(labels.get(id) ?? '') ?? '',
      split: training.get(id) === '0' ? 'test' : 'train',
    }));
  },
};

const DISHES: OfficialList = {
  title: 'dishes as in Food-101',
  folder: 'images',
  filesIn: (tree) => allThere(tree, ['meta/train.txt', 'meta/test.txt']),
  rows: (tree) =>
    (['train', 'test'] as const).flatMap((split) =>
      readLines(tree, `meta/${split}.txt`).map((written) => ({ written, label: written.split('/')[0]!, split })),
    ),
};

const PETS: OfficialList = {
  title: 'pets as in Oxford-IIIT',
  folder: 'images',
  filesIn: (tree) =>
    allThere(tree, ['annotations/trainval.txt', 'annotations/test.txt']) ??
    allThere(tree, ['annotations/trainval.txt']),
  rows(tree) {
    const rowsOf = (file: string, split: Split): Row[] =>
      tree.has(file)
        ? readLines(tree, file).flatMap((line) => {
            const written = line.split(/\s+/)[0]!;
            return line.startsWith('#') ? [] : [{ written, label: written.replace(/_\d+$/, ''), split }];
          })
        : [];
    return [...rowsOf('annotations/trainval.txt', 'train'), ...rowsOf('annotations/test.txt', 'test')];
  },
};

const FLOWER_LABELS = 'imagelabels.mat';
const FLOWER_SPLITS = 'setid.mat';

const FLOWERS: OfficialList = {
  title: 'flowers as in Oxford 102',
  folder: 'jpg',
  filesIn: (tree) => allThere(tree, [FLOWER_LABELS, FLOWER_SPLITS]),
  rows(tree) {
    const labels = matNumbers(tree, FLOWER_LABELS, 'labels');
    const rowsOf = (split: Split, name: string): Row[] =>
      matNumbers(tree, FLOWER_SPLITS, name).map((number) => ({
        written: `image_${String(number).padStart(5, '0')}.jpg`,
        label: String(labels[number - 1] ?? ''),
        split,
      }));
    return [...rowsOf('train', 'trnid'), ...rowsOf('val', 'valid'), ...rowsOf('test', 'tstid')];
  },
};

/** @throws {StudioError} dataset.layoutMismatch: the file cannot be read, or has no such array */
function matNumbers(tree: FileTree, file: string, name: string): readonly number[] {
  const mismatch = (problem: string, cause?: unknown): StudioError =>
    new StudioError('dataset.layoutMismatch', `${file} ${problem}.`, {
      remedy: 'Download the file again, or sort the images into one folder for each class.',
      cause,
    });
  try {
    const values = readMatFile(readFileSync(tree.file(file))).get(name)?.values;
    if (values !== undefined) return values;
  } catch (error) {
    if (error instanceof MatProblem) throw mismatch(error.message, error);
    throw fileError(error, tree.file(file), { subject: 'dataset' });
  }
  throw mismatch(`has no array "${name}"`);
}

/** A file for each image would be a long list of sources: the names of the first few stand for all. */
const NAMED_PAIRS = 20;

const SHARD: OfficialList = {
  title: 'a shard of pairs as in WebDataset (key.jpg, key.cls)',
  folder: '.',
  filesIn(tree) {
    const { pictures, others } = tree.list('');
    const labels = others.filter((name) => name.endsWith('.cls'));
    return pictures.length > 0 && 2 * labels.length > pictures.length ? labels.slice(0, NAMED_PAIRS) : null;
  },
  rows: (tree) =>
    tree
      .list('')
      .others.filter((name) => name.endsWith('.cls'))
      .map((name) => ({ written: name.slice(0, -4), label: readText(tree, name).trim(), split: null })),
};

const LISTS = [BIRDS, DISHES, PETS, FLOWERS, SHARD];

export interface FoundOfficialList {
  readonly title: string;
  readonly files: readonly string[];
  /** @throws {StudioError} dataset.notFound: the images are not where they belong */
  images(places: ListPlaces): { readonly images: ListedImage[]; readonly missing: readonly string[] };
}

/** The lists of a folder that is of one of these kinds, or null. */
export function findOfficialList(tree: FileTree): FoundOfficialList | null {
  for (const list of LISTS) {
    const files = list.folder === '.' || tree.has(list.folder) ? list.filesIn(tree) : null;
    if (files !== null) return found(tree, list, files);
  }
  return null;
}

function found(tree: FileTree, list: OfficialList, files: readonly string[]): FoundOfficialList {
  return {
    title: list.title,
    files,
    images(places) {
      const rows = list.rows(tree);
      const written = rows.map((row) => row.written);
      const finder = places.finder(files[0]!, list.folder, null, written);
      const images: ListedImage[] = [];
      const missing: string[] = [];
      for (const row of rows) {
        const path = finder.place(row.written);
        if (path === null) missing.push(row.written);
        else images.push({ path, label: row.label, split: row.split });
      }
      return { images, missing };
    },
  };
}
