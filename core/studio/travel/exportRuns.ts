/** Runs as one file that another machine takes: settings, journal, checkpoints, what they said of images. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import { placeDurably } from '../../files/durableFile.ts';
import type { TarPacking } from '../../formats/archive/tarReader.ts';
import { hasZstandard } from '../../formats/archive/zstandard.ts';
import { type TarFile, writeTarOf } from '../../formats/archive/writeTar.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { checkpointFolders } from '../records/checkpointFolders.ts';
import { RECORD_FILE } from '../records/folderRecords.ts';
import { JOURNAL_FILE } from '../records/runJournal.ts';
import { ProgressMeter } from '../../data/import/progressMeter.ts';
import { ensemblesOf } from './ensembles.ts';
import { imageListOf } from './imageLists.ts';
import { type ArchiveList, LIST, TOP } from './runArchive.ts';

export interface ExportChoice {
  /** Absolute. */
  readonly output: string;
  readonly overwrite: boolean;
  /** The best and the last checkpoint of each run, or all that are kept. */
  readonly checkpoints: 'best and last' | 'all';
}

export interface WrittenArchive extends Pick<ArchiveList, 'runs' | 'evaluations'> {
  readonly path: string;
  readonly sizeBytes: number;
}

/** What goes into an archive, and what its list says beside the files. */
type Packing = Pick<ArchiveList, 'runs' | 'evaluations' | 'datasets' | 'ensembles'> & { readonly files: TarFile[] };

/** @throws {StudioError} `run.inUse`, `run.notFound`, `file.exists`, `file.…`, `weights.limit` */
export async function exportRuns(
  context: StudioContext,
  ids: readonly string[],
  { output, overwrite, checkpoints }: ExportChoice,
  { signal, onProgress }: WorkOptions = {},
): Promise<WrittenArchive> {
  if (existsSync(output) && !overwrite)
    throw new StudioError('file.exists', `${output} exists.`, { remedy: 'Add --overwrite, or choose another name.' });
  packingOf(output);
  const packing: Packing = { runs: [], evaluations: [], datasets: [], ensembles: [], files: [] };
  const held = await context.leases.heldRuns();
  for (const id of new Set(ids)) {
    if (held.has(id) || context.places.away(id) !== null)
      throw new StudioError('run.inUse', `Run ${id} is training.`, { remedy: 'Wait for it to end, or stop it.' });
    await packRun(context, id, checkpoints, packing);
  }
  for (const ensemble of await ensemblesOf(context, packing.runs)) {
    packing.ensembles.push(ensemble.id);
    packing.files.push(inMemory(`ensembles/${ensemble.id}.json`, ensemble));
  }
  const { files, ...lists } = packing;
  const total = files.reduce((sum, { content }) => sum + sizeOf(content), 0);
  const hashing = new ProgressMeter('hash files', total, onProgress);
  const hashed: ArchiveList['files'] = [];
  for (const file of files) hashed.push(await describe(file, hashing, signal));
  const list: ArchiveList = { schema: 1, createdAt: new Date().toISOString(), ...lists, files: hashed };
  const placed = [inMemory(LIST, list), ...files].map((file) => ({ ...file, name: `${TOP}/${file.name}` }));
  const writing = new ProgressMeter('write archive', total, onProgress);
  const packed = { packing: packingOf(output), signal, onBytes: (bytes: number) => writing.add(bytes) };
  await placeDurably(output, (temporary) => writeTarOf(placed, temporary, packed));
  return { path: output, sizeBytes: statSync(output).size, runs: lists.runs, evaluations: lists.evaluations };
}

/** By its name. @throws {StudioError} input.invalid: this Node knows no Zstandard */
function packingOf(output: string): TarPacking {
  if (/\.(tar\.gz|tgz)$/i.test(output)) return 'gzip';
  if (!/\.(tar\.zst|tzst)$/i.test(output)) return 'plain';
  if (hasZstandard) return 'zstd';
  throw new StudioError('input.invalid', 'This Node cannot pack by Zstandard.', {
    remedy: 'Name the file .tar.gz, or use Node 22.15 or newer.',
  });
}

async function packRun(
  context: StudioContext,
  id: string,
  which: ExportChoice['checkpoints'],
  { runs, evaluations, datasets, files }: Packing,
): Promise<void> {
  const { paths } = context;
  const run = await context.runs.find(id);
  if (!run) throw new StudioError('run.notFound', `There is no run "${id}".`);
  runs.push(id);
  addFolder(files, paths.runDir(id), `runs/${id}`, ['spec.json', JOURNAL_FILE]);
  const { whole, bestSeq } = checkpointFolders(paths.checkpointsDir(id));
  const kept = new Set([bestSeq(whole), whole.at(-1)?.manifest.seq]);
  const chosen = which === 'all' ? whole : whole.filter(({ manifest }) => kept.has(manifest.seq));
  for (const { path } of chosen)
    addFolder(files, path, `runs/${id}/checkpoints/${path.slice(paths.checkpointsDir(id).length + 1)}`);
  for (const { id: evaluation, path } of await context.evaluations.list({ runId: id })) {
    if (!existsSync(join(path, RECORD_FILE))) continue;
    evaluations.push(evaluation);
    addFolder(files, path, `evaluations/${evaluation}`, [RECORD_FILE, 'probabilities.f32', 'predictions.json']);
  }
  const card = await context.datasets.find(run.spec.dataset);
  if (!card || datasets.includes(card.id)) return;
  datasets.push(card.id);
  files.push(inMemory(`datasets/${card.id}.json`, imageListOf(context, card)));
}

function inMemory(name: string, value: unknown): TarFile {
  return { name, content: Buffer.from(`${JSON.stringify(value)}\n`), modifiedMs: Date.now() };
}

function addFolder(files: TarFile[], folder: string, name: string, only?: readonly string[]): void {
  for (const file of readdirSync(folder).sort())
    if (!only || only.includes(file)) files.push({ name: `${name}/${file}`, content: join(folder, file) });
}

async function describe(
  { name, content }: TarFile,
  hashing: ProgressMeter,
  signal?: AbortSignal,
): Promise<ArchiveList['files'][number]> {
  const hash = createHash('sha256');
  const parts = typeof content === 'string' ? (createReadStream(content) as AsyncIterable<Buffer>) : [content];
  for await (const part of parts) {
    signal?.throwIfAborted();
    hash.update(part);
    hashing.add(part.length);
  }
  return { name, sizeBytes: sizeOf(content), sha256: hash.digest('hex') };
}

const sizeOf = (content: TarFile['content']): number =>
  typeof content === 'string' ? statSync(content).size : content.length;
