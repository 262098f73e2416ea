/**
 * Where the images of a list are: relative to its folder, in a folder beside it, without their ending, or by their name
 * alone.
 */
import { existsSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';
import { StudioError } from '../../../../contract/errors.ts';
import type { FileTree } from '../../sources/fileTree.ts';
import { isPictureName } from '../../sources/pictureFiles.ts';
import { splitOfName } from '../splitNames.ts';
import type { Split } from '../../../../contract/dataset.ts';

/** How what a list writes becomes a file. */
interface Rule {
  /** Folder, relative to the root, that paths start at. */
  readonly folder: string;
  /** Only the last part of what is written counts: the rest is a place on another machine. */
  readonly nameOnly: boolean;
}

const PROBED = 50;
/** Folders beside a list that are looked into, and below each of these once more. */
const MAX_FOLDERS = 200;

/** The files of folders by name: as written, with accents composed, and without their ending. */
class FolderNames {
  readonly #tree: FileTree;
  readonly #folders = new Map<string, ReadonlyMap<string, string | null>>();

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  /** The path of `name` in `folder`; null where no file, or more than one, is called so. */
  find(folder: string, name: string): string | null {
    const inside = posix.dirname(name);
    const place = inside === '.' ? folder : posix.join(folder, inside);
    const file = this.#names(place).get(posix.basename(name).normalize('NFC')) ?? null;
    if (file !== null) return posix.join(place, file);
    // Named in full, whatever its ending: the decoder says what it is.
    const exact = posix.join(folder, name);
    return posix.basename(name).includes('.') && this.#tree.has(exact) ? exact : null;
  }

  #names(folder: string): ReadonlyMap<string, string | null> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const names = new Map<string, string | null>();
    for (const file of this.#files(folder)) {
      const composed = file.normalize('NFC');
      names.set(composed, file);
    }
    for (const file of [...names.values()]) {
      const stem = file!.normalize('NFC').replace(/\.[^.]+$/, '');
      // Two files that differ in their ending: neither is meant for sure.
      if (!names.has(stem)) names.set(stem, file);
      else if (names.get(stem) !== stem && names.get(stem)?.normalize('NFC') !== stem) names.set(stem, null);
    }
    this.#folders.set(folder, names);
    return names;
  }

  #files(folder: string): readonly string[] {
    if (folder !== '.' && !this.#tree.has(folder)) return [];
    try {
      return this.#tree.list(folder === '.' ? '' : folder).pictures;
    } catch {
      return [];
    }
  }
}

export interface PlaceOptions {
  /** Folder of the images, relative to the root, where the user named one. */
  readonly images?: string | undefined;
  /** Folders that absolute paths must lie in; anything where left out. */
  readonly allowedRoots?: readonly string[] | undefined;
}

export class ListPlaces {
  readonly #tree: FileTree;
  readonly #names: FolderNames;
  readonly #images: string | undefined;
  readonly #allowedRoots: readonly string[] | undefined;

  constructor(tree: FileTree, { images, allowedRoots }: PlaceOptions = {}) {
    this.#tree = tree;
    this.#names = new FolderNames(tree);
    this.#images = images === undefined ? undefined : insideFolder(images);
    this.#allowedRoots = allowedRoots?.map((root) => (existsSync(root) ? realpathSync(root) : root));
  }

  /**
   * What finds the files of a list in `folder`. The rule that finds most of the first names is used for all of them.
   * @throws {StudioError} dataset.notFound: none of them is there
   */
  finder(file: string, folder: string, split: Split | null, written: readonly string[]): Finder {
    const probed = written.slice(0, PROBED);
    const rules = this.#rules(folder, split);
    let best: { rule: Rule; found: number } | null = null;
    for (const rule of rules) {
      const found = probed.filter((name) => this.#place(rule, name) !== null).length;
      if (found > (best?.found ?? 0)) best = { rule, found };
      if (found === probed.length) break;
    }
    if (best === null) throw this.#noneThere(file, folder, probed);
    const { rule } = best;
    return { describe: () => describeRule(rule, folder), place: (name) => this.#place(rule, name) };
  }

  #place({ folder, nameOnly }: Rule, written: string): string | null {
    const name = nameOnly ? posix.basename(written) : written;
    if (isAbsolutePath(name)) return this.#isAllowed(name) && this.#tree.has(name) ? name : null;
    return this.#names.find(folder, name);
  }

  /** What lies elsewhere is not there: the answer tells nothing about it. */
  #isAllowed(path: string): boolean {
    if (this.#allowedRoots === undefined) return true;
    try {
      const real = realpathSync(path);
      return this.#allowedRoots.some((root) => real === root || real.startsWith(`${root}/`));
    } catch {
      return false;
    }
  }

  #rules(folder: string, split: Split | null): Rule[] {
    const folders = this.#images === undefined ? this.#folders(folder, split) : [this.#images];
    const whole = folders.map((place) => ({ folder: place, nameOnly: false }));
    return [...whole, ...folders.map((place) => ({ folder: place, nameOnly: true }))];
  }

  /** The list's own folder first, then those beside it; one that is called like the list's split before others. */
  #folders(folder: string, split: Split | null): string[] {
    const beside = this.#inside(folder);
    const ordered = [...beside].sort((a, b) => Number(splitOfName(b) === split) - Number(splitOfName(a) === split));
    const near = ordered.map((name) => posix.join(folder, name));
    const deeper = near.flatMap((place) => this.#inside(place).map((name) => posix.join(place, name)));
    const all = folder === '.' ? ['.', ...near, ...deeper] : [folder, '.', ...near, ...deeper];
    const parent = folder === '.' ? [] : this.#inside('.').map((name) => posix.normalize(name));
    return [...new Set([...all, ...parent])].slice(0, MAX_FOLDERS);
  }

  #inside(folder: string): string[] {
    try {
      return this.#tree.list(folder === '.' ? '' : folder).folders;
    } catch {
      return [];
    }
  }

  #noneThere(file: string, folder: string, probed: readonly string[]): StudioError {
    const shown = probed
      .slice(0, 3)
      .map((name) => name.slice(0, 80))
      .join(', ');
    const endings = probed.some((name) => isPictureName(name))
      ? ''
      : ' They have no ending, and no file of their name with one was found.';
    const places = this.#rules(folder, null).filter(({ nameOnly }) => !nameOnly);
    const looked = places.slice(0, 4).map((rule) => (rule.folder === '.' ? 'its own folder' : rule.folder));
    return new StudioError(
      'dataset.notFound',
      `None of the first ${probed.length} images that ${file} lists is there (${shown}).${endings} Looked into ` +
        `${looked.join(', ')}${places.length > 4 ? ', …' : ''}.`,
      {
        remedy:
          'Say which folder the images are in (--images FOLDER), and which column names them (--path-column NAME).',
        details: { file },
      },
    );
  }
}

export function isAbsolutePath(path: string): boolean {
  return posix.isAbsolute(path) || /^[A-Za-z]:\//.test(path);
}

/** @throws {StudioError} input.invalid: the folder lies outside of the data set */
function insideFolder(images: string): string {
  const folder = posix.normalize(images.replaceAll('\\', '/')).replace(/\/$/, '');
  if (folder !== '..' && !folder.startsWith('../') && !isAbsolutePath(folder)) return folder;
  throw new StudioError('input.invalid', `The folder of the images, ${images}, lies outside of the data set.`, {
    remedy: 'Name a folder beside the list, or choose the folder around both.',
  });
}

export interface Finder {
  /** What is unusual about the way the files are found, or null. */
  describe(): string | null;
  /** The file's path, relative to the root or absolute; null where it is not there. */
  place(written: string): string | null;
}

function describeRule({ folder, nameOnly }: Rule, own: string): string | null {
  const place = folder === '.' ? 'the root' : folder;
  if (nameOnly) return `images were found in ${place} by their names alone, without the folders that the list gives`;
  return folder === own ? null : `images were found in ${place}`;
}
