/**
 * The checkpoint folders of a run as they lie there: which are whole by their manifests, and what is wrong with the
 * others.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CheckpointManifest, checkpointSeq, MANIFEST_FILE } from '../../../contract/weights/checkpointManifest.ts';
import type { CheckpointInfo } from '../../../contract/run.ts';

export interface CheckpointFolder {
  readonly manifest: CheckpointManifest;
  readonly path: string;
  /** As the database lists it. */
  info(bestSeq: number | null): CheckpointInfo;
}

export interface CheckpointFolders {
  /** Oldest first. */
  readonly whole: readonly CheckpointFolder[];
  readonly problems: readonly { readonly path: string; readonly problem: string }[];
  /** The best one as the newest of `known` tells it; null when it is none of them. */
  bestSeq(known: readonly CheckpointFolder[]): number | null;
}

const Best = z.object({ bestSeq: z.int().nullable() });

/** Sizes are compared, not hashes: those are checked when a checkpoint is used. */
export function checkpointFolders(directory: string): CheckpointFolders {
  const whole: CheckpointFolder[] = [];
  const problems: { path: string; problem: string }[] = [];
  const seqs = (existsSync(directory) ? readdirSync(directory) : []).flatMap((name) => {
    const seq = checkpointSeq(name);
    return seq === null ? [] : [{ seq, path: join(directory, name) }];
  });
  for (const { seq, path } of seqs.sort((a, b) => a.seq - b.seq)) {
    try {
      whole.push(folder(path, seq));
    } catch (error) {
      problems.push({ path, problem: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) });
    }
  }
  return {
    whole,
    problems,
    bestSeq(known) {
      const newest = known.at(-1);
      if (!newest) return null;
      const { bestSeq } = Best.parse(JSON.parse(readFileSync(join(newest.path, 'state.json'), 'utf8')));
      return known.some(({ manifest }) => manifest.seq === bestSeq) ? bestSeq : null;
    },
  };
}

function folder(path: string, seq: number): CheckpointFolder {
  const manifestFile = join(path, MANIFEST_FILE);
  if (!existsSync(manifestFile)) throw new Error('has no manifest: its files were never finished');
  const parsed = CheckpointManifest.safeParse(JSON.parse(readFileSync(manifestFile, 'utf8')));
  if (!parsed.success) throw new Error('its manifest does not fit');
  const manifest = parsed.data;
  if (manifest.seq !== seq) throw new Error(`its manifest is that of checkpoint ${manifest.seq}`);
  for (const { name, sizeBytes } of manifest.files) {
    const file = join(path, name);
    if (!existsSync(file)) throw new Error(`${name} is missing`);
    if (statSync(file).size !== sizeBytes)
      throw new Error(`${name} has ${statSync(file).size} bytes, ${sizeBytes} were written`);
  }
  return {
    manifest,
    path,
    info: (bestSeq) => ({
      seq,
      step: manifest.step,
      epoch: manifest.epoch,
      trigger: manifest.trigger,
      path,
      sizeBytes: manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0),
      metrics: manifest.metrics,
      isBest: seq === bestSeq,
    }),
  };
}
