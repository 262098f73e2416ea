/** A data set as every part of Quorum sees it: its card, its splits, and what import found wrong. */
import { z } from 'zod';
import { FileName } from './remoteFile.ts';
import { ValueRange, ValueRangeRule } from './valueRange.ts';

export const Split = z.enum(['train', 'val', 'test']);
export type Split = z.infer<typeof Split>;

export const LayoutName = z.enum([
  'class-folders',
  'tiny-imagenet',
  'cifar10-binary',
  'cifar100-binary',
  'cifar-python',
  'stl10-binary',
  'svhn',
  'idx',
  'csv-manifest',
  'imagenet',
  'places365',
]);
export type LayoutName = z.infer<typeof LayoutName>;

/** `gray` keeps one channel, `rgb` three; `lab` and others come from rgb at preprocessing time. */
export const ColorMode = z.enum(['rgb', 'gray']);
export type ColorMode = z.infer<typeof ColorMode>;

/**
 * How a picture of another shape becomes a square: `cover` = short side to size, centre crop; `squash` = aspect ratio
 * lost.
 */
export const Fit = z.enum(['cover', 'squash']);
export type Fit = z.infer<typeof Fit>;

export const SplitFractions = z.object({
  val: z.number().min(0).max(0.9).default(0.2),
  test: z.number().min(0).max(0.9).default(0),
  seed: z.int().default(0),
});
export type SplitFractions = z.infer<typeof SplitFractions>;

/**
 * Folders inside of class folders: `first` = the first level is the class, with all pictures below it; `leaf` = every
 * folder that holds pictures is a class.
 */
export const NestedRule = z.enum(['first', 'leaf']);
export type NestedRule = z.infer<typeof NestedRule>;

/** Class folders that are called like a split: classes like the others, images to predict on, or nothing of both. */
export const SplitNamedRule = z.enum(['classes', 'test', 'leave-out']);
export type SplitNamedRule = z.infer<typeof SplitNamedRule>;

/** Encodings of lists, as the web names them. */
export const LIST_ENCODINGS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1250',
  'windows-1251',
  'windows-1252',
  'windows-1253',
  'windows-1254',
  'iso-8859-1',
  'iso-8859-2',
  'iso-8859-15',
  'macintosh',
  'shift_jis',
  'euc-jp',
  'gbk',
  'gb18030',
  'big5',
  'euc-kr',
  'koi8-r',
] as const;
const ENCODINGS: ReadonlySet<string> = new Set(LIST_ENCODINGS);

/** What separates the columns of a list. */
export const ListDelimiter = z.enum([',', ';', '\t', '|', ' ']);
export type ListDelimiter = z.infer<typeof ListDelimiter>;

/** How a list of images is read where it cannot be told from the list itself. Columns by name, or by number from 1. */
export const ListChoices = z.object({
  pathColumn: z.string().min(1).max(200).optional(),
  labelColumn: z.string().min(1).max(200).optional(),
  splitColumn: z.string().min(1).max(200).optional(),
  /** Folder of the images, relative to the list's. */
  images: z.string().min(1).max(1000).optional(),
  /** Of the text, as the web names encodings: `windows-1252`, `shift_jis`, `utf-16le`. */
  encoding: z.string().min(1).max(40).refine(isEncoding, 'is no known encoding').optional(),
  delimiter: ListDelimiter.optional(),
});
export type ListChoices = z.infer<typeof ListChoices>;

/** The columns of a list, as they are read or asked for in the details of `dataset.columns`. */
export const ColumnQuestion = z.object({
  file: z.string(),
  columns: z.array(z.string()),
  /** The first rows, header included, cut short. */
  rows: z.array(z.array(z.string())),
  /** Places from 0: those that are read, or that the names suggest. */
  pathColumn: z.int().nullable(),
  labelColumn: z.int().nullable(),
  splitColumn: z.int().nullable(),
});
export type ColumnQuestion = z.infer<typeof ColumnQuestion>;

function isEncoding(name: string): boolean {
  return ENCODINGS.has(name.toLowerCase());
}

export const ImportOptions = z.object({
  /** A folder, an archive (zip, tar, tar.gz) of one, or a list of images. */
  path: z.string(),
  /**
   * Files of the folder `path` that are the data set together, as some publishers split theirs: archives are unpacked
   * side by side, other files lie beside them.
   */
  parts: z.array(FileName).min(2).optional(),
  name: z.string().min(1).max(120).optional(),
  layout: z.union([z.literal('auto'), LayoutName]).default('auto'),
  /** Used where the layout brings no validation split of its own. */
  fractions: SplitFractions.prefault({}),
  /** Without it nested folders are the error `dataset.nested`, whose details hold the choices. */
  nested: NestedRule.optional(),
  /** Classes where left out, with a warning. */
  splitNamed: SplitNamedRule.optional(),
  /** Without it columns that are not clear are the error `dataset.columns`. */
  list: ListChoices.optional(),
  /** How samples wider than a byte are read; without it those without a range of their own are put aside. */
  valueRange: ValueRangeRule.optional(),
  /** Folders that absolute paths of a list must lie in; anything where left out. Set by the host, never by a page. */
  allowedRoots: z.array(z.string()).optional(),
});
export type ImportOptions = z.infer<typeof ImportOptions>;

export const SplitCard = z.object({ count: z.int(), labelled: z.boolean(), perClass: z.array(z.int()) });
export type SplitCard = z.infer<typeof SplitCard>;

/** A picture that could not be used; it is kept in the list with its reason and counted everywhere. */
export const Quarantined = z.object({ path: z.string(), split: Split.nullable(), reason: z.string() });
export type Quarantined = z.infer<typeof Quarantined>;

export const DatasetCard = z.object({
  id: z.string(),
  name: z.string(),
  layout: LayoutName,
  /** Absolute path the pictures are read from; never written to. */
  root: z.string(),
  classIds: z.array(z.string()),
  classNames: z.array(z.string()),
  splits: z.partialRecord(Split, SplitCard),
  /** How validation came about, in words: shown wherever an accuracy is. */
  splitRule: z.string(),
  /** How samples wider than a byte are read, where that was chosen and there are any. */
  valueRange: ValueRange.optional(),
  /** Most frequent picture size, pixels; null when sizes vary too much to name one. */
  nativeSize: z.object({ width: z.int(), height: z.int() }).nullable(),
  sizes: z.object({ minWidth: z.int(), maxWidth: z.int(), minHeight: z.int(), maxHeight: z.int() }),
  grayOnly: z.boolean(),
  /** Over the train split, 0–1, in RGB order (three equal values for gray sets). */
  channelMean: z.array(z.number()),
  channelStd: z.array(z.number()),
  quarantined: z.int(),
  notes: z.array(z.string()),
  /**
   * SHA-256 over the sorted (split, label, relative path, size, modification time) list: changes when the user's files
   * change.
   */
  fingerprint: z.string(),
  createdAt: z.string(),
});
export type DatasetCard = z.infer<typeof DatasetCard>;

/** What `checkDataset` found: the user's files against the import, and the packed caches against their hashes. */
export const DatasetCheck = z.object({
  ok: z.boolean(),
  /** Pictures and other files compared. */
  compared: z.int(),
  changed: z.int(),
  missing: z.int(),
  added: z.int(),
  /** The first of them, with what happened to each. */
  examples: z.array(z.object({ path: z.string(), state: z.enum(['changed', 'missing', 'added']) })),
  /** Packed caches by file name; a damaged one is made anew when it is next needed. */
  caches: z.array(
    z.object({ file: z.string(), sizeBytes: z.number(), ok: z.boolean(), problem: z.string().nullable() }),
  ),
  /** Why the folder could not be listed as at import (gone, another layout now), if so. */
  problem: z.string().nullable(),
});
export type DatasetCheck = z.infer<typeof DatasetCheck>;

/**
 * Pictures that are the same: `exact` by their bytes, `near` by what they look like (resized, recompressed, slightly
 * changed).
 */
export const DuplicateGroup = z.object({
  kind: z.enum(['exact', 'near']),
  acrossSplits: z.boolean(),
  differentLabels: z.boolean(),
  /** `index` is the picture's place in its split. */
  pictures: z.array(z.object({ split: Split, index: z.int(), path: z.string(), label: z.int() })),
});
export type DuplicateGroup = z.infer<typeof DuplicateGroup>;

export const DuplicateReport = z.object({
  version: z.literal(1),
  /** Of the data set when it was compared. */
  fingerprint: z.string(),
  createdAt: z.string(),
  compared: z.int(),
  /** Pictures too plain to tell apart by their looks; compared by their bytes only. */
  plain: z.int(),
  /** Across splits first, then the largest. */
  groups: z.array(DuplicateGroup),
  /** Places of the pictures of val and test that are in train as well: an accuracy without them is honest. */
  leaked: z.object({
    val: z.object({ exact: z.array(z.int()), near: z.array(z.int()) }),
    test: z.object({ exact: z.array(z.int()), near: z.array(z.int()) }),
  }),
});
export type DuplicateReport = z.infer<typeof DuplicateReport>;

/**
 * What the user changed about single pictures, beside the files: taking an entry away undoes it. `label` is a class id.
 */
export const OverlayChange = z.object({
  split: Split,
  path: z.string().min(1),
  exclude: z.boolean().default(false),
  label: z.string().optional(),
  /**
   * Set where Quorum itself leaves the picture out, because a decoder died of it or hung at it: why. Runs go on over
   * such a change.
   */
  refused: z.string().optional(),
});
export type OverlayChange = z.infer<typeof OverlayChange>;

export const DatasetOverlay = z.object({ version: z.literal(1), changes: z.array(OverlayChange) });
export type DatasetOverlay = z.infer<typeof DatasetOverlay>;
