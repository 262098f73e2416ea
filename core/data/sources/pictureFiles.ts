/** What counts as a picture file, what is litter, and listing one folder. */
import { readdirSync, statSync, type Dirent } from 'node:fs';
import { extname, join } from 'node:path';
import { fileError } from '../../files/fileErrors.ts';
import { realPlace, systemPath, textOfName } from './byteNames.ts';

const PICTURE_EXTENSIONS = new Set([
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.png',
  '.webp',
  '.gif',
  '.bmp',
  '.tif',
  '.tiff',
  '.mpo',
  '.pbm',
  '.pgm',
  '.ppm',
  '.pnm',
  '.avif',
  '.heic',
  '.heif',
]);
const LITTER = new Set([
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '__macosx',
  '$recycle.bin',
  'system volume information',
]);

/** By its ending; whether it can be decoded is found out by decoding it. */
export function isPictureName(name: string): boolean {
  return PICTURE_EXTENSIONS.has(extname(name).toLowerCase());
}

/**
 * Files and folders that systems leave behind: hidden ones (`.DS_Store`, `._x.jpg`, `.git`), `Thumbs.db`, `desktop.ini`
 * and the like.
 */
export function isLitter(name: string): boolean {
  return name.startsWith('.') || LITTER.has(name.toLowerCase());
}

const SHOWN_ENDINGS = 6;

/**
 * How many of `names` have which ending, most frequent first, with an example: `3 .txt (notes.txt), 1 without ending
 * (README)`.
 */
export function byEnding(names: readonly string[]): string {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const ending = extname(name).toLowerCase();
    groups.set(ending, [...(groups.get(ending) ?? []), name]);
  }
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length);
  const shown = sorted
    .slice(0, SHOWN_ENDINGS)
    .map(
      ([ending, [first, ...rest]]) =>
        `${(rest.length + 1).toLocaleString('en')} ${ending || 'without ending'} (${first})`,
    );
  return `${shown.join(', ')}${sorted.length > shown.length ? ', …' : ''}`;
}

export interface FolderListing {
  /** Names, sorted by code unit, so that nothing depends on the file system's order. */
  readonly folders: string[];
  readonly pictures: string[];
  /** Files that are neither pictures nor litter. */
  readonly others: string[];
  /** Pictures by name that are no readable file: broken links, sockets, pipes. */
  readonly broken: string[];
  readonly litter: number;
}

/**
 * Lists one folder, whose name may be written as in byteNames.ts; links are followed, but for those that lead back to
 * a folder on the way to it. A folder that ends
 * like a picture is litter.
 * @param way real places of the folder and those above it, as far as the data set goes; asked for where a link makes it
 *   matter
 * @throws {StudioError} dataset.noPermission, dataset.notFound
 */
export function listFolder(folder: string, way: () => ReadonlySet<string> = () => wayTo(folder)): FolderListing {
  let entries: Entry[];
  try {
    entries = entriesOf(systemPath(folder));
  } catch (error) {
    throw fileError(error, folder, { subject: 'dataset' });
  }
  const listing = {
    folders: [] as string[],
    pictures: [] as string[],
    others: [] as string[],
    broken: [] as string[],
    litter: 0,
  };
  for (const entry of entries) {
    const kind = isLitter(entry.name) ? 'litter' : kindOf(folder, entry);
    if (kind === 'folder' && entry.isSymbolicLink() && way().has(realPlace(placeOf(folder, entry)))) continue;
    if (kind === 'litter' || (kind === 'folder' && isPictureName(entry.name))) listing.litter += 1;
    else if (kind === 'folder') listing.folders.push(entry.name);
    else if (kind === 'file') (isPictureName(entry.name) ? listing.pictures : listing.others).push(entry.name);
    else if (isPictureName(entry.name)) listing.broken.push(entry.name);
  }
  for (const names of [listing.folders, listing.pictures, listing.others, listing.broken]) names.sort();
  return listing;
}

/** What a folder holds, each with its name as text. */
type Entry = Pick<Dirent, 'name' | 'isDirectory' | 'isFile' | 'isSymbolicLink'>;

function entriesOf(folder: string): Entry[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  // Bytes that are no UTF-8 become this sign.
  if (!entries.some(({ name }) => name.includes('\ufffd'))) return entries;
  return readdirSync(folder, { withFileTypes: true, encoding: 'buffer' }).map((entry) => ({
    name: textOfName(entry.name),
    isDirectory: () => entry.isDirectory(),
    isFile: () => entry.isFile(),
    isSymbolicLink: () => entry.isSymbolicLink(),
  }));
}

const placeOf = (folder: string, { name }: Entry): string => systemPath(join(folder, name));

function wayTo(folder: string): ReadonlySet<string> {
  return new Set([realPlace(systemPath(folder))]);
}

/** What an entry is, links followed; a link that leads nowhere or round in a circle is broken. */
function kindOf(folder: string, entry: Entry): 'folder' | 'file' | 'broken' {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  if (!entry.isSymbolicLink()) return 'broken';
  try {
    const target = statSync(placeOf(folder, entry));
    return target.isDirectory() ? 'folder' : target.isFile() ? 'file' : 'broken';
  } catch {
    return 'broken';
  }
}
