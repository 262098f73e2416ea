/** What a layout's reader offers: recognizing a folder, and listing its pictures with split and class. */
import type {
  ColumnQuestion,
  LayoutName,
  ListChoices,
  NestedRule,
  Quarantined,
  Split,
  SplitFractions,
  SplitNamedRule,
} from '../../../contract/dataset.ts';
import type { FileTree } from '../sources/fileTree.ts';

export interface Detection {
  /** 0–1; the reader with the highest one is used. */
  readonly confidence: number;
  /** What was found, in words: "200 classes in train/, 10,000 annotated pictures in val/". */
  readonly description: string;
}

export interface PictureEntry {
  /** Relative to the root, with `/`; a record of a binary file is `file.bin#17`. */
  readonly path: string;
  readonly split: Split;
  /** Index of its class; −1 where it has none. */
  readonly label: number;
}

export interface Scan {
  readonly classIds: string[];
  readonly classNames: string[];
  /** How validation came about, in words. */
  readonly splitRule: string;
  /** Which splits the data set brings itself: nothing is drawn for them. */
  readonly brought: { readonly val: boolean; readonly test: boolean };
  /** `files`: each entry is an encoded picture file. `records`: each entry is a fixed-size record of raw pixels. */
  readonly kind: 'files' | 'records';
  /** All pictures, in order of split, class and name. */
  readonly entries: Iterable<PictureEntry>;
  /** Pictures that are known to be unusable without opening them. */
  readonly problems: readonly Quarantined[];
  /** Things the user should know that stop nothing. */
  readonly notes: readonly string[];
  /** Other files that decide the result (annotations, class lists, record files), relative: part of the fingerprint. */
  readonly sourceFiles: readonly string[];
  /** The columns of the first list, where there is one. */
  readonly list?: ColumnQuestion | undefined;
  /** Classes that are called like a split. */
  readonly splitNamed?: readonly string[];
}

export interface ScanOptions extends SplitFractions, ListChoices {
  /** How folders inside of class folders are taken; without it they are an error that asks. */
  readonly nested?: NestedRule | undefined;
  /** What class folders are that are called like a split; classes where left out. */
  readonly splitNamed?: SplitNamedRule | undefined;
  /** Name of the list in the root that the user chose, where the layout has one. */
  readonly manifest?: string | undefined;
  /** Folders that absolute paths of a list must lie in; anything where left out. */
  readonly allowedRoots?: readonly string[] | undefined;
}

export interface Reader {
  readonly layout: LayoutName;
  /** The layout in one line, shown where none could be recognized. */
  readonly looksLike: string;
  /**
   * Null when the folder is surely not of this layout. Looks at names and the first bytes of lists, and never throws
   * for content.
   */
  detect(tree: FileTree, options?: Pick<ScanOptions, 'nested' | 'manifest'>): Detection | null;
  /**
   * Lists the data set.
   * @throws {StudioError} dataset.* errors for what makes it unusable as a whole
   */
  scan(tree: FileTree, options: ScanOptions): Scan;
}

/** Sorts `train`, `val`, `test` this way everywhere. */
export const SPLIT_ORDER: readonly Split[] = ['train', 'val', 'test'];

/** Entries in the order of splits; within a split as they came. */
export function bySplit(entries: readonly PictureEntry[]): readonly PictureEntry[] {
  // Large sets with splits of their own are in order already; a copy of their list would not be small.
  if (
    entries.every(({ split }, i) => i === 0 || SPLIT_ORDER.indexOf(entries[i - 1]!.split) <= SPLIT_ORDER.indexOf(split))
  )
    return entries;
  return SPLIT_ORDER.flatMap((split) => entries.filter((entry) => entry.split === split));
}

/**
 * `folder/name` as one plain piece of text: joined by the language it would keep both parts in memory beside the whole,
 * a million times.
 */
export function joined(folder: string, name: string): string {
  return Buffer.from(`${folder}/${name}`, 'utf8').toString('utf8');
}

/** Words for `splitRule` when val (and test) are drawn from the training pictures. */
export function describeDraw(fractions: SplitFractions, ownTest: boolean): string {
  const percent = (fraction: number): string => `${Number((fraction * 100).toFixed(1))} %`;
  const parts = [
    ...(fractions.val > 0 ? [`val is ${percent(fractions.val)}`] : []),
    ...(!ownTest && fractions.test > 0 ? [`test is ${percent(fractions.test)}`] : []),
  ];
  if (parts.length === 0) return 'no validation split: the data set brings none and none was drawn';
  return `${parts.join(', ')} of the training images, drawn class by class with seed ${fractions.seed}`;
}
