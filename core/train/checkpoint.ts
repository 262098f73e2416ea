/**
 * Checkpoints: folders `ckpt-<seq>` with weights, optimizer slots, state and a manifest of their hashes. A folder is
 * written under a temporary name, read back, and only then renamed, so that a folder with a proper name is always
 * whole; what it replaces goes after that.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../files/makeFolder.ts';
import {
  type CheckpointFile,
  CheckpointManifest,
  checkpointName,
  checkpointSeq,
  MANIFEST_FILE,
} from '../../contract/weights/checkpointManifest.ts';
import { BestSoFar, NOTHING_YET } from '../../pure/earlyStopping.ts';
import { StudioError } from '../../contract/errors.ts';
import { renameDurably, syncFolder, writeDurableFile } from '../files/durableFile.ts';
import { fileError, systemCode } from '../files/fileErrors.ts';
import { openSafetensors, writeSafetensors } from '../formats/safetensors.ts';
import { NO_PLATEAU, PlateauState } from './plateau.ts';

/** Everything besides tensors that decides how training goes on. */
export const TrainState = z.object({
  /**
   * 0-based epoch that the next step belongs to, and the step within it; `stepInEpoch = stepsPerEpoch` means validation
   * is still due.
   */
  epoch: z.int(),
  stepInEpoch: z.int(),
  step: z.int(),
  /** Of the open epoch, over the steps done. */
  sums: z.object({ loss: z.number(), correct: z.number(), count: z.int() }),
  best: BestSoFar,
  bestSeq: z.int().nullable(),
  trainedMs: z.number(),
  plateau: PlateauState.default(NO_PLATEAU),
});
export type TrainState = z.infer<typeof TrainState>;

export const NO_STATE: TrainState = {
  epoch: 0,
  stepInEpoch: 0,
  step: 0,
  sums: { loss: 0, correct: 0, count: 0 },
  best: NOTHING_YET,
  bestSeq: null,
  trainedMs: 0,
  plateau: NO_PLATEAU,
};

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly read: () => Float32Array;
}
export interface CheckpointContent {
  readonly manifest: Omit<CheckpointManifest, 'schema' | 'files'>;
  readonly state: TrainState;
  readonly weights: readonly NamedTensor[];
  readonly optimizer: readonly NamedTensor[];
}

/**
 * Writes and verifies one checkpoint below `directory`; returns its folder and size. Nothing else is touched when it
 * fails.
 */
export async function saveCheckpoint(
  directory: string,
  content: CheckpointContent,
): Promise<{ path: string; sizeBytes: number }> {
  const path = join(directory, checkpointName(content.manifest.seq));
  const temporary = join(directory, `.tmp-${basename(path)}-${process.pid}-${randomUUID().slice(0, 8)}`);
  if (existsSync(path)) throw new StudioError('file.exists', `There is a checkpoint ${path} already.`);
  try {
    await makeFolder(directory);
    await mkdir(temporary, { mode: 0o700 });
    const files: CheckpointFile[] = [];
    for (const [name, tensors] of [
      ['weights.safetensors', content.weights],
      ['optimizer.safetensors', content.optimizer],
    ] as const) {
      files.push({
        name,
        ...(await writeSafetensors(
          join(temporary, name),
          tensors.map(({ read, ...t }) => ({ ...t, data: read })),
          { run: content.manifest.runId, step: String(content.manifest.step) },
        )),
      });
    }
    files.push({
      name: 'state.json',
      ...(await writeText(join(temporary, 'state.json'), JSON.stringify(content.state))),
    });
    const manifest: CheckpointManifest = { schema: 1, ...content.manifest, files };
    await writeText(join(temporary, MANIFEST_FILE), JSON.stringify(manifest, null, 1));
    await verifyFiles(temporary, manifest);
    await syncFolder(temporary);
    await renameDurably(temporary, path);
    return { path, sizeBytes: files.reduce((n, f) => n + f.sizeBytes, 0) };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw fileError(error, path, { doing: 'write', remedies: REMEDIES });
  }
}

async function writeText(path: string, text: string): Promise<{ sizeBytes: number; sha256: string }> {
  await writeDurableFile(path, text);
  return { sizeBytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
}

async function verifyFiles(folder: string, manifest: CheckpointManifest): Promise<void> {
  for (const file of manifest.files) {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    try {
      for await (const chunk of createReadStream(join(folder, file.name), {
        // no more than there is: as many buffers of full size would only make work for the garbage collector
        highWaterMark: Math.max(1, Math.min(1 << 22, file.sizeBytes)),
      }) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        sizeBytes += chunk.length;
      }
    } catch (error) {
      throw new StudioError('file.damaged', `${join(folder, file.name)} can't be read.`, {
        remedy: 'Use an older checkpoint of the run.',
        cause: error,
      });
    }
    if (sizeBytes !== file.sizeBytes || hash.digest('hex') !== file.sha256)
      throw new StudioError(
        'file.damaged',
        `${join(folder, file.name)} is not what was written: ${sizeBytes} of ${file.sizeBytes} bytes.`,
      );
  }
}

const REMEDIES = {
  'file.diskFull': 'Free some disk space, then resume the run: the last checkpoint is kept.',
  'file.noPermission': 'Check the rights of the data folder, then resume the run.',
} as const;

export interface LoadedCheckpoint {
  readonly path: string;
  readonly manifest: CheckpointManifest;
  readonly state: TrainState;
}

/**
 * Manifest and state of a checkpoint folder, every hash verified.
 * @throws {StudioError} `file.damaged`, `run.noCheckpoint`
 */
export async function loadCheckpoint(path: string): Promise<LoadedCheckpoint> {
  const parse = async <T>(name: string, schema: z.ZodType<T>): Promise<T> => {
    try {
      return schema.parse(JSON.parse(await readFile(join(path, name), 'utf8')));
    } catch (error) {
      if (systemCode(error) === 'ENOENT')
        throw new StudioError('run.noCheckpoint', `${path} holds no ${name}.`, { cause: error });
      throw new StudioError('file.damaged', `${join(path, name)} can't be read.`, {
        remedy: 'Use an older checkpoint of the run.',
        cause: error,
      });
    }
  };
  const manifest = await parse(MANIFEST_FILE, CheckpointManifest);
  await verifyFiles(path, manifest);
  return { path, manifest, state: await parse('state.json', TrainState) };
}

/** All tensors of one of a checkpoint's files, by name. */
export function readTensors(
  path: string,
  file: 'weights.safetensors' | 'optimizer.safetensors',
): Map<string, Float32Array> {
  const opened = openSafetensors(join(path, file));
  return new Map([...opened.tensors].map(([name, t]) => [name, t.read()]));
}

/**
 * The newest checkpoint below `directory` that is whole; damaged ones are renamed to `.bad-…` (and named in
 * `setAside`), leftovers of a cut save removed.
 */
export async function newestCheckpoint(directory: string, setAside: string[] = []): Promise<LoadedCheckpoint | null> {
  const names = existsSync(directory) ? await readdir(directory) : [];
  for (const stale of names.filter((n) => n.startsWith('.tmp-') || n.startsWith('.trash-')))
    await rm(join(directory, stale), { recursive: true, force: true });
  for (const name of names
    .filter((n) => checkpointSeq(n) !== null)
    .sort()
    .reverse()) {
    try {
      return await loadCheckpoint(join(directory, name));
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
      await moveAside(directory, name, setAside);
    }
  }
  return null;
}

async function moveAside(directory: string, name: string, setAside: string[]): Promise<void> {
  const aside = join(directory, `.bad-${name}`);
  await rm(aside, { recursive: true, force: true });
  await rename(join(directory, name), aside);
  setAside.push(name);
}

export interface ResumePoint extends LoadedCheckpoint {
  /** Names of newer checkpoints that made way because they are damaged. */
  readonly setAside: readonly string[];
}

/**
 * What a run continues from: the newest whole checkpoint below `directory`, whoever was told of it; null when there is
 * none. Only damaged ones make way.
 */
export async function checkpointToResume(directory: string): Promise<ResumePoint | null> {
  const setAside: string[] = [];
  const loaded = await newestCheckpoint(directory, setAside);
  if (!loaded) return null;
  // A best that made way because it is damaged comes again.
  const { bestSeq } = loaded.state;
  const bestIsThere = bestSeq !== null && existsSync(join(directory, checkpointName(bestSeq)));
  return { ...loaded, state: { ...loaded.state, bestSeq: bestIsThere ? bestSeq : null }, setAside };
}

/** Removes all but the last two and those numbered in `keep`. Called only after a newer one is safe. */
export async function pruneCheckpoints(directory: string, keep: readonly number[]): Promise<number[]> {
  const all = (await readdir(directory)).flatMap((n) => checkpointSeq(n) ?? []).sort((a, b) => a - b);
  const removed = all.slice(0, -2).filter((seq) => !keep.includes(seq));
  for (const seq of removed) {
    const path = join(directory, checkpointName(seq));
    const trash = join(dirname(path), `.trash-${basename(path)}`);
    await rename(path, trash);
    await rm(trash, { recursive: true, force: true });
  }
  return removed;
}
