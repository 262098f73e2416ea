/**
 * Well-known sets whose labels and official splits lie in lists of their own form beside the images: birds (CUB-200),
 * dishes (Food-101) and pets (Oxford-IIIT).
 */
import type { Split } from '../../../../contract/dataset.ts';
import { readLines, type FileTree } from '../../sources/fileTree.ts';
import type { ListPlaces } from './listPlaces.ts';
import type { ListedImage } from './listRows.ts';

interface Row {
  readonly written: string;
  readonly label: string;
  readonly split: Split;
}

interface OfficialList {
  readonly title: string;
  /** Files that must be there; the first is named in messages. */
  readonly files: readonly string[];
  /** Files that may be there. */
  readonly optional?: readonly string[];
  rows(tree: FileTree): Row[];
}

/** `1 value` lines. */
function numbered(tree: FileTree, file: string): Map<string, string> {
  return new Map(readLines(tree, file).map((line) => [line.split(/\s+/)[0]!, line.replace(/^\S+\s+/, '')]));
}

const BIRDS: OfficialList = {
  title: 'birds as in CUB-200',
  files: ['train_test_split.txt', 'images.txt', 'image_class_labels.txt', 'classes.txt'],
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
  files: ['meta/train.txt', 'meta/test.txt'],
  rows: (tree) =>
    (['train', 'test'] as const).flatMap((split) =>
      readLines(tree, `meta/${split}.txt`).map((written) => ({ written, label: written.split('/')[0]!, split })),
    ),
};

const PETS: OfficialList = {
  title: 'pets as in Oxford-IIIT',
  files: ['annotations/trainval.txt'],
  optional: ['annotations/test.txt'],
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

const LISTS = [BIRDS, DISHES, PETS];

export interface FoundOfficialList {
  readonly title: string;
  readonly files: readonly string[];
  /** @throws {StudioError} dataset.notFound: the images are not in images/ */
  images(places: ListPlaces): { readonly images: ListedImage[]; readonly missing: readonly string[] };
}

/** The official lists of a folder that has images/, or null. */
export function findOfficialList(tree: FileTree): FoundOfficialList | null {
  const list = LISTS.find(({ files }) => tree.has('images') && files.every((file) => tree.has(file)));
  if (list === undefined) return null;
  const optional = (list.optional ?? []).filter((file) => tree.has(file));
  return {
    title: list.title,
    files: [...list.files, ...optional],
    images(places) {
      const rows = list.rows(tree);
      const finder = places.finder(
        list.files[0]!,
        'images',
        null,
        rows.map(({ written }) => written),
      );
      const images: ListedImage[] = [];
      const missing: string[] = [];
      for (const { written, label, split } of rows) {
        const path = finder.place(written);
        if (path === null) missing.push(written);
        else images.push({ path, label, split });
      }
      return { images, missing };
    },
  };
}
