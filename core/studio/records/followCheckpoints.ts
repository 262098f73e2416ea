/**
 * The database's list of checkpoints is brought in line with the folders that hold them: what is gone is not offered,
 * what is there is.
 */
import { existsSync } from 'node:fs';
import type { CheckpointManifest } from '../../../contract/weights/checkpointManifest.ts';
import { type MetricPoint, metricPoint } from '../../../contract/metrics.ts';
import type { CheckpointInfo } from '../../../contract/run.ts';
import type { CheckpointRepository } from '../../db/checkpointRepository.ts';
import type { LeaseRepository } from '../../db/leaseRepository.ts';
import type { RunRepository } from '../../db/runs/runRepository.ts';
import { type CheckpointFolder, checkpointFolders } from './checkpointFolders.ts';
import type { StudioPaths } from './paths.ts';

interface Records {
  readonly runs: RunRepository;
  readonly checkpoints: CheckpointRepository;
}

/** Checkpoints that the folder holds whole and the database did not know, and those that are gone; oldest first. */
export interface CheckpointChanges {
  readonly adopted: readonly number[];
  readonly gone: readonly number[];
}

/** Of one run that nobody trains: its job may have saved when nobody listened any more. */
export async function followRunCheckpoints(
  { runs, checkpoints }: Records,
  paths: StudioPaths,
  id: string,
): Promise<CheckpointChanges> {
  const known = await checkpoints.list(id);
  const whole = wholeCheckpoints(paths, id);
  const gone = known.filter(({ path }) => !existsSync(path)).map(({ seq }) => seq);
  const fresh = whole.filter(({ manifest }) => !known.some(({ seq }) => seq === manifest.seq));
  await checkpoints.forget(id, gone);
  if (fresh.length === 0) return { adopted: [], gone };
  const bestSeq = checkpointFolders(paths.checkpointsDir(id)).bestSeq(whole);
  await recordCheckpoints({ runs, checkpoints }, id, fresh, bestSeq);
  return { adopted: fresh.map(({ manifest }) => manifest.seq), gone };
}

/** The newest checkpoint that lies whole in the run's folder, whatever the database knew; null when there is none. */
export async function newestCheckpoint(
  records: Records,
  paths: StudioPaths,
  id: string,
): Promise<CheckpointInfo | null> {
  await followRunCheckpoints(records, paths, id);
  const newest = wholeCheckpoints(paths, id).at(-1);
  return (newest && (await records.checkpoints.list(id)).find(({ seq }) => seq === newest.manifest.seq)) ?? null;
}

/** Looks at every run that nobody trains; returns what was not as the database had it, in words. */
export async function followCheckpoints(
  records: Records & { readonly leases: LeaseRepository },
  paths: StudioPaths,
): Promise<string[]> {
  const held = await records.leases.heldRuns();
  const notices: string[] = [];
  for (const { id, name } of await records.runs.names()) {
    if (held.has(id)) continue;
    const folderIsGone = !existsSync(paths.runDir(id));
    const { adopted, gone } = await followRunCheckpoints(records, paths, id);
    if (folderIsGone && gone.length > 0)
      notices.push(
        `The folder of run ${id} ("${name}") no longer exists, nor do its ${gone.length} checkpoints; ` +
          'its curves are still here.',
      );
    // a job that goes on saving without its host prunes as ever: no news where newer ones took the place of what is
    // gone
    else if (gone.length > 0 && adopted.length === 0)
      notices.push(`Run ${id} ("${name}"): ${listed(gone)} no longer in its folder.`);
  }
  return notices;
}

/** Records checkpoint folders, and what their manifests say of steps that nothing else tells of. */
export async function recordCheckpoints(
  { runs, checkpoints }: Records,
  id: string,
  folders: readonly CheckpointFolder[],
  bestSeq: number | null,
): Promise<void> {
  for (const folder of folders) {
    const { manifest } = folder;
    await checkpoints.record(id, folder.info(bestSeq), []);
    const run = await runs.find(id);
    if (run && manifest.step > run.step)
      await runs.recordPoints(id, pointsOf(manifest), {
        step: manifest.step,
        epoch: manifest.epoch,
        ...(manifest.seq === bestSeq && { bestEpoch: Math.round(manifest.epoch) }),
      });
  }
}

/** Those of this run: a folder that was put there by hand may be another's. Oldest first. */
function wholeCheckpoints(paths: StudioPaths, id: string): CheckpointFolder[] {
  return checkpointFolders(paths.checkpointsDir(id)).whole.filter(({ manifest }) => manifest.runId === id);
}

function pointsOf({ metrics, step, epoch }: CheckpointManifest): MetricPoint[] {
  return Object.entries(metrics).map(([name, value]) => metricPoint(name, step, epoch, value));
}

function listed(seqs: readonly number[]): string {
  return seqs.length === 1 ? `checkpoint ${seqs[0]} is` : `checkpoints ${seqs.join(', ')} are`;
}
