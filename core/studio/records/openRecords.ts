/**
 * Everything that is stored of a data folder: the folders, which are the truth, and the database, which is their index.
 */
import { join } from 'node:path';
import { makeFolderSync } from '../../files/makeFolder.ts';
import { ACTIVE_STATES } from '../../../contract/run.ts';
import { type ChangeWatch, createChangeWatch } from '../../db/changeWatch.ts';
import { type CheckpointRepository, createCheckpointRepository } from '../../db/checkpointRepository.ts';
import { createDatasetRepository, type DatasetRepository } from '../../db/datasetRepository.ts';
import { createEnsembleRepository, type EnsembleRepository } from '../../db/ensembleRepository.ts';
import { createEvaluationRepository, type EvaluationRepository } from '../../db/evaluationRepository.ts';
import { createLaneRepository, type LaneRepository } from '../../db/laneRepository.ts';
import { createLeaseRepository, type LeaseRepository } from '../../db/leaseRepository.ts';
import { createMetricRepository, type MetricRepository } from '../../db/metricRepository.ts';
import { createQueueRepository, type QueueRepository } from '../../db/queueRepository.ts';
import { createRunRepository, type RunRepository } from '../../db/runs/runRepository.ts';
import { createRunRowRepository, type RunRowRepository } from '../../db/runs/runRowRepository.ts';
import { createSettingsRepository, type SettingsRepository } from '../../db/settingsRepository.ts';
import { PLACE_FOLDER, readSent } from '../places/jobFolder.ts';
import { makePrivate } from '../../files/privateFolder.ts';
import { withFolderRecords, withQueueRecord } from './folderRecords.ts';
import { followJournals } from './followJournals.ts';
import { type OpenIndex, openIndex } from './openIndex.ts';
import type { StudioPaths } from './paths.ts';
import { createFolderIndex, type FolderIndex } from './rebuildIndex.ts';
import { withPlaces } from './places.ts';
import { withJournal } from './runJournal.ts';

export interface StudioRecords {
  readonly datasets: DatasetRepository;
  readonly runs: RunRepository;
  readonly runRows: RunRowRepository;
  readonly metrics: MetricRepository;
  readonly checkpoints: CheckpointRepository;
  readonly ensembles: EnsembleRepository;
  readonly evaluations: EvaluationRepository;
  readonly leases: LeaseRepository;
  readonly laneRecords: LaneRepository;
  readonly queue: QueueRepository;
  readonly settings: SettingsRepository;
  readonly changes: ChangeWatch;
  readonly folders: FolderIndex;
}

export interface OpenRecords extends Pick<OpenIndex, 'path' | 'rebuilt' | 'readOnly' | 'close'> {
  readonly records: StudioRecords;
}

/**
 * Runs that were training when their process went away become `interrupted`; those that it was about to start wait
 * again.
 * @throws {StudioError} as `openIndex` does
 */
export async function openRecords(paths: StudioPaths, options: { readonly rebuild: boolean }): Promise<OpenRecords> {
  makePrivate(paths.dataDir);
  const { db, path, close, rebuilt, readOnly } = await openIndex(paths, options);
  if (readOnly === null) {
    makeFolderSync(paths.datasets);
    makeFolderSync(paths.runs);
  }
  const bare = { runs: createRunRepository(db), runRows: createRunRowRepository(db) };
  // what the database would refuse must not be noted in a folder either
  const journaled = readOnly === null ? withJournal(bare, paths) : bare;
  const placed = withPlaces(
    { checkpoints: createCheckpointRepository(db), evaluations: createEvaluationRepository(db) },
    paths,
  );
  const described = {
    ...placed,
    datasets: createDatasetRepository(db),
    ensembles: createEnsembleRepository(db),
    settings: createSettingsRepository(db),
  };
  const recorded = readOnly === null ? withFolderRecords(described, paths) : described;
  const queue = createQueueRepository(db);
  const records: StudioRecords = {
    ...journaled,
    ...recorded,
    checkpoints: placed.checkpoints,
    metrics: createMetricRepository(db),
    leases: createLeaseRepository(db),
    laneRecords: createLaneRepository(db),
    queue: readOnly === null ? withQueueRecord(queue, journaled.runs, paths) : queue,
    changes: createChangeWatch(db),
    folders: createFolderIndex(db, paths),
  };
  if (readOnly === null) {
    await followJournals({ ...bare, leases: records.leases }, paths);
    await markOrphans(records, paths);
  }
  return { records, path, close, rebuilt, readOnly };
}

/** An installation that goes on in another program is noted again there. */
async function markOrphans({ runs, leases, queue }: StudioRecords, paths: StudioPaths): Promise<void> {
  const held = await leases.heldRuns();
  for (const id of await runs.idsInState(['installing'])) await runs.update(id, { state: 'queued' });
  await queueAgain({ runs, leases, queue });
  for (const id of await runs.idsInState(ACTIVE_STATES)) {
    // what trains at another place goes on without a host
    if (!held.has(id) && readSent(join(paths.runDir(id), PLACE_FOLDER)) === null)
      await runs.update(id, {
        state: 'interrupted',
        reason: 'The program that trained it ended before it could say so; continue with --resume.',
        endedAt: new Date().toISOString(),
      });
  }
}

/** Runs that a program took out of the queue and that had not begun when it ended: they are the next again. */
async function queueAgain({ runs, leases, queue }: Pick<StudioRecords, 'runs' | 'leases' | 'queue'>): Promise<void> {
  const lost = await leases.lostRuns();
  const waiting = new Set((await queue.waiting()).map(({ id }) => id));
  const dropped = (await runs.idsInState(['queued'])).filter((id) => lost.has(id) && !waiting.has(id));
  if (dropped.length > 0) await queue.add(dropped, 'front');
}
