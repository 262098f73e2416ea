/** Checkpoints that a run keeps for good because its spec names their epochs. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointManifest, checkpointSeq, MANIFEST_FILE } from '../../contract/weights/checkpointManifest.ts';

/** Numbers of the checkpoints below `directory` that were saved at the end of one of these epochs. */
export async function checkpointsOfEpochs(directory: string, epochs: readonly number[]): Promise<number[]> {
  if (epochs.length === 0) return [];
  const kept: number[] = [];
  for (const name of await readdir(directory)) {
    const seq = checkpointSeq(name);
    if (seq === null) continue;
    const manifest = CheckpointManifest.safeParse(
      JSON.parse(await readFile(join(directory, name, MANIFEST_FILE), 'utf8')),
    );
    if (manifest.success && manifest.data.trigger === 'epoch' && epochs.includes(manifest.data.epoch)) kept.push(seq);
  }
  return kept;
}
