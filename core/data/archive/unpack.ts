/**
 * Unpacking an archive of a data set into Quorum's own folder: streamed, numbered, never a name that the archive chose.
 */
import { closeSync, createWriteStream, futimesSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolderSync } from '../../files/makeFolder.ts';
import type { Quarantined } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { fileError } from '../../files/fileErrors.ts';
import { isLitter } from '../sources/pictureFiles.ts';
import { ProgressMeter } from '../import/progressMeter.ts';
import { isArchiveName } from '../readers/registry.ts';
import type { OnProgress } from '../../../contract/progress.ts';
import { ArchiveBudget, type ArchiveLimits, DEFAULT_LIMITS } from './archiveBudget.ts';
import { type ArchiveEntry, type ArchiveReader, EntryProblem } from '../../formats/archive/archiveEntry.ts';
import { beyondLimit, hostile, unsupported } from '../../formats/archive/archiveErrors.ts';
import { cleanName, EntryNames, escapes } from '../../formats/archive/entryNames.ts';
import { matImages } from './matImages.ts';
import { numberedPath } from './storedTree.ts';
import { TarReader } from '../../formats/archive/tarReader.ts';
import { ZipReader } from '../../formats/archive/zipReader.ts';

export interface Unpacked {
  /** Name of each numbered file; null for one that was dropped. */
  readonly names: (string | null)[];
  readonly problems: Quarantined[];
  readonly notes: string[];
}

export interface UnpackEnv {
  readonly limits?: ArchiveLimits;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** How deep archives inside of archives are unpacked. */
const MOST_NESTED = 2;
/** Faults of an archive inside that spoil nothing else. */
const ONLY_THIS_ONE: ReadonlySet<string> = new Set([
  'archive.unsupported',
  'archive.hostile',
  'archive.damaged',
  'dataset.empty',
]);

/** Of a data set, few files are empty: a download that failed, a marker. */
const MAX_EMPTY = 10_000;

/** Kinds that are recognized only to be named: by their first bytes. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ['526172211a07', 'a RAR archive'],
  ['377abcaf271c', 'a 7-Zip archive'],
  ['28b52ffd', 'packed with Zstandard'],
  ['04224d18', 'packed with LZ4'],
  ['fd377a585a00', 'packed with xz'],
  ['425a68', 'packed with bzip2'],
  ['1f9d', 'packed with compress'],
];

/**
 * By its first bytes, whatever its name.
 * @throws {StudioError} archive.unsupported, dataset.empty
 */
function openArchive(path: string, checkCount: (count: number) => void): ArchiveReader {
  const head = Buffer.alloc(512);
  const file = openSync(path, 'r');
  let length: number;
  try {
    length = readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  if (length === 0) throw new StudioError('dataset.empty', `${path} is empty.`, { remedy: 'Choose another archive.' });
  const start = head.toString('hex', 0, Math.min(length, 8));
  const foreign = FOREIGN.find(([magic]) => start.startsWith(magic));
  if (foreign !== undefined) throw unsupported(`it is ${foreign[1]}, which is not read`);
  if (start.startsWith('504b0304') || start.startsWith('504b0506') || start.startsWith('504b0606'))
    return new ZipReader(path, checkCount);
  if (start.startsWith('504b0708') || start.startsWith('504b3030'))
    throw unsupported('it is one part of a split archive');
  if (start.startsWith('1f8b')) return new TarReader(path, 'gzip');
  if (length === 512 && (head.toString('latin1', 257, 262) === 'ustar' || /\.tar$/i.test(path)))
    return new TarReader(path, 'plain');
  if (/\.zip$/i.test(path)) throw hostile('a file that is called zip does not start like one');
  throw unsupported(`it starts like no known archive (${start.slice(0, 8)})`);
}

/**
 * Unpacks zip, tar and tar.gz into `folder` (which exists and is empty) as numbered files. Links are never made. An
 * archive inside of it becomes a folder of its name, as ImageNet's tar of tars has one for each class; what cannot be
 * unpacked inside is named in the notes. The caller removes `folder` then.
 * @throws {StudioError} archive.hostile, archive.limit, archive.damaged, archive.unsupported, dataset.empty,
 *   file.diskFull; signal.reason on abort
 */
export async function unpackArchive(path: string, folder: string, env: UnpackEnv = {}): Promise<Unpacked> {
  try {
    const unpacking = new Unpacking(folder, env);
    await unpacking.unpack(path, { prefix: '', depth: 0 });
    env.signal?.throwIfAborted();
    return unpacking.finish(path);
  } catch (error) {
    throw fileError(error, folder, { doing: 'write' });
  }
}

/**
 * The same for the files of a data set that comes in several: archives are unpacked side by side, others are copied.
 * @throws as `unpackArchive`
 */
export async function unpackParts(paths: readonly string[], folder: string, env: UnpackEnv = {}): Promise<Unpacked> {
  try {
    const unpacking = new Unpacking(folder, env);
    for (const path of paths) {
      if (isArchiveName(path)) await unpacking.unpack(path, { prefix: '', depth: 0 });
      else if (!(await unpacking.takeImages(path))) await unpacking.copy(path);
    }
    env.signal?.throwIfAborted();
    return unpacking.finish(dirname(paths[0]!));
  } catch (error) {
    throw fileError(error, folder, { doing: 'write' });
  }
}

/** Where the files of an archive go. */
interface Place {
  /** Before each name; '' or a folder with `/`. */
  readonly prefix: string;
  /** 0 for the archive itself, 1 for one inside of it. */
  readonly depth: number;
}

interface Opened extends Place {
  readonly reader: ArchiveReader;
}

class Unpacking {
  readonly #folder: string;
  readonly #budget: ArchiveBudget;
  readonly #env: UnpackEnv;
  readonly #known = new EntryNames();
  readonly #names: (string | null)[] = [];
  readonly #problems: Quarantined[] = [];
  readonly #notes: string[] = [];
  /** Archives inside: those that were unpacked, and those that were not. */
  readonly #unpacked: string[] = [];
  readonly #inner: string[] = [];
  #outermost: ArchiveReader | null = null;
  #empty = 0;

  constructor(folder: string, env: UnpackEnv) {
    this.#folder = folder;
    this.#budget = new ArchiveBudget(folder, env.limits ?? DEFAULT_LIMITS);
    this.#env = env;
  }

  /** @throws {StudioError} as `unpackArchive` */
  async unpack(path: string, { prefix, depth }: Place): Promise<void> {
    let counted = 0;
    const reader = openArchive(path, (count) => {
      counted = count;
      this.#budget.addEntries(count);
    });
    if (depth === 0) this.#outermost = reader;
    try {
      const progress = depth > 0 ? null : new ProgressMeter('unpack', reader.progress().total, this.#env.onProgress);
      let done = 0;
      for await (const entry of reader.entries()) {
        done += 1;
        if (done > counted) this.#budget.addEntries(1);
        if (done % 64 === 0) {
          this.#env.signal?.throwIfAborted();
          progress?.update(reader.progress().done);
        }
        await this.#take(entry, { reader, prefix, depth });
      }
      this.#notes.push(...reader.notes.map((note) => (prefix === '' ? note : `${prefix.slice(0, -1)}: ${note}`)));
    } finally {
      reader.close();
    }
  }

  /** Takes a file as it is, under its own name. */
  async copy(path: string): Promise<void> {
    const name = basename(path);
    this.#known.addFile(name);
    this.#budget.expectFile(statSync(path).size, name);
    await copyFile(path, this.#placeOf(name));
  }

  /** Images and labels out of a MATLAB file. False where it holds none. */
  async takeImages(path: string): Promise<boolean> {
    let found = false;
    for await (const { name, content } of matImages(path)) {
      found = true;
      this.#known.addFile(name);
      const file = createWriteStream(this.#placeOf(name), { flags: 'wx', mode: 0o600 });
      await pipeline(this.#counted(content, name, path), file);
    }
    return found;
  }

  /** The same bytes, each of which counts: a small file may unpack to a large one. */
  async *#counted(content: AsyncIterable<Buffer>, name: string, path: string): AsyncGenerator<Buffer, void, undefined> {
    const packed = statSync(path).size;
    let fileBytes = 0;
    for await (const part of content) {
      this.#budget.addBytes(part.length, { name, fileBytes, packed });
      fileBytes += part.length;
      yield part;
    }
  }

  async #take(entry: ArchiveEntry, opened: Opened): Promise<void> {
    const own = cleanName(entry.name);
    if (entry.kind === 'special') throw hostile(`${JSON.stringify(own)} is a device, pipe or socket`);
    if (own === '') return;
    const name = `${opened.prefix}${own}`;
    if (entry.kind === 'folder') this.#known.addFolder(name);
    else if (entry.kind === 'file') await this.#takeFile(entry, name, opened);
    else {
      if (escapes(own, entry.target, entry.kind === 'symlink' ? 'its folder' : 'the root'))
        throw hostile(
          `the link ${JSON.stringify(name)} points out of the archive (${JSON.stringify(entry.target.slice(0, 120))})`,
        );
      this.#known.addLink(name);
      this.#skip(name, 'a link; links in archives are not followed');
    }
  }

  finish(path: string): Unpacked {
    if (!this.#names.some((name) => name !== null)) {
      const [problem] = this.#problems;
      throw new StudioError(
        'dataset.empty',
        this.#inner.length > 0
          ? `${path} holds ${this.#innerInWords()}, and nothing else.`
          : `${path} holds no files${problem ? ` that can be used (${problem.path}: ${problem.reason})` : ''}.`,
        {
          remedy:
            this.#inner.length > 0
              ? 'Unpack it, then unpack each of them into a folder of its name, and import the folder around these.'
              : 'Choose another archive.',
        },
      );
    }
    const notes = [
      ...this.#notes,
      ...(this.#unpacked.length > 0
        ? [`archives inside were unpacked as folders of their names: ${byName(this.#unpacked)}`]
        : []),
      ...(this.#inner.length > 0 ? [`${this.#innerInWords()} were not unpacked`] : []),
    ];
    return { names: this.#names, problems: this.#problems, notes };
  }

  /** They take no room in the archive, and a name and a file here. */
  #countEmpty(): void {
    this.#empty += 1;
    if (this.#empty > MAX_EMPTY) throw beyondLimit(`it has more than ${MAX_EMPTY.toLocaleString('en')} empty files`);
  }

  #innerInWords(): string {
    return `${this.#inner.length.toLocaleString('en')} archives inside (${byName(this.#inner)})`;
  }

  /** As a folder of its name; one that cannot be unpacked is named, and nothing of it is kept. */
  async #takeInner(entry: ArchiveEntry, name: string, { reader, depth }: Opened): Promise<void> {
    if (depth >= MOST_NESTED) {
      this.#inner.push(name);
      return;
    }
    // Old tar files are only known by their ending.
    const path = join(this.#folder, `inner-${depth}${/\.tar$/i.test(name) ? '.tar' : ''}`);
    const first = this.#names.length;
    try {
      const file = openSync(path, 'wx', 0o600);
      try {
        await this.#write(file, entry, name, { reader, isArchive: true });
      } finally {
        closeSync(file);
      }
      const stem = name.replace(/(\.tar)?\.\w+$/i, '');
      await this.unpack(path, { prefix: `${stem}/`, depth: depth + 1 });
      this.#withoutRepeat(first, stem);
      this.#unpacked.push(name);
    } catch (error) {
      if (error instanceof EntryProblem) this.#skip(name, error.message);
      else if (error instanceof StudioError && ONLY_THIS_ONE.has(error.code)) {
        this.#drop(first);
        this.#inner.push(name);
        this.#skip(name, error.message);
      } else throw error;
    } finally {
      rmSync(path, { force: true });
    }
  }

  /** `cat.zip` mostly holds one folder `cat`. */
  #withoutRepeat(first: number, stem: string): void {
    const twice = `${stem}/${stem.slice(stem.lastIndexOf('/') + 1)}/`;
    const added = this.#names.slice(first);
    if (added.length === 0 || !added.every((name) => name === null || name.startsWith(twice))) return;
    added.forEach((name, i) => {
      this.#names[first + i] = name && `${stem}/${name.slice(twice.length)}`;
    });
  }

  #drop(first: number): void {
    for (let number = first; number < this.#names.length; number += 1) {
      this.#names[number] = null;
      rmSync(join(this.#folder, numberedPath(number)), { force: true });
    }
  }

  async #takeFile(entry: ArchiveEntry, name: string, opened: Opened): Promise<void> {
    if (!this.#known.addFile(name)) {
      this.#skip(name, 'its name differs from another one only in how accents are written');
      return;
    }
    if (name.split('/').some(isLitter)) return;
    if (isArchiveName(name)) {
      await this.#takeInner(entry, name, opened);
      return;
    }
    if (entry.sizeBytes === 0) this.#countEmpty();
    this.#budget.expectFile(entry.sizeBytes, name);
    const number = this.#names.length;
    const path = this.#placeOf(name);
    const file = openSync(path, 'wx', 0o600);
    let whole = false;
    try {
      await this.#write(file, entry, name, { reader: opened.reader, isArchive: false });
      futimesSync(file, entry.modifiedMs / 1000, entry.modifiedMs / 1000);
      whole = true;
    } catch (error) {
      if (!(error instanceof EntryProblem)) throw error;
      this.#names[number] = null;
      this.#skip(name, error.message);
    } finally {
      closeSync(file);
      if (!whole) rmSync(path, { force: true });
    }
  }

  /** Where the next file goes, which is called `name`. */
  #placeOf(name: string): string {
    const number = this.#names.length;
    const path = join(this.#folder, numberedPath(number));
    if (number % 1000 === 0) makeFolderSync(dirname(path));
    this.#names.push(name);
    return path;
  }

  async #write(
    file: number,
    entry: ArchiveEntry,
    name: string,
    { reader, isArchive }: { reader: ArchiveReader; isArchive: boolean },
  ): Promise<void> {
    let fileBytes = 0;
    for await (const part of entry.content()) {
      const own =
        entry.packedBytes > 0 ? { packed: entry.packedBytes, unpacked: fileBytes } : { packed: reader.progress().done };
      this.#budget.addBytes(part.length, { name, fileBytes: isArchive ? 0 : fileBytes, ...own });
      // Of an archive inside, the outermost one still has to explain the size.
      if (reader !== this.#outermost) this.#budget.checkAll(this.#outermost!.progress().done);
      for (let at = 0; at < part.length;) at += writeSync(file, part, at, part.length - at);
      fileBytes += part.length;
    }
  }

  #skip(path: string, reason: string): void {
    this.#problems.push({ path, split: null, reason });
  }
}

/** The first three. */
function byName(names: readonly string[]): string {
  return `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
}
