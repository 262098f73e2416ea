/** The composition root: everything a host (CLI, web host, Electron) can ask of Quorum, grouped as noun.verb. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ACTIVE_STATES } from '../../contract/run.ts';
import { createCheckpointRepository } from '../db/checkpointRepository.ts';
import { createDatasetRepository } from '../db/datasetRepository.ts';
import { createEnsembleRepository } from '../db/ensembleRepository.ts';
import { createEvaluationRepository } from '../db/evaluationRepository.ts';
import { createLeaseRepository } from '../db/leaseRepository.ts';
import { createMetricRepository } from '../db/metricRepository.ts';
import { openDatabase } from '../db/open.ts';
import { createPredictionRepository } from '../db/predictionRepository.ts';
import { createQueueRepository } from '../db/queueRepository.ts';
import { createRunRepository } from '../db/runRepository.ts';
import { createRunRowRepository } from '../db/runRowRepository.ts';
import { createSettingsRepository } from '../db/settingsRepository.ts';
import { type BenchHandlers, createBenchHandlers } from './bench.ts';
import type { StudioContext } from './context.ts';
import { createDatasetHandlers, type DatasetHandlers } from './datasets.ts';
import { createEngineHandlers, type EngineHandlers } from './engine.ts';
import { createEnsembleHandlers, type EnsembleHandlers } from './ensembles.ts';
import { createEvaluationHandlers, type EvaluationHandlers } from './evaluations.ts';
import type { Fork } from './jobChild.ts';
import { jobEnvironment } from './jobEnvironment.ts';
import { createModelHandlers, type ModelHandlers } from './models.ts';
import { studioPaths, type StudioPaths } from './paths.ts';
import { createPredictionHandlers, type PredictionHandlers } from './predictions.ts';
import { createRunHandlers, type RunHandlers } from './runs.ts';
import { createTimingHandlers, type TimingHandlers } from './timing.ts';
import { createWeightsHandlers, type WeightsHandlers } from './weights.ts';
import { startJob } from './worker.ts';

export interface StudioOptions {
  readonly dataDir: string;
  readonly fork: Fork;
  /** Entry of the job process; the shipped one unless given. */
  readonly workerEntry?: string;
  /** Threads of a job that asks for none; the engine's own choice when undefined. */
  readonly defaultThreads?: () => number | undefined;
}

export interface Studio {
  readonly paths: StudioPaths;
  /** What the handlers work with, for a host that adds its own. */
  readonly context: StudioContext;
  readonly datasets: DatasetHandlers;
  readonly models: ModelHandlers;
  readonly runs: RunHandlers;
  readonly predictions: PredictionHandlers;
  readonly ensembles: EnsembleHandlers;
  readonly evaluations: EvaluationHandlers;
  readonly weights: WeightsHandlers;
  readonly timing: TimingHandlers;
  readonly engine: EngineHandlers;
  readonly bench: BenchHandlers;
  /** Stops what runs, waits for it, closes the database. */
  close(): Promise<void>;
}

/**
 * Opens the data directory; runs that were training when their process went away become `interrupted`.
 * @throws StudioError as `openDatabase` does
 */
export async function createStudio({ dataDir, fork, workerEntry = fileURLToPath(new URL('../worker/main.ts', import.meta.url)), defaultThreads }: StudioOptions): Promise<Studio> {
  const paths = studioPaths(dataDir);
  const { db, close } = await openDatabase(paths.database);
  mkdirSync(paths.datasets, { recursive: true });
  mkdirSync(paths.runs, { recursive: true });
  const context: StudioContext = {
    paths,
    datasets: createDatasetRepository(db),
    runs: createRunRepository(db),
    metrics: createMetricRepository(db),
    checkpoints: createCheckpointRepository(db),
    predictions: createPredictionRepository(db),
    ensembles: createEnsembleRepository(db),
    evaluations: createEvaluationRepository(db),
    leases: createLeaseRepository(db),
    queue: createQueueRepository(db),
    runRows: createRunRowRepository(db),
    settings: createSettingsRepository(db),
    owner: randomUUID(),
    startJob: (job, { logFile = paths.jobLog, device = 'auto', threads = defaultThreads?.(), ...listeners }) => startJob(job, { ...listeners, fork, entry: workerEntry, env: jobEnvironment(process.env, device, threads), logFile }),
  };
  await markOrphans(context);
  const runs = createRunHandlers(context);
  const predictions = createPredictionHandlers(context);
  return {
    paths,
    context,
    datasets: createDatasetHandlers(context),
    models: createModelHandlers(),
    runs,
    predictions,
    ensembles: createEnsembleHandlers(context, predictions),
    evaluations: createEvaluationHandlers(context),
    weights: createWeightsHandlers(context),
    timing: createTimingHandlers(context),
    engine: createEngineHandlers(context),
    bench: createBenchHandlers(context),
    async close() {
      await runs.stopAll();
      await close();
    },
  };
}

async function markOrphans({ runs, leases }: StudioContext): Promise<void> {
  const held = await leases.heldRuns();
  for (const id of await runs.idsInState(ACTIVE_STATES)) {
    if (!held.has(id)) await runs.update(id, { state: 'interrupted', reason: 'The program that trained it ended before it could say so; continue with --resume.', endedAt: new Date().toISOString() });
  }
}
