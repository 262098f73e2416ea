/** One folder for each class: directly in the root, or in train, val and test folders. */
import { StudioError } from '../../../contract/errors.ts';
import type { NestedRule, Quarantined, Split, SplitFractions } from '../../../contract/dataset.ts';
import { posix } from 'node:path';
import type { FileTree } from '../sources/fileTree.ts';
import { byEnding, type FolderListing } from '../sources/pictureFiles.ts';
import { drawSplits } from '../batches/stratify.ts';
import { labelHints } from './labelHints.ts';
import { orderNotes, sortClasses } from './lists/listLabels.ts';
import { findSplitFolders, flatSplits } from './splitFolders.ts';
import { splitOfName } from './splitNames.ts';
import {
  bySplit,
  describeDraw,
  joined,
  type Detection,
  type PictureEntry,
  type Reader,
  type Scan,
  type ScanOptions,
} from './reader.ts';
import { areSynsets, synsetWords } from './synsetNames.ts';
import { shortNames } from './wordNames.ts';

function detect(tree: FileTree, { nested }: Pick<ScanOptions, 'nested'> = {}): Detection | null {
  if (flatSplits(tree) !== null) return null;
  const listing = tree.list('');
  const splits = findSplitFolders(tree);
  const parent = splits === null ? '' : `${splits.train}/`;
  const folders = splits === null ? listing.folders : tree.list(splits.train).folders;
  // So many folders are refused by the scan; looking into each would only take long.
  const withPictures =
    folders.length > MAX_CLASSES
      ? folders.length
      : folders.filter(
          (name) =>
            tree.list(`${parent}${name}`).pictures.length > 0 ||
            (nested !== undefined && leafFolders(tree, `${parent}${name}`).length > 0),
        ).length;
  if (withPictures === 0) return null;
  const where =
    splits === null
      ? 'in the folder itself'
      : `in ${[splits.train, splits.val, splits.test].filter((name) => name !== null).join(', ')}`;
  return {
    confidence: splits === null ? 0.5 : 0.7,
    description: `one folder for each class (${withPictures}) ${where}`,
  };
}

/** Links can lead round in circles. */
const MAX_DEPTH = 16;

/** Folders at or below `folder` that hold pictures directly, full names, parents first. */
function leafFolders(tree: FileTree, folder: string, depth = 0): string[] {
  const { folders, pictures } = tree.list(folder);
  const deeper = depth < MAX_DEPTH ? folders.flatMap((name) => leafFolders(tree, `${folder}/${name}`, depth + 1)) : [];
  return pictures.length > 0 ? [folder, ...deeper] : deeper;
}

/**
 * The question that `ImportOptions.nested` answers. `classes` are examples of what lies side by side, `inner` of what
 * lies deeper.
 */
export function askNested(
  message: string,
  { classes, inner, ...details }: { classes: readonly string[]; inner: readonly string[]; folder: string },
): StudioError {
  const examples = (names: readonly string[]): string => names.slice(0, 3).join(', ');
  return new StudioError(
    'dataset.nested',
    `${message} It is not clear what the classes are: the outer folders (${examples(classes)}) or the inner ones ` +
      `(${examples(inner)}).`,
    {
      remedy:
        'Say which: --nested first takes the outer folders with everything below them, --nested leaf takes every ' +
        'folder that holds images. Or choose the folder whose sub-folders are the classes.',
      details: { ...details, choices: ['first', 'leaf'], first: classes.slice(0, 20), leaf: inner.slice(0, 20) },
    },
  );
}

class ClassFolderScan {
  readonly notes: string[] = [];
  readonly problems: Quarantined[] = [];
  readonly #tree: FileTree;
  readonly #nested: NestedRule | undefined;
  readonly #leftOut: string[] = [];

  constructor(tree: FileTree, nested: NestedRule | undefined) {
    this.#tree = tree;
    this.#nested = nested;
  }

  listing(folder: string): FolderListing {
    return this.#tree.list(folder);
  }

  /** Names of the class folders in `folder`. */
  classes(folder: string): string[] {
    const { folders, pictures } = this.listing(folder);
    if (pictures.length > 0)
      this.notes.push(
        `${pictures.length.toLocaleString('en')} images directly in ${folder || 'the root'} belong to no class and ` +
          'were left out',
      );
    if (this.#nested !== 'leaf') return sortClasses(folders);
    const prefix = folder === '' ? '' : `${folder}/`;
    return sortClasses(
      folders.flatMap((name) => leafFolders(this.#tree, `${prefix}${name}`)).map((name) => name.slice(prefix.length)),
    );
  }

  /**
   * Paths of the pictures of one class folder, sorted.
   * @throws {StudioError} dataset.nested: pictures lie deeper and nothing was said about that
   */
  pictures(folder: string, split: Split): string[] {
    const deeper =
      this.#nested === 'leaf'
        ? []
        : this.listing(folder).folders.flatMap((name) => leafFolders(this.#tree, `${folder}/${name}`));
    if (deeper.length > 0 && this.#nested === undefined) {
      throw askNested(`The class folder ${folder} has folders with images of its own.`, {
        classes: [folder],
        inner: deeper,
        folder,
      });
    }
    return [folder, ...deeper].flatMap((name) => this.#picturesIn(name, split));
  }

  #picturesIn(folder: string, split: Split): string[] {
    const listing = this.listing(folder);
    for (const name of listing.broken)
      this.problems.push({
        path: `${folder}/${name}`,
        split,
        reason: 'no regular file (a broken link, a pipe or a socket)',
      });
    for (const name of listing.others) this.#leftOut.push(joined(folder, name));
    return listing.pictures.map((name) => joined(folder, name));
  }

  finish(): void {
    if (this.#leftOut.length > 0)
      this.notes.push(
        `${this.#leftOut.length.toLocaleString('en')} files in class folders are no images by their names and were ` +
          `left out: ${byEnding(this.#leftOut)}`,
      );
  }
}

function scan(tree: FileTree, { nested, splitNamed, ...fractions }: ScanOptions): Scan {
  const scanning = new ClassFolderScan(tree, nested);
  const splits = findSplitFolders(tree);
  const prefix = splits === null ? '' : `${splits.train}/`;
  const folders = scanning.classes(splits === null ? '' : splits.train);
  const apart = splitNamed === undefined || splitNamed === 'classes' ? [] : folders.filter(isSplitNamed);
  const found = folders.filter((name) => !apart.includes(name));
  limitClasses(found.length, tree.root);
  const drawTest = splits?.test == null;
  const drawn: SplitFractions = {
    ...fractions,
    val: splits?.val == null ? fractions.val : 0,
    test: drawTest ? fractions.test : 0,
  };
  const { classIds, entries } = drawnClasses(scanning, found, prefix, drawn);
  const beside = (): string =>
    labelHints(
      tree,
      entries.map(({ path }) => posix.basename(path)),
    );
  requireTwoClasses(classIds, tree.root, classIds.length === 1 ? beside() : '');
  if (splits?.val != null) entries.push(...labelledFolder(scanning, splits.val, 'val', classIds));
  if (splits?.test != null) entries.push(...testFolder(scanning, splits.test, classIds));
  if (splitNamed === 'test')
    for (const name of apart)
      entries.push(
        ...scanning.pictures(`${prefix}${name}`, 'test').map((path) => ({ path, split: 'test' as const, label: -1 })),
      );
  scanning.finish();
  scanning.notes.push(...orderNotes(classIds), ...apartNotes(apart, splitNamed));
  if (splitNamed === undefined) scanning.notes.push(...splitNameNotes(classIds));
  scanning.notes.push(...besideNotes(splits), ...nestedNotes(nested));
  return {
    classIds,
    classNames: areSynsets(classIds) ? shortNames(classIds, synsetWords()) : classIds,
    kind: 'files',
    entries: bySplit(entries),
    problems: scanning.problems,
    notes: scanning.notes,
    splitNamed: classIds.filter(isSplitNamed),
    sourceFiles: [],
    brought: { val: splits?.val != null, test: !drawTest },
    splitRule:
      splits?.val != null ? `val is the data set's own folder ${splits.val}` : describeDraw(fractions, !drawTest),
  };
}

/** Folders with images become classes in their order, and each image falls to a split. */
function drawnClasses(
  scanning: ClassFolderScan,
  folders: readonly string[],
  prefix: string,
  drawn: SplitFractions,
): { classIds: string[]; entries: PictureEntry[] } {
  const entries: PictureEntry[] = [];
  const classIds: string[] = [];
  const empty: string[] = [];
  for (const id of folders) {
    const paths = scanning.pictures(`${prefix}${id}`, 'train');
    if (paths.length === 0) {
      empty.push(`${prefix}${id}`);
      continue;
    }
    const label = classIds.push(id) - 1;
    const parts = drawSplits(paths.length, label, drawn);
    paths.forEach((path, i) => entries.push({ path, split: parts[i]!, label }));
  }
  if (empty.length > 0)
    scanning.notes.push(
      `${empty.length.toLocaleString('en')} class folders hold no images and are no classes ` +
        `(${empty.slice(0, 5).join(', ')}${empty.length > 5 ? ', …' : ''})`,
    );
  return { classIds, entries };
}

const isSplitNamed = (name: string): boolean => splitOfName(name) !== undefined;

/** Folders with images that are neither a split nor in one. */
function besideNotes(splits: ReturnType<typeof findSplitFolders>): string[] {
  const left = splits?.others.filter(({ images }) => images > 0) ?? [];
  if (left.length === 0) return [];
  const names = left.map(({ name, images }) => `${name} (${images.toLocaleString('en')} images)`);
  return [`folders beside the splits were left out: ${names.join(', ')}`];
}

function nestedNotes(rule: ScanOptions['nested']): string[] {
  if (rule === undefined) return [];
  return [
    rule === 'first'
      ? 'nested folders: the first level below is the class'
      : 'nested folders: every folder that holds images is a class',
  ];
}

function apartNotes(folders: readonly string[], rule: ScanOptions['splitNamed']): string[] {
  if (folders.length === 0) return [];
  const names = folders.join(', ');
  return [rule === 'test' ? `${names}: images without labels, to predict on` : `${names}: left out, as you said`];
}

/** Classes that are called like a split may be images that were meant to stay apart. */
function splitNameNotes(classIds: readonly string[]): string[] {
  const names = classIds.filter(isSplitNamed);
  return names.length === 0
    ? []
    : [
        `WARNING: ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} treated as ` +
          `${names.length === 1 ? 'a class' : 'classes'} like the other folders; if these are images to validate ` +
          'or predict on, say --split-named test or leave-out, or move the classes into train/',
      ];
}

/** ImageNet's largest release has 21,841 classes. */
export const MAX_CLASSES = 30_000;

function limitClasses(count: number, root: string): void {
  if (count <= MAX_CLASSES) return;
  throw new StudioError(
    'dataset.limit',
    `${root} has ${count.toLocaleString('en')} classes; a classifier of at most ${MAX_CLASSES.toLocaleString('en')} ` +
      'can be trained.',
    { remedy: 'Choose a folder with one sub-folder for each class, not for each image or person.' },
  );
}

/**
 * @throws {StudioError} dataset.oneClass, dataset.empty or dataset.limit
 */
export function requireTwoClasses(classIds: readonly string[], root: string, beside = ''): void {
  limitClasses(classIds.length, root);
  if (classIds.length >= 2) return;
  const code = classIds.length === 1 ? 'dataset.oneClass' : 'dataset.empty';
  throw new StudioError(
    code,
    classIds.length === 1
      ? `${root} has one class only (${classIds[0]}); a classifier needs at least two.${beside}`
      : `${root} has no class folders.`,
    {
      remedy: 'Choose the folder that holds one sub-folder for each class.',
    },
  );
}

function labelledFolder(
  scanning: ClassFolderScan,
  folder: string,
  split: Split,
  classIds: readonly string[],
): PictureEntry[] {
  const known = new Set(classIds.map(composed));
  const present = scanning.classes(folder);
  const folderOf = new Map(present.map((name) => [composed(name), name]));
  const foreign = present.filter((name) => !known.has(composed(name)));
  if (foreign.length === present.length) {
    throw new StudioError(
      'dataset.missingAnnotations',
      `${folder} has no folders named like the classes, so its images have no labels (found: ` +
        `${present.slice(0, 5).join(', ') || 'no folders'}).`,
      {
        remedy:
          `Sort the images of ${folder} into one folder for each class, or remove ${folder} to have a part ` +
          'of train drawn instead.',
      },
    );
  }
  for (const name of foreign)
    scanning.notes.push(
      `${folder}/${name} is no class of the training images: ` +
        `${scanning.listing(`${folder}/${name}`).pictures.length.toLocaleString('en')} images left out`,
    );
  const missing = classIds.filter((name) => !folderOf.has(composed(name)));
  if (missing.length > 0)
    scanning.notes.push(
      `${folder} has no images of ${missing.length} classes ` +
        `(${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''})`,
    );
  return classIds.flatMap((id, label) => {
    const name = folderOf.get(composed(id));
    return name === undefined
      ? []
      : scanning.pictures(`${folder}/${name}`, split).map((path) => ({ path, split, label }));
  });
}

/** Macs write an accent as a sign of its own: the two spellings look the same, and are the same name. */
function composed(name: string): string {
  return name.normalize('NFC');
}

/** Labelled where its folders are the classes; otherwise every picture in it, or one folder below, is unlabelled. */
function testFolder(scanning: ClassFolderScan, folder: string, classIds: readonly string[]): PictureEntry[] {
  const { folders, pictures } = scanning.listing(folder);
  const known = new Set(classIds.map(composed));
  if (folders.some((name) => known.has(composed(name)))) return labelledFolder(scanning, folder, 'test', classIds);
  const paths = [
    ...pictures.map((name) => `${folder}/${name}`),
    ...folders.flatMap((name) => scanning.pictures(`${folder}/${name}`, 'test')),
  ];
  if (paths.length > 0)
    scanning.notes.push(
      `${folder} has no class folders: its ${paths.length.toLocaleString('en')} images are unlabelled`,
    );
  return paths.map((path) => ({ path, split: 'test', label: -1 }));
}

export const classFolders: Reader = {
  layout: 'class-folders',
  looksLike:
    'class-folders: one folder of images for each class, directly in the folder or inside train/, val/ and test/',
  detect,
  scan,
};
