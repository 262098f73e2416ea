/**
 * Tiny ImageNet as distributed (Stanford CS231n, 2015): wnids.txt, words.txt, train/<wnid>/images, val with
 * val_annotations.txt, unlabelled test/images.
 */
import { StudioError } from '../../../contract/errors.ts';
import type { Quarantined, Split, SplitFractions } from '../../../contract/dataset.ts';
import { readText, type FileTree } from '../sources/fileTree.ts';
import { drawSplits } from '../batches/stratify.ts';
import { requireTwoClasses } from './classFolders.ts';
import { WNID } from './imagenetVal.ts';
import {
  bySplit,
  describeDraw,
  type Detection,
  type PictureEntry,
  type Reader,
  type Scan,
  type ScanOptions,
} from './reader.ts';
import { synsetWords } from './synsetNames.ts';
import { shortNames } from './wordNames.ts';

function detect(tree: FileTree): Detection | null {
  const { folders, others } = tree.list('');
  if (!folders.includes('train')) return null;
  const classes = tree.list('train').folders;
  const withImages = classes.filter((name) => tree.has(`train/${name}/images`)).length;
  const listed = others.includes('wnids.txt');
  if (withImages === 0 || !(listed || classes.some((name) => WNID.test(name)))) return null;
  const val = tree.has('val/val_annotations.txt')
    ? 'val_annotations.txt'
    : folders.includes('val')
      ? 'a val folder'
      : 'no val folder';
  return {
    confidence: listed ? 0.95 : 0.8,
    description:
      `Tiny ImageNet: ${withImages} class folders with an images folder each, ` +
      `${listed ? 'wnids.txt' : 'no wnids.txt'}, ${val}`,
  };
}

class TinyImagenetScan {
  readonly notes: string[] = [];
  readonly problems: Quarantined[] = [];
  readonly sourceFiles: string[] = [];
  readonly #tree: FileTree;

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  /** Lines of a text file without blank ones, or null when it is not there. */
  lines(path: string): string[] | null {
    if (!this.#tree.has(path)) return null;
    this.sourceFiles.push(path);
    return readText(this.#tree, path)
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '');
  }

  /**
   * Paths of the pictures of a folder: in its images folder, or directly inside. Empty when there is no such folder.
   */
  pictures(folder: string, split: Split): string[] {
    if (!this.#tree.has(folder)) return [];
    const own = this.#tree.list(folder);
    const at = own.folders.includes('images') ? `${folder}/images` : folder;
    const listing = at === folder ? own : this.#tree.list(at);
    for (const name of listing.broken)
      this.problems.push({
        path: `${at}/${name}`,
        split,
        reason: 'no regular file (a broken link, a pipe or a socket)',
      });
    return listing.pictures.map((name) => `${at}/${name}`);
  }

  folders(folder: string): string[] {
    return this.#tree.has(folder) ? this.#tree.list(folder).folders : [];
  }

  classIds(): string[] {
    const present = this.folders('train');
    const listed = this.lines('wnids.txt')?.map((line) => line.trim());
    if (listed === undefined) {
      this.notes.push('wnids.txt is missing: the folders in train are the classes');
      return present;
    }
    const duplicate = listed.find((id, i) => listed.indexOf(id) !== i);
    if (duplicate !== undefined)
      throw new StudioError('dataset.layoutMismatch', `wnids.txt lists ${duplicate} twice.`, {
        remedy: 'Keep one line for each class.',
      });
    const foreign = present.filter((id) => !listed.includes(id));
    if (foreign.length > 0) {
      const count = foreign.reduce((sum, id) => sum + this.pictures(`train/${id}`, 'train').length, 0);
      this.notes.push(
        `${foreign.length} folders in train are not in wnids.txt ` +
          `(${foreign.slice(0, 5).join(', ')}${foreign.length > 5 ? ', …' : ''}): ${count.toLocaleString('en')} ` +
          'images left out',
      );
    }
    return listed;
  }

  /** From words.txt: wnid, tab, words. */
  classNames(classIds: readonly string[]): string[] {
    const listed = new Map<string, string>(
      (this.lines('words.txt') ?? []).map((line) => {
        const tab = line.indexOf('\t');
        return tab < 0 ? [line.trim(), ''] : [line.slice(0, tab).trim(), line.slice(tab + 1).trim()];
      }),
    );
    return shortNames(classIds, new Map([...synsetWords(), ...listed]));
  }

  /** Labels from val_annotations.txt (file name, wnid, box; separated by tabs) or from class folders. */
  val(classIds: readonly string[]): PictureEntry[] {
    const lines = this.lines('val/val_annotations.txt');
    const labels = new Map(classIds.map((id, label) => [id, label]));
    if (lines === null) {
      if (!this.folders('val').some((name) => labels.has(name))) {
        throw new StudioError(
          'dataset.missingAnnotations',
          'The val folder has neither val_annotations.txt nor class folders, so its images have no labels.',
          {
            remedy:
              'Put val_annotations.txt back into val (it is part of the distributed archive), or remove the val ' +
              'folder to have a part of train drawn instead.',
          },
        );
      }
      this.notes.push('val is sorted into class folders');
      return classIds.flatMap((id, label) =>
        this.pictures(`val/${id}`, 'val').map((path) => ({ path, split: 'val' as const, label })),
      );
    }
    const present = new Map(this.pictures('val', 'val').map((path) => [path.slice(path.lastIndexOf('/') + 1), path]));
    const entries: PictureEntry[] = [];
    const foreign: string[] = [];
    for (const line of lines) {
      const [file = '', id = ''] = line.split('\t').map((cell) => cell.trim());
      const path = present.get(file);
      const label = labels.get(id);
      present.delete(file);
      if (path === undefined)
        this.problems.push({
          path: `val/images/${file}`,
          split: 'val',
          reason: 'listed in val_annotations.txt, but not there (or listed twice)',
        });
      else if (label === undefined) foreign.push(`${file}: ${id}`);
      else entries.push({ path, split: 'val', label });
    }
    for (const path of present.values())
      this.problems.push({ path, split: 'val', reason: 'not listed in val_annotations.txt' });
    if (foreign.length > 0)
      this.notes.push(
        `${foreign.length.toLocaleString('en')} images of val belong to classes that are not in wnids.txt and were ` +
          `left out (${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ', …' : ''})`,
      );
    return entries.sort((a, b) => a.label - b.label || (a.path < b.path ? -1 : 1));
  }
}

function scan(tree: FileTree, fractions: ScanOptions): Scan {
  const scanning = new TinyImagenetScan(tree);
  const listed = scanning.classIds();
  const training = new Map(listed.map((id) => [id, scanning.pictures(`train/${id}`, 'train')]));
  const classIds = listed.filter((id) => (training.get(id) ?? []).length > 0);
  if (classIds.length < listed.length) {
    const missing = listed.filter((id) => !classIds.includes(id));
    scanning.notes.push(
      `${missing.length} of the ${listed.length} classes of wnids.txt have no images in train and were left out ` +
        `(${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''})`,
    );
  }
  const classNames = scanning.classNames(classIds);
  const ownVal = tree.has('val');
  const test = scanning.pictures('test', 'test');
  const drawn: SplitFractions = {
    ...fractions,
    val: ownVal ? 0 : fractions.val,
    test: test.length > 0 ? 0 : fractions.test,
  };
  const entries: PictureEntry[] = [];
  classIds.forEach((id, label) => {
    const paths = training.get(id) ?? [];
    const parts = drawSplits(paths.length, label, drawn);
    paths.forEach((path, i) => entries.push({ path, split: parts[i]!, label }));
  });
  requireTwoClasses(classIds, tree.root);
  if (ownVal) entries.push(...scanning.val(classIds));
  for (const path of test) entries.push({ path, split: 'test', label: -1 });
  return {
    classIds,
    classNames,
    kind: 'files',
    entries: bySplit(entries),
    problems: scanning.problems,
    notes: scanning.notes,
    sourceFiles: scanning.sourceFiles,
    brought: { val: ownVal, test: test.length > 0 },
    splitRule: ownVal ? "val is the data set's own val folder" : describeDraw(fractions, test.length > 0),
  };
}

export const tinyImagenet: Reader = {
  layout: 'tiny-imagenet',
  looksLike:
    'tiny-imagenet: wnids.txt, words.txt, train/<wnid>/images/, val/images/ with val_annotations.txt, test/images/',
  detect,
  scan,
};
