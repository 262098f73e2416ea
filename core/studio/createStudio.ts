/** The composition root: everything a host (CLI, web host, Electron) can ask of Quorum, grouped as noun.verb. */
import { fileURLToPath } from 'node:url';
import { type CatalogueHandlers, type CatalogueOptions, createCatalogueHandlers } from './catalogue/catalogue.ts';
import { createContext, type JobSettings, type StudioContext } from './context.ts';
import { createDatasetHandlers, type DatasetHandlers } from './datasets/datasets.ts';
import { type BenchHandlers, createBenchHandlers } from './engine/bench.ts';
import { createEngineHandlers, type EngineHandlers } from './engine/engine.ts';
import { createTimingHandlers, type TimingHandlers } from './engine/timing.ts';
import { createFigureHandlers, type FigureHandlers } from './figures/figures.ts';
import { createModelHandlers, type ModelHandlers } from './models/models.ts';
import { followCheckpoints } from './records/followCheckpoints.ts';
import { sweepDaily } from './records/litter.ts';
import { type OpenIndex, rebuildNotices } from './records/openIndex.ts';
import { openRecords } from './records/openRecords.ts';
import { studioPaths, type StudioPaths } from './records/paths.ts';
import { createEnsembleHandlers, type EnsembleHandlers } from './results/ensembles.ts';
import { createEvaluationHandlers, type EvaluationHandlers } from './results/evaluations.ts';
import { createProtocolHandlers, type ProtocolHandlers } from './results/protocols.ts';
import { createReportHandlers, type ReportHandlers } from './report/report.ts';
import { createReproduceHandlers, type ReproduceHandlers } from './reproduce/reproduce.ts';
import { createRunBook, type RunBook } from './runs/runBook.ts';
import { createRunHandlers, type RunHandlers } from './runs/runs.ts';
import { createStartingPointHandlers, type StartingPointHandlers } from './runs/startingPoints.ts';
import { createTravelHandlers, type TravelHandlers } from './travel/travel.ts';
import { createWeightsHandlers, type WeightsHandlers } from './weights/weightsHandlers.ts';

export interface StudioOptions extends JobSettings {
  readonly dataDir: string;
  /** Make the database anew from the folders, even if nothing is wrong with it. */
  readonly rebuild?: boolean;
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
  readonly travel: TravelHandlers;
  readonly figures: FigureHandlers;
  readonly reports: ReportHandlers;
  /** Stops what runs, waits for it, closes the database. */
  close(): Promise<void>;
}

/**
 * Opens the data directory; runs that were training when their process went away become `interrupted`.
 * A missing or damaged database is made anew from the folders, and `notices` say so.
 * @throws {StudioError} as `openIndex` does
 */
export async function createStudio({
  dataDir,
  rebuild = false,
  catalogue: published,
  reproductionFolder = fileURLToPath(new URL('../../resources/reproduction/', import.meta.url)),
  ...jobs
}: StudioOptions): Promise<Studio> {
  const paths = studioPaths(dataDir);
  const opened = await openRecords(paths, { rebuild });
  const { records, close, rebuilt, readOnly } = opened;
  const context = createContext(paths, opened, jobs);
  const notices = [
    ...(readOnly === null ? [] : [readOnly]),
    ...(rebuilt ? rebuildNotices(rebuilt, paths) : []),
    ...(readOnly === null ? await followCheckpoints(records, paths) : []),
  ];
  if (readOnly === null) await sweepDaily(context);
  const runs = createRunHandlers(context);
  const protocols = createProtocolHandlers(context);
  const evaluations = createEvaluationHandlers(context, protocols);
  const datasets = createDatasetHandlers(context);
  const runBook = createRunBook(context);
  const timing = createTimingHandlers(context);
  const weights = createWeightsHandlers(context);
  const folder =
    process.env['QUORUM_CATALOGUE'] ?? fileURLToPath(new URL('../../resources/catalogue/', import.meta.url));
  const catalogue = createCatalogueHandlers(context, { weights, datasets, evaluations }, { folder, ...published });
  const reproduce = createReproduceHandlers(
    context,
    { datasets, runBook, weights, timing, evaluations, protocols },
    reproductionFolder,
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
    ensembles: createEnsembleHandlers(context, evaluations),
    evaluations,
    protocols,
    weights,
    startingPoints: createStartingPointHandlers(context),
    timing,
    engine: createEngineHandlers(context),
    bench: createBenchHandlers(context),
    catalogue,
    figures: createFigureHandlers(context),
    travel: createTravelHandlers(context, evaluations),
    reproduce,
    reports: createReportHandlers(context, {
      catalogue,
      reproduce: {
        show: (id) => reproduce.show(id),
        ids: () => reproduce.list().projects.map(({ project }) => project.id),
      },
    }),
    async close() {
      await catalogue.close();
      await runs.stopAll();
      await close();
    },
  };
}
