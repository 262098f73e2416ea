/** What counts as a picture file, what is litter, and listing one folder. */
import { readdirSync, statSync, type Dirent } from 'node:fs';
import { extname, join } from 'node:path';
import { fileError } from '../../files/fileErrors.ts';

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

/** Files and folders that systems leave behind: hidden ones (`.DS_Store`, `._x.jpg`, `.git`), `Thumbs.db`, `desktop.ini` and the like. */
export function isLitter(name: string): boolean {
  return name.startsWith('.') || LITTER.has(name.toLowerCase());
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

/** Lists one folder; links are followed. A folder that ends like a picture is litter. Throws `dataset.noPermission` or `dataset.notFound`. */
export function listFolder(folder: string): FolderListing {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
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
    if (kind === 'litter' || (kind === 'folder' && isPictureName(entry.name))) listing.litter += 1;
    else if (kind === 'folder') listing.folders.push(entry.name);
    else if (kind === 'file') (isPictureName(entry.name) ? listing.pictures : listing.others).push(entry.name);
    else if (isPictureName(entry.name)) listing.broken.push(entry.name);
  }
  for (const names of [listing.folders, listing.pictures, listing.others, listing.broken]) names.sort();
  return listing;
}

/** What an entry is, links followed; a link that leads nowhere or round in a circle is broken. */
function kindOf(folder: string, entry: Dirent): 'folder' | 'file' | 'broken' {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  if (!entry.isSymbolicLink()) return 'broken';
  try {
    const target = statSync(join(folder, entry.name));
    return target.isDirectory() ? 'folder' : target.isFile() ? 'file' : 'broken';
  } catch {
    return 'broken';
  }
}
