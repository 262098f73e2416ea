/**
 * Which folders of a data set are its splits: by their names, and by what is in them. A class may be called train or
 * test, too.
 */
import { posix } from 'node:path';
import type { Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { FileTree } from '../sources/fileTree.ts';
import { plainSplit, splitOfName } from './splitNames.ts';

export interface SplitFolders {
  /** Folders relative to the root. */
  readonly train: string;
  readonly val: string | null;
  readonly test: string | null;
  /** Folders beside them that are no split, with how many images lie in each. */
  readonly others: readonly { readonly name: string; readonly images: number }[];
}

/**
 * The split folders of the root, or null when its folders are the classes themselves. A folder is the training split
 * when it is called so and holds folders; one that holds images directly, beside others that do, is a class.
 * @throws {StudioError} dataset.layoutMismatch: two folders for one split, or none for training
 */
export function findSplitFolders(tree: FileTree): SplitFolders | null {
  const { folders } = tree.list('');
  const named = folders.flatMap((name) => {
    const split = splitOfName(name);
    return split === undefined ? [] : [{ name, split, place: unwrapped(tree, name) }];
  });
  const holdingFolders = named.filter(({ place }) => tree.list(place).folders.length > 0);
  if (!holdingFolders.some(({ split }) => split === 'train')) {
    requireTraining(tree, folders, named.length, holdingFolders.length);
    return null;
  }
  const chosen = new Map<Split, string>();
  for (const split of ['train', 'val', 'test'] as const) {
    const place = choose(tree.root, split, split === 'train' ? holdingFolders : named);
    if (place !== null) chosen.set(split, place);
  }
  const used = new Set([...chosen.values()].map((place) => place.split('/')[0]));
  const others = folders.filter((name) => !used.has(name)).map((name) => ({ name, images: countImages(tree, name) }));
  return { train: chosen.get('train')!, val: chosen.get('val') ?? null, test: chosen.get('test') ?? null, others };
}

interface Named {
  readonly name: string;
  readonly split: Split;
  readonly place: string;
}

/** One that is called by the plain word is meant before `val2`, `eval` and the like. */
function choose(root: string, split: Split, candidates: readonly Named[]): string | null {
  const all = candidates.filter((folder) => folder.split === split);
  const plain = all.filter(({ name }) => /^(train|training|val|valid|validation|test)$/i.test(name));
  const [first, second] = plain.length > 0 ? plain : all;
  if (first === undefined) return null;
  if (second === undefined) return first.place;
  throw new StudioError(
    'dataset.layoutMismatch',
    `${root} has two folders for the ${split} split: ${first.name} and ${second.name}.`,
    { remedy: 'Remove or rename one of them.' },
  );
}

/** The folder in which a split starts: some archives repeat it, as in seg_train/seg_train. */
function unwrapped(tree: FileTree, name: string): string {
  const { folders, pictures } = tree.list(name);
  const [only] = folders;
  const repeats = only !== undefined && splitOfName(only) === splitOfName(name);
  return folders.length === 1 && pictures.length === 0 && repeats ? posix.join(name, only) : name;
}

/** Splits of classes without a training split are no class folders: their names would become the classes. */
function requireTraining(tree: FileTree, folders: readonly string[], named: number, holdingFolders: number): void {
  if (named === 0 || named < folders.length || holdingFolders < folders.length) return;
  throw new StudioError(
    'dataset.layoutMismatch',
    `${tree.root} has the splits ${folders.join(' and ')}, but no folder for training.`,
    { remedy: 'Name the folder to train on "train", or choose the folder whose sub-folders are the classes.' },
  );
}

/**
 * Splits that hold images, but no class folders: without a list beside, their images have no labels, and their names
 * are no classes. Null where the folders are something else.
 */
export function flatSplits(tree: FileTree): { readonly name: string; readonly images: number }[] | null {
  const { folders } = tree.list('');
  const flat = folders.map((name) => ({ name, images: tree.list(name).pictures.length }));
  const allSplits = folders.length > 0 && folders.every((name) => splitOfName(name) !== undefined);
  const training = folders.some((name) => splitOfName(name) === 'train');
  // "train" and "test" alone may be classes; beside "train_images" nothing is.
  const several = folders.length > 1 || plainSplit(folders[0] ?? '') === undefined;
  return allSplits && training && several && flat.every(({ images }) => images > 0) ? flat : null;
}

const MAX_DEPTH = 4;

function countImages(tree: FileTree, folder: string, depth = 0): number {
  const { folders, pictures } = tree.list(folder);
  const below = depth < MAX_DEPTH ? folders.map((name) => countImages(tree, `${folder}/${name}`, depth + 1)) : [];
  return below.reduce((sum, count) => sum + count, pictures.length);
}
