/**
 * ImageNet (ILSVRC2012 and later): train/<synset>/ folders; val in folders too, or flat with a label file; test without
 * labels.
 */
import type { Quarantined, Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { readLines, type FileTree } from '../sources/fileTree.ts';
import { drawSplits } from '../batches/stratify.ts';
import { requireTwoClasses } from './classFolders.ts';
import { findFile, readValLabels, WNID } from './imagenetVal.ts';
import {
  bySplit,
  describeDraw,
  joined,
  type Detection,
  type PictureEntry,
  type Reader,
  type Scan,
  type ScanOptions,
} from './reader.ts';
import { areSynsets, synsetWords } from './synsetNames.ts';
import { shortNames } from './wordNames.ts';

/** Folders of the distributed archives around train and val. */
const AROUND = ['', 'Data/CLS-LOC/', 'ILSVRC/Data/CLS-LOC/'];
const WORD_FILES = ['LOC_synset_mapping.txt', 'synset_words.txt', 'words.txt'];

function findTrain(tree: FileTree): { prefix: string; synsets: string[] } | null {
  for (const prefix of AROUND) {
    const parent = prefix.slice(0, -1);
    // CIFAR-100's Python version has a file of that name.
    if (!tree.has(parent) || !tree.list(parent).folders.includes('train')) continue;
    const { folders } = tree.list(`${prefix}train`);
    const synsets = folders.filter((name) => WNID.test(name));
    if (areSynsets(folders)) return { prefix, synsets };
  }
  return null;
}

function detect(tree: FileTree): Detection | null {
  const found = findTrain(tree);
  if (found === null) return null;
  const { prefix, synsets } = found;
  if (!synsets.slice(0, 20).some((name) => tree.list(`${prefix}train/${name}`).pictures.length > 0)) return null;
  const val = !tree.has(`${prefix}val`)
    ? 'no val folder'
    : tree.list(`${prefix}val`).folders.length > 0
      ? 'val in folders'
      : 'val in one folder';
  return { confidence: 0.85, description: `ImageNet: ${synsets.length} synset folders in ${prefix}train, ${val}` };
}

class ImagenetScan {
  readonly notes: string[] = [];
  readonly problems: Quarantined[] = [];
  readonly sourceFiles: string[] = [];
  readonly #tree: FileTree;
  readonly #prefix: string;

  constructor(tree: FileTree, prefix: string) {
    this.#tree = tree;
    this.#prefix = prefix;
  }

  has(folder: string): boolean {
    return this.#tree.has(`${this.#prefix}${folder}`);
  }

  folders(folder: string): string[] {
    return this.has(folder) ? this.#tree.list(`${this.#prefix}${folder}`).folders : [];
  }

  pictures(folder: string, split: Split): string[] {
    if (!this.has(folder)) return [];
    const path = `${this.#prefix}${folder}`;
    const listing = this.#tree.list(path);
    for (const name of listing.broken)
      this.problems.push({
        path: `${path}/${name}`,
        split,
        reason: 'no regular file (a broken link, a pipe or a socket)',
      });
    return listing.pictures.map((name) => joined(path, name));
  }

  classNames(classIds: readonly string[]): string[] {
    const words = synsetWords();
    const file = findFile(this.#tree, WORD_FILES);
    if (file !== null) {
      this.sourceFiles.push(file);
      for (const line of readLines(this.#tree, file)) words.set(line.split(/\s/, 1)[0]!, line.replace(/^\S+\s*/, ''));
    }
    return shortNames(classIds, words);
  }

  val(classIds: readonly string[]): PictureEntry[] {
    const labels = new Map(classIds.map((id, label) => [id, label]));
    const folders = this.folders('val').filter((name) => labels.has(name));
    if (folders.length > 0) {
      this.notes.push('val is sorted into synset folders');
      return folders.flatMap((id) =>
        this.pictures(`val/${id}`, 'val').map((path) => ({
          path,
          split: 'val' as const,
          label: labels.get(id)!,
        })),
      );
    }
    const paths = this.pictures('val', 'val');
    const names = paths.map((path) => path.slice(path.lastIndexOf('/') + 1));
    const found = readValLabels(this.#tree, names, classIds);
    this.notes.push(found.note);
    this.sourceFiles.push(...found.files);
    const entries: PictureEntry[] = [];
    let foreign = 0;
    for (const [i, path] of paths.entries()) {
      const id = found.labels.get(names[i]!);
      const label = id === undefined ? undefined : labels.get(id);
      if (id === undefined) this.problems.push({ path, split: 'val', reason: `not listed in ${found.files[0]}` });
      else if (label === undefined) foreign += 1;
      else entries.push({ path, split: 'val', label });
    }
    if (foreign > 0)
      this.notes.push(
        `${foreign.toLocaleString('en')} images of val belong to classes that are not in train and were left out`,
      );
    return entries.sort((a, b) => a.label - b.label || (a.path < b.path ? -1 : 1));
  }
}

function scan(tree: FileTree, fractions: ScanOptions): Scan {
  const found = findTrain(tree);
  if (found === null)
    throw new StudioError(
      'dataset.layoutMismatch',
      `${tree.root} has no train folder with synset folders (n01440764, …).`,
      { remedy: 'Choose the folder that holds train and val.' },
    );
  const scanning = new ImagenetScan(tree, found.prefix);
  const classIds = found.synsets;
  requireTwoClasses(classIds, tree.root);
  const classNames = scanning.classNames(classIds);
  const ownVal = scanning.has('val');
  const test = scanning.pictures('test', 'test');
  const drawn = { ...fractions, val: ownVal ? 0 : fractions.val, test: test.length > 0 ? 0 : fractions.test };
  const entries: PictureEntry[] = [];
  classIds.forEach((id, label) => {
    const paths = scanning.pictures(`train/${id}`, 'train');
    if (paths.length === 0)
      throw new StudioError(
        'dataset.emptyClass',
        `The synset folder train/${id} (${classNames[label]}) holds no images.`,
        { remedy: 'Unpack its archive into it, or remove the folder.', details: { class: id } },
      );
    const parts = drawSplits(paths.length, label, drawn);
    paths.forEach((path, i) => entries.push({ path, split: parts[i]!, label }));
  });
  scanning.notes.unshift(
    `class order: the ${classIds.length} synset folders of train, sorted (the order of ILSVRC2012 models)`,
  );
  if (ownVal) entries.push(...scanning.val(classIds));
  for (const path of test) entries.push({ path, split: 'test', label: -1 });
  return {
    classIds,
    classNames,
    kind: 'files',
    entries: bySplit(entries),
    problems: scanning.problems,
    notes: scanning.notes,
    sourceFiles: [...new Set(scanning.sourceFiles)],
    brought: { val: ownVal, test: test.length > 0 },
    splitRule: ownVal ? "val is the data set's own val folder" : describeDraw(fractions, test.length > 0),
  };
}

export const imagenet: Reader = {
  layout: 'imagenet',
  looksLike: 'imagenet: train/<synset>/, val/ in the same folders or flat with a label file and its list of synsets',
  detect,
  scan,
};
