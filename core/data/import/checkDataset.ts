/** Comparing a data set with what was imported: the user's files by size and time, the packed caches by hash. */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ImportOptions, type DatasetCheck } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { treeOf } from '../archive/storedTree.ts';
import { contentKeyOf } from '../pictures/contentKey.ts';
import { readIndex, type DatasetIndex } from '../set/datasetIndex.ts';
import type { FileTree } from '../sources/fileTree.ts';
import { CACHE_FOLDER, SOURCE_FILE } from '../set/datasetFiles.ts';
import { openDataset } from '../set/openDataset.ts';
import { hashFile } from '../packed/packFile.ts';
import { readSidecar } from '../packed/packSidecar.ts';
import { ProgressMeter } from './progressMeter.ts';
import { SPLIT_ORDER } from '../readers/reader.ts';
import { READERS } from '../readers/registry.ts';
import type { OnProgress } from '../../../contract/progress.ts';
import type { OpenDataset } from '../types.ts';

const EXAMPLES = 20;

/**
 * Everything else is reported.
 * @throws {StudioError} dataset.notFound and file.damaged: the import itself cannot be read; signal.reason on abort
 */
export async function checkDataset(
  datasetDir: string,
  env: { readonly onProgress?: OnProgress; readonly signal?: AbortSignal } = {},
): Promise<DatasetCheck> {
  const dataset = await openDataset(datasetDir);
  const index = readIndex(dataset.directory);
  const files = importedFiles(index);
  const report: DatasetCheck = {
    ok: true,
    compared: files.size,
    changed: 0,
    missing: 0,
    added: 0,
    examples: [],
    caches: [],
    problem: null,
  };
  const note = (path: string, state: 'changed' | 'missing' | 'added'): void => {
    report[state] += 1;
    if (report.examples.length < EXAMPLES) report.examples.push({ path, state });
  };
  await compareFiles(treeOf(dataset), files, note, env);
  try {
    for (const path of listNow(dataset)) if (!files.has(path)) note(path, 'added');
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    report.problem = error.message;
  }
  report.caches = await checkCaches(dataset, env);
  report.ok =
    report.changed + report.missing + report.added === 0 &&
    report.problem === null &&
    report.caches.every((cache) => cache.ok);
  return report;
}

interface Facts {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly contentKey: number | undefined;
}
type FileFacts = ReadonlyMap<string, Facts>;

function importedFiles(index: DatasetIndex): FileFacts {
  const files = new Map<string, Facts>();
  const columns: { paths: string[]; sizesBytes: number[]; modifiedMs: number[]; contentKeys?: number[] }[] = [
    index.otherFiles,
    ...(index.kind === 'files' ? SPLIT_ORDER.flatMap((split) => index.splits[split] ?? []) : []),
  ];
  for (const { paths, sizesBytes, modifiedMs, contentKeys } of columns) {
    paths.forEach((path, i) =>
      files.set(path, { sizeBytes: sizesBytes[i]!, modifiedMs: modifiedMs[i]!, contentKey: contentKeys?.[i] }),
    );
  }
  return files;
}

async function compareFiles(
  tree: FileTree,
  files: FileFacts,
  note: (path: string, state: 'changed' | 'missing') => void,
  env: { onProgress?: OnProgress; signal?: AbortSignal },
): Promise<void> {
  const progress = new ProgressMeter('check', files.size, env.onProgress);
  let done = 0;
  for (const [path, facts] of files) {
    if (done % 1024 === 0) await breathe(env.signal);
    const state = stateOf(tree.file(path), facts);
    if (state !== 'same') note(path, state);
    done += 1;
    progress.update(done);
  }
}

function stateOf(file: string, { sizeBytes, modifiedMs, contentKey }: Facts): 'same' | 'missing' | 'changed' {
  // Files that could not be opened at import have no facts to compare.
  if (sizeBytes < 0) return 'same';
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 'missing';
  if (stat.size !== sizeBytes) return 'changed';
  if (Math.trunc(stat.mtimeMs) === modifiedMs) return 'same';
  // Touched, or copied back: the bytes decide.
  return contentKey !== undefined && contentKeyOf(readFileSync(file)) === contentKey ? 'same' : 'changed';
}

/** Paths the reader lists today. For records these are the record files themselves, whose number cannot grow. */
function* listNow(dataset: OpenDataset): Generator<string> {
  const { card, directory } = dataset;
  const source = z
    .object({ options: ImportOptions, manifest: z.string().optional() })
    .parse(JSON.parse(readFileSync(join(directory, SOURCE_FILE), 'utf8')));
  const reader = READERS.find(({ layout }) => layout === card.layout);
  if (reader === undefined)
    throw new StudioError('dataset.unknownLayout', `This version has no reader for the layout ${card.layout}.`);
  const scan = reader.scan(treeOf(dataset), {
    ...source.options.fractions,
    ...source.options.list,
    allowedRoots: source.options.allowedRoots,
    nested: source.options.nested,
    splitNamed: source.options.splitNamed,
    manifest: source.manifest,
  });
  if (scan.kind === 'files') for (const { path } of scan.entries) yield path;
}

async function checkCaches(
  { card, directory }: OpenDataset,
  env: { onProgress?: OnProgress; signal?: AbortSignal },
): Promise<DatasetCheck['caches']> {
  const folder = join(directory, CACHE_FOLDER);
  const caches: DatasetCheck['caches'] = [];
  for (const name of readdirSync(folder)
    .filter((entry) => entry.endsWith('.u8'))
    .sort()) {
    await breathe(env.signal);
    const file = openSync(join(folder, name), 'r');
    try {
      const sizeBytes = fstatSync(file).size;
      const sidecar = readSidecar(join(folder, name.replace(/\.u8$/, '.json')));
      const progress = new ProgressMeter('check', sizeBytes, env.onProgress);
      const problem =
        sidecar === null
          ? 'its sidecar is missing or damaged'
          : sidecar.fingerprint !== card.fingerprint
            ? 'it was made from another state of the data set'
            : sidecar.sizeBytes !== sizeBytes
              ? `it has ${sizeBytes} bytes, expected ${sidecar.sizeBytes}`
              : hashFile(file, (done) => progress.update(done)) !== sidecar.sha256
                ? 'its contents do not have their SHA-256'
                : null;
      caches.push({ file: name, sizeBytes, ok: problem === null, problem });
    } finally {
      closeSync(file);
    }
  }
  return caches;
}

/** Lets an abort arrive, and throws its reason. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}
