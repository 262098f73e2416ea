/** Which files of a folder are lists of its images. */
import { posix } from 'node:path';
import type { Split } from '../../../../contract/dataset.ts';
import type { FileTree } from '../../sources/fileTree.ts';
import { splitOfName } from '../splitNames.ts';

export interface ListFile {
  /** Relative to the root. */
  readonly file: string;
  /** Of all its images, where its name or folder says so. */
  readonly split: Split | null;
}

const TABLE = /\.(csv|tsv)$/i;
/** What competitions want back: it names images, and its labels are made up. */
const SUBMISSION = /submission/i;
/** The list inside of a folder that describes it. */
const FOLDER_LIST = /^(metadata\.(csv|tsv|jsonl)|_classes\.csv)$/i;

/** A list of images, by its ending. */
export function isListName(path: string): boolean {
  return /\.(csv|tsv|jsonl|ndjson|txt|lst)$/i.test(path);
}

/**
 * The chosen list; or the only one, one for each split, or one in each split's folder. Null when it is not clear, or
 * there is none.
 */
export function findListFiles(tree: FileTree, chosen: string | undefined): readonly ListFile[] | null {
  if (chosen !== undefined) return [{ file: chosen, split: null }];
  const { folders, others } = tree.list('');
  const tables = others.filter((name) => (TABLE.test(name) || FOLDER_LIST.test(name)) && !SUBMISSION.test(name));
  if (tables.length > 0) return fromTables(tables);
  const inFolders = folders.flatMap((folder) => {
    const split = splitOfName(folder);
    const list = split === undefined ? undefined : tree.list(folder).others.find((name) => FOLDER_LIST.test(name));
    return split === undefined || list === undefined ? [] : [{ file: posix.join(folder, list), split }];
  });
  if (inFolders.some(({ split }) => split === 'train')) return inFolders;
  const texts = others.flatMap((file): ListFile[] => {
    const split = /\.(txt|lst)$/i.test(file) ? splitOfName(stem(file)) : undefined;
    return split === undefined ? [] : [{ file, split }];
  });
  return texts.some(({ split }) => split === 'train') ? texts : null;
}

function fromTables(tables: readonly string[]): readonly ListFile[] | null {
  const named = tables.map((file) => ({ file, split: splitOfName(stem(file)) ?? null }));
  if (named.length === 1) {
    // A list called train beside nothing else says no more than that it is the list.
    const [only] = named;
    return [{ file: only!.file, split: null }];
  }
  const withSplit = named.filter(({ split }) => split !== null);
  return withSplit.some(({ split }) => split === 'train') ? withSplit : null;
}

function stem(file: string): string {
  return posix.basename(file).replace(/\.[^.]+$/, '');
}
