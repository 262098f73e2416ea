/** Unpacking an archive of runs: only names that it may hold, only bytes that its list says. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolderSync } from '../../files/makeFolder.ts';
import { StudioError } from '../../../contract/errors.ts';
import { ArchiveBudget, type ArchiveLimits, DEFAULT_LIMITS } from '../../data/archive/archiveBudget.ts';
import { type ArchiveEntry, EntryProblem } from '../../formats/archive/archiveEntry.ts';
import { damaged, hostile } from '../../formats/archive/archiveErrors.ts';
import { cleanName, EntryNames } from '../../formats/archive/entryNames.ts';
import { type TarPacking, TarReader } from '../../formats/archive/tarReader.ts';
import { ZSTD_MAGIC } from '../../formats/archive/zstandard.ts';
import { fileError } from '../../files/fileErrors.ts';
import type { WorkOptions } from '../context.ts';
import { ProgressMeter } from '../../data/import/progressMeter.ts';
import { ALLOWED_NAME, ArchiveList, LIST, TOP } from './runArchive.ts';

/** A checkpoint's weights are one file. */
const LIMITS: ArchiveLimits = { ...DEFAULT_LIMITS, entries: 500_000, fileBytes: 8 * 2 ** 30 };

/**
 * Unpacks `archive` into `folder`, which is empty, and compares every file with the list.
 * @throws {StudioError} archive.hostile, archive.limit, archive.damaged, archive.unsupported, file.…; signal.reason
 */
export async function unpackRuns(
  archive: string,
  folder: string,
  { signal, onProgress }: WorkOptions = {},
): Promise<ArchiveList> {
  let reader: TarReader | null = null;
  try {
    reader = new TarReader(archive, packingOf(archive));
    const found = new Map<string, { sizeBytes: number; sha256: string }>();
    const names = new EntryNames();
    const budget = new ArchiveBudget(folder, LIMITS);
    const reading = new ProgressMeter('unpack', reader.progress().total, onProgress);
    for await (const entry of reader.entries()) {
      signal?.throwIfAborted();
      budget.addEntries(1);
      const name = nameOf(entry, names);
      reading.update(reader.progress().done);
      if (name !== null) found.set(name, await unpackFile(entry, join(folder, name), budget, reader));
    }
    return checkList(folder, found);
  } catch (error) {
    throw withRemedy(fileError(error, archive, { doing: 'read' }));
  } finally {
    reader?.close();
  }
}

function packingOf(path: string): TarPacking {
  const start = Buffer.alloc(4);
  const file = openSync(path, 'r');
  try {
    readSync(file, start, 0, start.length, 0);
  } finally {
    closeSync(file);
  }
  if (start.readUInt16BE(0) === 0x1f8b) return 'gzip';
  return start.toString('hex') === ZSTD_MAGIC ? 'zstd' : 'plain';
}

/** Below the top folder; null for a folder. */
function nameOf(entry: ArchiveEntry, names: EntryNames): string | null {
  const name = cleanName(entry.name);
  if (entry.kind === 'folder') return null;
  if (entry.kind !== 'file') throw hostile(`${JSON.stringify(name)} is no file (${entry.kind})`);
  names.addFile(name);
  const inner = name.startsWith(`${TOP}/`) ? name.slice(TOP.length + 1) : '';
  if (!ALLOWED_NAME.test(inner)) throw hostile(`no archive of runs holds ${JSON.stringify(name.slice(0, 120))}`);
  return inner;
}

async function unpackFile(
  entry: ArchiveEntry,
  path: string,
  budget: ArchiveBudget,
  reader: TarReader,
): Promise<{ sizeBytes: number; sha256: string }> {
  const { name } = entry;
  budget.expectFile(entry.sizeBytes, name);
  makeFolderSync(dirname(path));
  const file = openSync(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const part of entry.content()) {
      budget.addBytes(part.length, { name, fileBytes: sizeBytes, packed: reader.progress().done });
      for (let at = 0; at < part.length;) at += writeSync(file, part, at, part.length - at);
      hash.update(part);
      sizeBytes += part.length;
    }
  } catch (error) {
    throw error instanceof EntryProblem ? damaged(`${name}: ${error.message}`) : error;
  } finally {
    closeSync(file);
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

function checkList(folder: string, found: ReadonlyMap<string, { sizeBytes: number; sha256: string }>): ArchiveList {
  if (!found.has(LIST)) throw damaged(`it has no ${TOP}/${LIST}, so it is no archive of runs`);
  const list = readList(join(folder, LIST));
  const listed = new Set([LIST, ...list.files.map(({ name }) => name)]);
  for (const name of found.keys()) if (!listed.has(name)) throw hostile(`${name} is not in its list of files`);
  for (const { name, sizeBytes, sha256 } of list.files) {
    const file = found.get(name);
    if (!file) throw damaged(`${name} is missing`);
    if (file.sizeBytes !== sizeBytes || file.sha256 !== sha256)
      throw damaged(`${name} is not what was packed: its SHA-256 differs`);
  }
  return list;
}

function readList(path: string): ArchiveList {
  try {
    return ArchiveList.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw damaged(`its list of files cannot be read (${error instanceof Error ? error.message.split('\n')[0] : ''})`);
  }
}

function withRemedy(error: unknown): unknown {
  if (!(error instanceof StudioError) || !error.code.startsWith('archive.')) return error;
  return new StudioError(error.code, error.message, {
    remedy: 'Copy it again, or export it again with quorum runs export --archive.',
    cause: error,
  });
}
