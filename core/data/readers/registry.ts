/** All readers, and finding the one for a folder. */
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { LayoutName } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { fileError } from '../../files/fileErrors.ts';
import { FolderTree, type FileTree } from '../sources/fileTree.ts';
import { byEnding, type FolderListing } from '../sources/pictureFiles.ts';
import { findListFiles, isListName } from './lists/listFiles.ts';
import { openList } from './lists/listText.ts';
import { cifar100Binary } from './cifar100Binary.ts';
import { cifarPython } from './cifarPython.ts';
import { cifar10Binary } from './cifar10Binary.ts';
import { askNested, classFolders } from './classFolders.ts';
import { csvManifest } from './csvManifest.ts';
import { idx } from './idx.ts';
import { imagenet } from './imagenet.ts';
import { places365 } from './places365.ts';
import { stl10Binary } from './stl10Binary.ts';
import { svhn } from './svhn.ts';
import { labelHints } from './labelHints.ts';
import type { Detection, Reader, ScanOptions } from './reader.ts';
import { flatSplits } from './splitFolders.ts';
import { tinyImagenet } from './tinyImagenet.ts';

export const READERS: readonly Reader[] = [
  classFolders,
  tinyImagenet,
  cifar10Binary,
  cifar100Binary,
  cifarPython,
  stl10Binary,
  svhn,
  idx,
  csvManifest,
  imagenet,
  places365,
];

/** Folders that unpacking an archive puts around a data set are gone through, this many at most. */
const MAX_WRAPPERS = 3;
/** A data set lies beside a few other folders, not among its own classes. */
const MAX_BESIDE = 8;

export interface FoundLayout extends Detection {
  readonly reader: Reader;
  /** The given folder, or the only folder inside it where the data set really starts. */
  readonly root: string;
  readonly tree: FileTree;
  /** The CSV list itself, where the user chose one; a scan needs it. */
  readonly manifest?: string;
}

/**
 * Recognizes the layout of `path` (a folder, or a CSV list), or checks that it is the given one.
 * @throws {StudioError} dataset.notFound, dataset.noPermission, dataset.unknownLayout (saying what was found and what
 *   the layouts look like), dataset.layoutMismatch, dataset.empty, dataset.oneClass, dataset.nested
 */
export function detectLayout(
  path: string,
  layout: LayoutName | 'auto' = 'auto',
  nested?: ScanOptions['nested'],
): FoundLayout {
  if (isList(path)) {
    const manifest = basename(path);
    const tree = new FolderTree(dirname(path));
    const detection = layout === 'auto' || layout === 'csv-manifest' ? csvManifest.detect(tree, { manifest }) : null;
    if (detection === null)
      throw new StudioError(
        'dataset.layoutMismatch',
        `${path} is a list of images; the layout ${layout} is a folder.`,
        {
          remedy: 'Choose its folder, or leave the layout to be recognized.',
        },
      );
    return { ...detection, reader: csvManifest, root: tree.root, tree, manifest };
  }
  return detectIn(new FolderTree(path), layout, nested);
}

/** The same for the root of a tree. */
export function detectIn(start: FileTree, layout: LayoutName | 'auto', nested?: ScanOptions['nested']): FoundLayout {
  const readers = layout === 'auto' ? READERS : READERS.filter((reader) => reader.layout === layout);
  let tree = start;
  for (let depth = 0; depth <= MAX_WRAPPERS; depth += 1) {
    const found = readers
      .flatMap((reader) => {
        const detection = reader.detect(tree, { nested });
        return detection === null ? [] : [{ ...detection, reader, root: tree.root, tree }];
      })
      .sort((a, b) => b.confidence - a.confidence)[0];
    if (found !== undefined) return found;
    const inner = onlyPictureFolder(tree);
    if (inner === null) break;
    tree = tree.within(inner);
  }
  throw notRecognized(start, readers, layout);
}

/** The one folder that holds images, at any depth; others hold outlines, documents and the like. */
function onlyPictureFolder(tree: FileTree): string | null {
  const { folders, pictures } = tree.list('');
  if (pictures.length > 0) return null;
  if (folders.length === 1) return folders[0]!;
  const holding = folders.length <= MAX_BESIDE ? folders.filter((name) => holdsPictures(tree, name, MAX_WRAPPERS)) : [];
  return holding.length === 1 ? holding[0]! : null;
}

function holdsPictures(tree: FileTree, folder: string, depth: number): boolean {
  const { folders, pictures } = tree.list(folder);
  if (pictures.length > 0) return true;
  return depth > 0 && folders.some((name) => holdsPictures(tree, `${folder}/${name}`, depth - 1));
}

/**
 * Whether `path` is a list of images; a folder is none.
 * @throws {StudioError} dataset.notFound, dataset.unknownLayout: for other files
 */
function isList(path: string): boolean {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw fileError(error, path, { subject: 'dataset' });
  }
  if (isFolder) return false;
  if (isListName(path)) return true;
  const archive = isArchiveName(path);
  throw new StudioError(
    'dataset.unknownLayout',
    `${path} is ${archive ? 'an archive' : 'a file'}; what is in it is not known before it is ` +
      `${archive ? 'unpacked' : 'in a folder'}.`,
    {
      remedy: archive
        ? "Import it as it is (it is unpacked into Quorum's own folder), or unpack it and choose the folder."
        : 'Choose the folder that holds the images, an archive (zip, tar, tar.gz) of it, or a list of them (CSV, ' +
          'TSV, text or JSON lines).',
    },
  );
}

/** By its ending; what it really is, its first bytes say. */
export function isArchiveName(path: string): boolean {
  return /\.(zip|tar|tgz|tar\.\w+|gz|bz2|xz|zst|lz4|7z|rar)$/i.test(path) && !/[-.]idx[134]-ubyte\.gz$/i.test(path);
}

function notRecognized(tree: FileTree, readers: readonly Reader[], layout: LayoutName | 'auto'): StudioError {
  const path = tree.root;
  const listing = tree.list('');
  const looks = readers.map((reader) => reader.looksLike).join('; ');
  const details = {
    folders: listing.folders.slice(0, 20),
    files: [...listing.pictures, ...listing.others].slice(0, 20),
  };
  if (listing.folders.length + listing.pictures.length + listing.others.length === 0) {
    return new StudioError('dataset.empty', `${path} is empty.`, {
      remedy: `Choose a folder that holds a data set. Known layouts: ${looks}.`,
    });
  }
  const flat = flatSplits(tree);
  if (flat !== null) return notLabelled(tree, flat);
  const nested = layout === 'auto' || layout === 'class-folders' ? findNested(tree, '') : [];
  if (nested.length > 0)
    return askNested(`The images of ${path} lie two folders deep or more.`, {
      classes: listing.folders,
      inner: nested,
      folder: path,
    });
  const unread = layout === 'auto' ? whyListsAreNotRead(tree) : null;
  if (unread !== null) return unread;
  const archives = listing.others.filter(isArchiveName);
  const hint =
    listing.pictures.length === 0
      ? {
          message: '',
          remedy:
            archives.length === 0
              ? ''
              : `Choose one of the archives itself, as ${archives[0]}: it is unpacked into Quorum's own folder, and ` +
                'so are archives inside of it. If each holds one class, unpack each into a folder of its name, or ' +
                'pack all of them into one tar, and import that. ',
        }
      : {
          message:
            ' Without class folders or a list of labels the images have no classes.' +
            labelHints(tree, listing.pictures),
          remedy:
            'Sort the images into one folder for each class, or put a list with the columns path and label beside ' +
            'them. ',
        };
  return new StudioError(
    layout === 'auto' ? 'dataset.unknownLayout' : 'dataset.layoutMismatch',
    `${path} is no data set ${layout === 'auto' ? 'of a known layout' : `of the layout ${layout}`}: found ` +
      `${describeFound(tree, listing)}.${hint.message}`,
    {
      remedy: archives.length > 0 ? hint.remedy.trimEnd() : `${hint.remedy}Known layouts: ${looks}.`,
      details,
    },
  );
}

/** The fault of the folder's lists, where they have one: it is why the images have no classes. */
function whyListsAreNotRead(tree: FileTree): StudioError | null {
  const lists = findListFiles(tree, undefined);
  if (lists === null) return null;
  try {
    for (const { file } of lists) for (const _row of openList(tree, file).rows());
    return null;
  } catch (error) {
    return error instanceof StudioError ? error : null;
  }
}

/** Splits whose images have no labels anywhere. */
function notLabelled(tree: FileTree, splits: readonly { name: string; images: number }[]): StudioError {
  const [largest] = [...splits].sort((a, b) => b.images - a.images);
  const found = splits.map(({ name, images }) => `${name} (${images.toLocaleString('en')} images)`).join(', ');
  return new StudioError(
    'dataset.unknownLayout',
    `${tree.root} has splits without class folders, and no list of labels: ${found}.` +
      labelHints(tree, largest === undefined ? [] : tree.list(largest.name).pictures),
    {
      remedy:
        'Sort the images of each split into one folder for each class, or put a list beside them: train.csv with the ' +
        'columns path and label.',
      details: { folders: splits.map(({ name }) => name) },
    },
  );
}

function describeFound(tree: FileTree, listing: FolderListing): string {
  const archives = listing.others.filter(isArchiveName);
  const others = listing.others.filter((name) => !isArchiveName(name));
  const count = (n: number, what: string, names: readonly string[]): string[] =>
    n === 0 ? [] : [`${n.toLocaleString('en')} ${what} (${names.slice(0, 4).join(', ')}${n > 4 ? ', …' : ''})`];
  return [
    ...count(
      listing.folders.length,
      'folders',
      listing.folders.map((name) => describeFolder(tree, name)),
    ),
    ...count(listing.pictures.length, 'images outside of any folder', listing.pictures),
    ...count(archives.length, 'archives, which are not looked into', archives),
    ...count(others.length, 'other files', others),
  ].join(', ');
}

/** A folder by what lies in it: images, folders, or files of another kind by their ending. */
function describeFolder(tree: FileTree, name: string): string {
  const { folders, pictures, others } = tree.list(name);
  if (pictures.length > 0) return `${name}: ${pictures.length.toLocaleString('en')} images`;
  if (others.length > 0) return `${name}: no images, but ${byEnding(others)}`;
  return folders.length > 0 ? `${name}: ${folders.length.toLocaleString('en')} folders` : `${name}: empty`;
}

/** Folders, two to four levels down, that hold pictures; the first twenty. */
function findNested(tree: FileTree, folder: string, depth = 0): string[] {
  const found: string[] = [];
  const prefix = folder === '' ? '' : `${folder}/`;
  for (const name of tree.list(folder).folders) {
    if (depth > 0 && tree.list(`${prefix}${name}`).pictures.length > 0) found.push(`${prefix}${name}`);
    if (depth < 3) found.push(...findNested(tree, `${prefix}${name}`, depth + 1));
    if (found.length >= 20) break;
  }
  return found.slice(0, 20);
}
