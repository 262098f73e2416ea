/** The composition root: everything a host (CLI, web host, Electron) can ask of Quorum, grouped as noun.verb. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ACTIVE_STATES } from '../../contract/run.ts';
import { DIARY_VARIABLE } from '../data/pictures/decodeJournal.ts';
import { createChangeWatch } from '../db/changeWatch.ts';
import { createCheckpointRepository } from '../db/checkpointRepository.ts';
import { createDatasetRepository } from '../db/datasetRepository.ts';
import { createEnsembleRepository } from '../db/ensembleRepository.ts';
import { createEvaluationRepository } from '../db/evaluationRepository.ts';
import { createLeaseRepository } from '../db/leaseRepository.ts';
import { createMetricRepository } from '../db/metricRepository.ts';
import { createPredictionRepository } from '../db/predictionRepository.ts';
import { createQueueRepository } from '../db/queueRepository.ts';
import { createRunRepository } from '../db/runRepository.ts';
import { createRunRowRepository } from '../db/runRowRepository.ts';
import { createSettingsRepository } from '../db/settingsRepository.ts';
import { type CatalogueHandlers, type CatalogueOptions, createCatalogueHandlers } from './catalogue/catalogue.ts';
import { type BenchHandlers, createBenchHandlers } from './engine/bench.ts';
import type { StudioContext, Supervision } from './context.ts';
import { createDatasetHandlers, type DatasetHandlers } from './datasets/datasets.ts';
import { createEngineHandlers, type EngineHandlers } from './engine/engine.ts';
import { createEnsembleHandlers, type EnsembleHandlers } from './results/ensembles.ts';
import { createEvaluationHandlers, type EvaluationHandlers } from './results/evaluations.ts';
import { withFolderRecords, withQueueRecord } from './records/folderRecords.ts';
import { followCheckpointFolders } from './runs/followCheckpointFolders.ts';
import type { Fork } from './jobs/jobChild.ts';
import { jobEnvironment } from './jobs/jobEnvironment.ts';
import { createModelHandlers, type ModelHandlers } from './models/models.ts';
import { type OpenIndex, openIndex, rebuildNotices } from './records/openIndex.ts';
import { studioPaths, type StudioPaths } from './records/paths.ts';
import { createStartingPointHandlers, type StartingPointHandlers } from './runs/startingPoints.ts';
import { createPredictionHandlers, type PredictionHandlers } from './results/predictions.ts';
import { createProtocolHandlers, type ProtocolHandlers } from './results/protocols.ts';
import { withJournal } from './records/runJournal.ts';
import { createRunBook, type RunBook } from './runs/runBook.ts';
import { createRunHandlers, type RunHandlers } from './runs/runs.ts';
import { createReproduceHandlers, type ReproduceHandlers } from './reproduce/reproduce.ts';
import { createTimingHandlers, type TimingHandlers } from './engine/timing.ts';
import { type Patience, USUAL_PATIENCE } from './training/watchdog.ts';
import { createWeightsHandlers, type WeightsHandlers } from './weights/weights.ts';
import { startJob } from './jobs/jobProcess.ts';

export interface StudioOptions {
  readonly dataDir: string;
  readonly fork: Fork;
  /** Entry of the job process; the shipped one unless given. */
  readonly workerEntry?: string;
  /** Of training processes; the usual limits where left out. */
  readonly supervision?: { readonly patience?: Partial<Patience>; readonly growth?: Supervision['growth'] };
  /** Make the database anew from the folders, even if nothing is wrong with it. */
  readonly rebuild?: boolean;
  /** Threads of a job that asks for none; the engine's own choice when undefined. */
  readonly defaultThreads?: () => number | undefined;
  /** Published weights and data sets that can be fetched; those shipped with Quorum unless given. */
  readonly catalogue?: Partial<CatalogueOptions>;
  /** Reproduction projects that come with Quorum. */
  readonly reproductionFolder?: string;
}

export interface Studio {
  readonly paths: StudioPaths;
  /** What the handlers work with, for a host that adds its own. */
  readonly context: StudioContext;
  /** What making the database anew found; null when that was not needed. */
  readonly rebuilt: OpenIndex['rebuilt'];
  /** What the user should know about the data folder as it was found. */
  readonly notices: readonly string[];
  readonly datasets: DatasetHandlers;
  readonly models: ModelHandlers;
  readonly runs: RunHandlers;
  readonly runBook: RunBook;
  readonly predictions: PredictionHandlers;
  readonly ensembles: EnsembleHandlers;
  readonly evaluations: EvaluationHandlers;
  readonly protocols: ProtocolHandlers;
  readonly weights: WeightsHandlers;
  readonly startingPoints: StartingPointHandlers;
  readonly timing: TimingHandlers;
  readonly engine: EngineHandlers;
  readonly bench: BenchHandlers;
  readonly catalogue: CatalogueHandlers;
  readonly reproduce: ReproduceHandlers;
  /** Stops what runs, waits for it, closes the database. */
  close(): Promise<void>;
}

/**
 * Opens the data directory; runs that were training when their process went away become `interrupted`.
 * A missing or damaged database is made anew from the folders, and `notices` say so.
 * @throws StudioError as `openIndex` does
 */
export async function createStudio({
  dataDir,
  fork,
  workerEntry = fileURLToPath(new URL('../worker/main.ts', import.meta.url)),
  defaultThreads,
  supervision = {},
  rebuild = false,
  catalogue: catalogueOptions = {},
  reproductionFolder = fileURLToPath(new URL('../../resources/reproduction/', import.meta.url)),
}: StudioOptions): Promise<Studio> {
  const paths = studioPaths(dataDir);
  const { db, close, rebuilt } = await openIndex(paths, { rebuild });
  mkdirSync(paths.datasets, { recursive: true });
  mkdirSync(paths.runs, { recursive: true });
  const records = withJournal({ runs: createRunRepository(db), runRows: createRunRowRepository(db) }, paths);
  const context: StudioContext = {
    paths,
    ...withFolderRecords(
      {
        datasets: createDatasetRepository(db),
        predictions: createPredictionRepository(db),
        ensembles: createEnsembleRepository(db),
        evaluations: createEvaluationRepository(db),
        settings: createSettingsRepository(db),
      },
      paths,
    ),
    ...records,
    metrics: createMetricRepository(db),
    checkpoints: createCheckpointRepository(db),
    leases: createLeaseRepository(db),
    queue: withQueueRecord(createQueueRepository(db), records.runs, paths),
    changes: createChangeWatch(db),
    supervision: { patience: { ...USUAL_PATIENCE, ...supervision.patience }, growth: supervision.growth ?? {} },
    owner: randomUUID(),
    startJob: (
      job,
      { logFile = paths.jobLog, device = 'auto', threads = defaultThreads?.(), decodeDiary, ...listeners },
    ) =>
      startJob(job, {
        ...listeners,
        fork,
        entry: workerEntry,
        env: {
          ...jobEnvironment(process.env, device, threads),
          ...(decodeDiary !== undefined && { [DIARY_VARIABLE]: decodeDiary }),
        },
        logFile,
      }),
  };
  await markOrphans(context);
  const notices = [...(rebuilt ? rebuildNotices(rebuilt, paths) : []), ...(await followCheckpointFolders(context))];
  const runs = createRunHandlers(context);
  const predictions = createPredictionHandlers(context);
  const protocols = createProtocolHandlers(context);
  const datasets = createDatasetHandlers(context);
  const runBook = createRunBook(context);
  const timing = createTimingHandlers(context);
  const weights = createWeightsHandlers(context);
  const catalogue = createCatalogueHandlers(
    context,
    { weights, datasets },
    {
      folder: fileURLToPath(new URL('../../resources/catalogue/', import.meta.url)),
      ...catalogueOptions,
    },
  );
  return {
    paths,
    context,
    rebuilt,
    notices,
    datasets,
    models: createModelHandlers(),
    runs,
    runBook,
    predictions,
    ensembles: createEnsembleHandlers(context, predictions),
    evaluations: createEvaluationHandlers(context, protocols),
    protocols,
    weights,
    startingPoints: createStartingPointHandlers(context),
    timing,
    engine: createEngineHandlers(context),
    bench: createBenchHandlers(context),
    catalogue,
    reproduce: createReproduceHandlers(context, { datasets, runBook, weights, timing }, reproductionFolder),
    async close() {
      await catalogue.close();
      await runs.stopAll();
      await close();
    },
  };
}

async function markOrphans({ runs, leases }: StudioContext): Promise<void> {
  const held = await leases.heldRuns();
  for (const id of await runs.idsInState(ACTIVE_STATES)) {
    if (!held.has(id))
      await runs.update(id, {
        state: 'interrupted',
        reason: 'The program that trained it ended before it could say so; continue with --resume.',
        endedAt: new Date().toISOString(),
      });
  }
}
