/** The files of a data set as its readers see them: a folder of the user's, or what was unpacked of an archive. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import { fileError } from '../../files/fileErrors.ts';
import { realPlace, systemPath } from './byteNames.ts';
import { listFolder, type FolderListing } from './pictureFiles.ts';

export interface FileTree {
  /** What the user chose (folder or archive), with the folders gone into; for messages and the card. */
  readonly root: string;
  /** Names come from an archive: nothing in them may point outside of it. */
  readonly closed: boolean;
  /**
   * Lists one folder, given relative to the root with `/`; the root itself is ''.
   * @throws {StudioError} dataset.noPermission or dataset.notFound
   */
  list(folder: string): FolderListing;
  /** Whether there is a file or folder of that name. */
  has(path: string): boolean;
  /** Absolute path of a file's bytes. */
  file(path: string): string;
  /** The same for one of its folders. */
  within(folder: string): FileTree;
}

/** A folder on disk; links in it are followed. */
export class FolderTree implements FileTree {
  readonly root: string;
  readonly closed = false;

  constructor(root: string) {
    this.root = root;
  }

  list(folder: string): FolderListing {
    return listFolder(join(this.root, folder), () => this.#wayTo(folder));
  }

  /** Real paths of `folder` and of those above it, up to the root. */
  #wayTo(folder: string): ReadonlySet<string> {
    const parts = folder.split('/').filter((part) => part !== '');
    return new Set(
      parts
        .reduce((ways, _, i) => [...ways, parts.slice(0, i + 1).join('/')], [''])
        .map((place) => realPlace(this.file(place))),
    );
  }

  has(path: string): boolean {
    return existsSync(this.file(path));
  }

  file(path: string): string {
    return systemPath(isAbsolute(path) ? path : join(this.root, path));
  }

  within(folder: string): FileTree {
    return new FolderTree(join(this.root, folder));
  }
}

/** Largest text file read whole (lists of pictures, class names), bytes. */
const MAX_TEXT_BYTES = 256 * 2 ** 20;

/**
 * A text file without its byte order mark.
 * @throws {StudioError} dataset.notFound, dataset.noPermission, dataset.layoutMismatch: it is far too large
 */
export function readText(tree: FileTree, path: string): string {
  const full = tree.file(path);
  try {
    const { size } = statSync(full);
    if (size > MAX_TEXT_BYTES)
      throw new StudioError(
        'dataset.layoutMismatch',
        `${path} has ${size.toLocaleString('en')} bytes; a list of images has ` +
          `${MAX_TEXT_BYTES.toLocaleString('en')} at most.`,
        { remedy: 'Choose another file, or remove it.' },
      );
    return readFileSync(full, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw fileError(error, full, { subject: 'dataset' });
  }
}

/** Lines of a text file without blank ones, trimmed. */
export function readLines(tree: FileTree, path: string): string[] {
  return readText(tree, path)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
