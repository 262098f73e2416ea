/** All readers, and finding the one for a folder. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { LayoutName } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { explainFileError } from '../fileErrors.ts';
import { listFolder, type FolderListing } from '../pictureFiles.ts';
import { cifar10Binary } from './cifar10Binary.ts';
import { classFolders } from './classFolders.ts';
import type { Detection, Reader } from './reader.ts';
import { tinyImagenet } from './tinyImagenet.ts';

export const READERS: readonly Reader[] = [classFolders, tinyImagenet, cifar10Binary];

/** Folders that unpacking an archive puts around a data set are gone through, this many at most. */
const MAX_WRAPPERS = 3;

export interface FoundLayout extends Detection {
  readonly reader: Reader;
  /** The given folder, or the only folder inside it where the data set really starts. */
  readonly root: string;
}

/**
 * Recognizes the layout of `path`, or checks that it is the given one. Throws `dataset.notFound`, `dataset.noPermission`, `dataset.unknownLayout`
 * (saying what was found and what the layouts look like), `dataset.layoutMismatch`, `dataset.empty`, `dataset.oneClass`, `dataset.nested`.
 */
export function detectLayout(path: string, layout: LayoutName | 'auto' = 'auto'): FoundLayout {
  requireFolder(path);
  const readers = layout === 'auto' ? READERS : READERS.filter((reader) => reader.layout === layout);
  let root = path;
  for (let depth = 0; depth <= MAX_WRAPPERS; depth += 1) {
    const found = readers
      .flatMap((reader) => {
        const detection = reader.detect(root);
        return detection === null ? [] : [{ ...detection, reader, root }];
      })
      .sort((a, b) => b.confidence - a.confidence)[0];
    if (found !== undefined) return found;
    const { folders, pictures } = listFolder(root);
    if (folders.length !== 1 || pictures.length > 0) break;
    root = join(root, folders[0] as string);
  }
  throw notRecognized(path, readers, layout);
}

function requireFolder(path: string): void {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw explainFileError(error, path, 'dataset');
  }
  if (isFolder) return;
  const archive = /\.(zip|tar|tgz|gz|7z|rar)$/i.test(path);
  throw new StudioError('dataset.unknownLayout', `${path} is ${archive ? 'an archive' : 'a file'}; a data set is a folder.`, { remedy: archive ? 'Unpack it and choose the folder.' : 'Choose the folder that holds the pictures.' });
}

function notRecognized(path: string, readers: readonly Reader[], layout: LayoutName | 'auto'): StudioError {
  const listing = listFolder(path);
  const looks = readers.map((reader) => reader.looksLike).join('; ');
  const details = { folders: listing.folders.slice(0, 20), files: [...listing.pictures, ...listing.others].slice(0, 20) };
  if (listing.folders.length + listing.pictures.length + listing.others.length === 0) {
    return new StudioError('dataset.empty', `${path} is empty.`, { remedy: `Choose a folder that holds a data set. Known layouts: ${looks}.` });
  }
  const nested = layout !== 'cifar10-binary' ? findNested(path, listing) : null;
  if (nested !== null) {
    return new StudioError('dataset.nested', `The pictures lie too deep: first seen in ${nested}. Classes must lie side by side, with their pictures directly inside.`, {
      remedy: 'Choose the folder whose sub-folders are the classes, or move the class folders side by side.', details: { ...details, first: nested },
    });
  }
  const hint = explainLookalike(listing);
  return new StudioError(layout === 'auto' ? 'dataset.unknownLayout' : 'dataset.layoutMismatch', `${path} is no data set ${layout === 'auto' ? 'of a known layout' : `of the layout ${layout}`}: found ${describeFound(listing)}.${hint.message}`, {
    remedy: `${hint.remedy}Known layouts: ${looks}.`, details,
  });
}

function describeFound(listing: FolderListing): string {
  const count = (n: number, what: string, names: readonly string[]): string[] => (n === 0 ? [] : [`${n.toLocaleString('en')} ${what} (${names.slice(0, 4).join(', ')}${n > 4 ? ', …' : ''})`]);
  return [...count(listing.folders.length, 'folders without pictures', listing.folders), ...count(listing.pictures.length, 'pictures outside of any folder', listing.pictures), ...count(listing.others.length, 'other files', listing.others)].join(', ');
}

/** Data sets that are close to a known layout and often mistaken for it. */
function explainLookalike({ others, pictures }: FolderListing): { message: string; remedy: string } {
  if (others.includes('data_batch_1') || others.includes('batches.meta')) return { message: ' This is the Python version of CIFAR-10.', remedy: 'Download its binary version (cifar-10-binary.tar.gz). ' };
  if (others.includes('train.bin') || others.includes('fine_label_names.txt')) return { message: ' This looks like CIFAR-100.', remedy: 'Use CIFAR-10, or picture files in class folders. ' };
  if (pictures.length > 0) return { message: ' Without class folders the pictures have no labels.', remedy: 'Sort the pictures into one folder for each class. ' };
  return { message: '', remedy: '' };
}

/** First folder, two or three levels down, that holds pictures. */
function findNested(path: string, listing: FolderListing, depth = 0): string | null {
  for (const name of listing.folders) {
    const inner = listFolder(join(path, name));
    if (depth > 0 && inner.pictures.length > 0) return join(path, name);
    const deeper = depth < 3 ? findNested(join(path, name), inner, depth + 1) : null;
    if (deeper !== null) return deeper;
  }
  return null;
}
