/** One folder for each class: directly in the root, or in train, val and test folders. */
import { join } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import type { Quarantined, Split, SplitFractions } from '../../../contract/dataset.ts';
import { listFolder, type FolderListing } from '../pictureFiles.ts';
import { drawSplits } from '../stratify.ts';
import { bySplit, describeDraw, type Detection, type PictureEntry, type Reader, type Scan } from './reader.ts';

const SPLIT_FOLDERS: Readonly<Record<string, Split>> = {
  train: 'train', training: 'train', val: 'val', valid: 'val', validation: 'val', test: 'test', testing: 'test',
};

interface Layout { readonly train: string; readonly val: string | null; readonly test: string | null }

/** The split folders of `root` (relative names), or null when the classes lie in the root itself. */
function findSplitFolders(root: string, listing: FolderListing): Layout | null {
  const found: Partial<Record<Split, string>> = {};
  for (const name of listing.folders) {
    const split = SPLIT_FOLDERS[name.toLowerCase()];
    if (split === undefined) continue;
    if (found[split] !== undefined) {
      throw new StudioError('dataset.layoutMismatch', `${root} has two folders for the ${split} split: ${found[split]} and ${name}.`, { remedy: 'Remove or rename one of them.' });
    }
    found[split] = name;
  }
  // A single folder called "test" beside other classes is a class; a training folder makes the difference.
  return found.train === undefined ? null : { train: found.train, val: found.val ?? null, test: found.test ?? null };
}

function detect(root: string): Detection | null {
  const listing = listFolder(root);
  const splits = findSplitFolders(root, listing);
  const parent = splits === null ? root : join(root, splits.train);
  const folders = splits === null ? listing.folders : listFolder(parent).folders;
  const withPictures = folders.filter((name) => listFolder(join(parent, name)).pictures.length > 0).length;
  if (withPictures === 0) return null;
  const where = splits === null ? 'in the folder itself' : `in ${Object.values(splits).filter((name) => name !== null).join(', ')}`;
  return { confidence: splits === null ? 0.5 : 0.7, description: `one folder for each class (${withPictures}) ${where}` };
}

class ClassFolderScan {
  readonly notes: string[] = [];
  readonly problems: Quarantined[] = [];
  readonly #root: string;
  #others = 0;

  constructor(root: string) {
    this.#root = root;
  }

  listing(folder: string): FolderListing {
    return listFolder(join(this.#root, folder));
  }

  /** Names of the class folders in `folder`. */
  classes(folder: string): string[] {
    const { folders, pictures } = this.listing(folder);
    if (pictures.length > 0) this.notes.push(`${pictures.length.toLocaleString('en')} pictures directly in ${folder || 'the root'} belong to no class and were left out`);
    return folders;
  }

  /** Paths of the pictures of one class folder, sorted. Throws `dataset.nested` when pictures lie deeper. */
  pictures(folder: string, split: Split): string[] {
    const listing = this.listing(folder);
    for (const name of listing.folders) {
      const inner = this.listing(`${folder}/${name}`);
      if (inner.pictures.length + inner.folders.length === 0) continue;
      throw new StudioError('dataset.nested', `The class folder ${folder} has a folder of its own: ${name}. Classes must lie side by side, with their pictures directly inside.`, {
        remedy: 'Move the pictures up into the class folder, or choose the folder whose sub-folders are the classes.', details: { folder, inner: name },
      });
    }
    for (const name of listing.broken) this.problems.push({ path: `${folder}/${name}`, split, reason: 'no regular file (a broken link, a pipe or a socket)' });
    this.#others += listing.others.length;
    return listing.pictures.map((name) => `${folder}/${name}`);
  }

  finish(): void {
    if (this.#others > 0) this.notes.push(`${this.#others.toLocaleString('en')} files in class folders are no pictures by their names and were left out`);
  }
}

function scan(root: string, fractions: SplitFractions): Scan {
  const scanning = new ClassFolderScan(root);
  const splits = findSplitFolders(root, listFolder(root));
  const prefix = splits === null ? '' : `${splits.train}/`;
  const classIds = scanning.classes(splits === null ? '' : splits.train);
  const drawTest = splits?.test == null;
  const drawn: SplitFractions = { ...fractions, val: splits?.val == null ? fractions.val : 0, test: drawTest ? fractions.test : 0 };
  const entries: PictureEntry[] = [];
  classIds.forEach((id, label) => {
    const paths = scanning.pictures(`${prefix}${id}`, 'train');
    if (paths.length === 0) {
      throw new StudioError('dataset.emptyClass', `The class folder ${prefix}${id} holds no pictures.`, { remedy: 'Put pictures into it, or remove the folder.', details: { class: id } });
    }
    const parts = drawSplits(paths.length, label, drawn);
    paths.forEach((path, i) => entries.push({ path, split: parts[i] as Split, label }));
  });
  requireTwoClasses(classIds, root);
  if (splits?.val != null) entries.push(...labelledFolder(scanning, splits.val, 'val', classIds));
  if (splits?.test != null) entries.push(...testFolder(scanning, splits.test, classIds));
  scanning.finish();
  return {
    classIds, classNames: classIds, kind: 'files', entries: bySplit(entries), problems: scanning.problems, notes: scanning.notes, sourceFiles: [],
    splitRule: splits?.val != null ? `val is the data set's own folder ${splits.val}` : describeDraw(fractions, !drawTest),
  };
}

/** Throws `dataset.oneClass` or `dataset.empty`. */
export function requireTwoClasses(classIds: readonly string[], root: string): void {
  if (classIds.length >= 2) return;
  const code = classIds.length === 1 ? 'dataset.oneClass' : 'dataset.empty';
  throw new StudioError(code, classIds.length === 1 ? `${root} has one class only (${classIds[0]}); a classifier needs at least two.` : `${root} has no class folders.`, {
    remedy: 'Choose the folder that holds one sub-folder for each class.',
  });
}

function labelledFolder(scanning: ClassFolderScan, folder: string, split: Split, classIds: readonly string[]): PictureEntry[] {
  const present = scanning.classes(folder);
  const foreign = present.filter((name) => !classIds.includes(name));
  if (foreign.length === present.length) {
    throw new StudioError('dataset.missingAnnotations', `${folder} has no folders named like the classes, so its pictures have no labels (found: ${present.slice(0, 5).join(', ') || 'no folders'}).`, {
      remedy: `Sort the pictures of ${folder} into one folder for each class, or remove ${folder} to have a part of train drawn instead.`,
    });
  }
  for (const name of foreign) scanning.notes.push(`${folder}/${name} is no class of the training pictures: ${scanning.listing(`${folder}/${name}`).pictures.length.toLocaleString('en')} pictures left out`);
  const missing = classIds.filter((name) => !present.includes(name));
  if (missing.length > 0) scanning.notes.push(`${folder} has no pictures of ${missing.length} classes (${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''})`);
  return classIds.flatMap((id, label) => (present.includes(id) ? scanning.pictures(`${folder}/${id}`, split).map((path) => ({ path, split, label })) : []));
}

/** Labelled where its folders are the classes; otherwise every picture in it, or one folder below, is unlabelled. */
function testFolder(scanning: ClassFolderScan, folder: string, classIds: readonly string[]): PictureEntry[] {
  const { folders, pictures } = scanning.listing(folder);
  if (folders.some((name) => classIds.includes(name))) return labelledFolder(scanning, folder, 'test', classIds);
  const paths = [...pictures.map((name) => `${folder}/${name}`), ...folders.flatMap((name) => scanning.pictures(`${folder}/${name}`, 'test'))];
  if (paths.length > 0) scanning.notes.push(`${folder} has no class folders: its ${paths.length.toLocaleString('en')} pictures are unlabelled`);
  return paths.map((path) => ({ path, split: 'test', label: -1 }));
}

export const classFolders: Reader = {
  layout: 'class-folders',
  looksLike: 'class-folders: one folder of pictures for each class, directly in the folder or inside train/, val/ and test/',
  detect,
  scan,
};
