/** A real training with many short epochs, and what its folder says of it. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkpointFolders } from '../../../core/studio/records/checkpointFolders.ts';
import { studioPaths } from '../../../core/studio/records/paths.ts';
import { copyFashionImages } from '../../support/fashionImages.ts';
import { temporaryFolder } from './temporaryFolder.ts';
import { quorum } from './quorumProcess.ts';
import { LONG } from './trial.ts';

const SAMPLE = fileURLToPath(new URL('../../../resources/samples/fashion-mnist-mini/', import.meta.url));

/** Of two steps each. */
export function trainingOptions(epochs: number): string[] {
  const size = ['--model', 'lenet', '--width-factor', '0.5', '--head-width', '16', '--size', '32'];
  const data = ['--dataset', 'sample', '--limit-train', '64', '--limit-val', '32', '--batch-size', '32'];
  return ['train', ...size, ...data, '--epochs', String(epochs), '--device', 'cpu', '--lr', '0.001'];
}

/** All of it in a long trial; else no more of it than `trainingOptions` train on. */
export async function importSample(dataDir: string): Promise<void> {
  await quorum(dataDir, ['dataset', 'import', LONG ? SAMPLE : partOfSample(), '--name', 'sample']);
}

function partOfSample(): string {
  const folder = temporaryFolder();
  copyFashionImages(folder, { images: { train: 8, val: 4 } });
  return folder;
}

/** Newest last. */
export function runIds(dataDir: string): string[] {
  const folder = studioPaths(dataDir).runs;
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

interface Entry {
  readonly call: string;
  readonly change?: { readonly state?: string; readonly startedAt?: string };
  readonly point?: { readonly step: number };
  readonly points?: readonly (readonly [name: string, step: number])[];
}

/** Its diary. */
export function journal(dataDir: string, run: string): Entry[] {
  const file = join(studioPaths(dataDir).runDir(run), 'journal.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Entry];
      } catch {
        // the line that is being written, or was cut
        return [];
      }
    });
}

export function stateOf(dataDir: string, run: string): string | undefined {
  return journal(dataDir, run).findLast(({ change }) => change?.state !== undefined)?.change?.state;
}

/** Whose validation is noted. */
export function epochsOf(dataDir: string, run: string): number {
  return new Set(
    journal(dataDir, run)
      .flatMap(({ points }) => points ?? [])
      .filter(([name]) => name === 'val/loss')
      .map(([, step]) => step),
  ).size;
}

/** Of the newest checkpoint that lies whole in the run's folder; -1 where there is none. */
export function newestStep(dataDir: string, run: string): number {
  return checkpointFolders(studioPaths(dataDir).checkpointsDir(run)).whole.at(-1)?.manifest.step ?? -1;
}

/** Of the newest checkpoint's weights and optimizer. */
export function digestOf(dataDir: string, run: string): string {
  const newest = checkpointFolders(studioPaths(dataDir).checkpointsDir(run)).whole.at(-1);
  const hash = createHash('sha256');
  for (const name of ['weights.safetensors', 'optimizer.safetensors'])
    hash.update(tensors(readFileSync(join(newest?.path ?? '', name))));
  return hash.digest('hex');
}

/** The file without its header, which names the run. */
function tensors(file: Buffer): Buffer {
  return file.subarray(8 + Number(file.readBigUInt64LE()));
}
