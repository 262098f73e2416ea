/** The files of an archive as they lie in Quorum's folder: numbered, with the names of the archive in a list. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StudioError } from '../../../contract/errors.ts';
import { FolderTree, type FileTree } from '../sources/fileTree.ts';
import { isLitter, isPictureName, type FolderListing } from '../sources/pictureFiles.ts';

export const STORE_FOLDER = 'files';
export const STORE_LIST = 'archive.json';

/**
 * `names[n]` is the name of file n; null for one that was dropped. `inside` is the folder in the archive where the data
 * set starts.
 */
export const StoreList = z.object({ version: z.literal(1), inside: z.string(), names: z.array(z.string().nullable()) });
export type StoreList = z.infer<typeof StoreList>;

/** Place of file `number` in the store folder: a thousand files a folder. */
export function numberedPath(number: number): string {
  return `${Math.floor(number / 1000)}/${number}`;
}

interface Folder {
  readonly folders: Set<string>;
  readonly files: Map<string, number>;
}

export class StoredTree implements FileTree {
  readonly root: string;
  readonly closed = true;
  /** Folder in the archive that this tree starts at. */
  readonly inside: string;
  readonly #archive: string;
  readonly #store: string;
  readonly #folders: ReadonlyMap<string, Folder>;

  /** @param store folder of the numbered files */
  constructor(root: string, store: string, folders: ReadonlyMap<string, Folder>, inside = '') {
    this.root = inside === '' ? root : `${root}/${inside}`;
    this.inside = inside;
    this.#store = store;
    this.#folders = folders;
    this.#archive = root;
  }

  static of(root: string, store: string, names: readonly (string | null)[]): StoredTree {
    const folders = new Map<string, Folder>();
    const folder = (path: string): Folder => {
      const known = folders.get(path);
      if (known !== undefined) return known;
      const made: Folder = { folders: new Set(), files: new Map() };
      folders.set(path, made);
      const slash = path.lastIndexOf('/');
      if (path !== '') folder(path.slice(0, Math.max(0, slash))).folders.add(path.slice(slash + 1));
      return made;
    };
    folder('');
    names.forEach((name, number) => {
      if (name === null) return;
      const slash = name.lastIndexOf('/');
      folder(name.slice(0, Math.max(0, slash))).files.set(name.slice(slash + 1), number);
    });
    return new StoredTree(root, store, folders);
  }

  list(path: string): FolderListing {
    const listing: FolderListing = { folders: [], pictures: [], others: [], broken: [], litter: 0 };
    const found = this.#folders.get(this.#full(path));
    if (found === undefined)
      throw new StudioError('dataset.notFound', `There is no folder ${path} in ${this.root}.`, {
        remedy: 'Import the archive again.',
        details: { path },
      });
    listing.folders.push(...[...found.folders].filter((name) => !isLitter(name) && !isPictureName(name)).sort());
    for (const name of [...found.files.keys()].sort())
      if (!isLitter(name)) (isPictureName(name) ? listing.pictures : listing.others).push(name);
    return listing;
  }

  has(path: string): boolean {
    return this.#folders.has(this.#full(path)) || this.#numberOf(path) !== undefined;
  }

  /** @throws {StudioError} dataset.changed: for a name that is not in the archive */
  file(path: string): string {
    const number = this.#numberOf(path);
    if (number === undefined)
      throw new StudioError('dataset.changed', `${path} is not in ${this.root}.`, {
        remedy: 'Import the archive again.',
        details: { path },
      });
    return join(this.#store, numberedPath(number));
  }

  within(folder: string): FileTree {
    return new StoredTree(this.#archive, this.#store, this.#folders, this.#full(folder));
  }

  #full(path: string): string {
    return this.inside === '' ? path : path === '' ? this.inside : `${this.inside}/${path}`;
  }

  #numberOf(path: string): number | undefined {
    const full = this.#full(path);
    const slash = full.lastIndexOf('/');
    return this.#folders.get(full.slice(0, Math.max(0, slash)))?.files.get(full.slice(slash + 1));
  }
}

/** Lists of large archives are read once: their names fill tens of megabytes. */
let lastOpened: { readonly directory: string; readonly tree: FileTree } | null = null;

/**
 * Where the pictures of a data set are read from: `root`, or the files of its archive in Quorum's folder `directory`.
 * @throws {StudioError} file.damaged
 */
export function openTree(root: string, directory: string | undefined): FileTree {
  const path = directory === undefined ? null : join(directory, STORE_LIST);
  if (directory === undefined || path === null || !existsSync(path)) return new FolderTree(root);
  if (lastOpened?.directory === directory && lastOpened.tree.root === root) return lastOpened.tree;
  try {
    const { inside, names } = StoreList.parse(JSON.parse(readFileSync(path, 'utf8')));
    const whole = StoredTree.of(
      inside === '' ? root : root.slice(0, root.length - inside.length - 1),
      join(directory, STORE_FOLDER),
      names,
    );
    const tree = inside === '' ? whole : whole.within(inside);
    lastOpened = { directory, tree };
    return tree;
  } catch (error) {
    throw new StudioError(
      'file.damaged',
      `The list of the archive's files ${path} cannot be used ` +
        `(${error instanceof Error ? error.message.split('\n')[0] : String(error)}).`,
      { remedy: 'Remove the data set and import the archive again.', details: { path }, cause: error },
    );
  }
}

export function treeOf({
  card,
  directory,
}: {
  readonly card: { readonly root: string };
  readonly directory: string;
}): FileTree {
  return openTree(card.root, directory);
}
