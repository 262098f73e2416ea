/**
 * What each cell of a published table needs, and what was measured for it here: pure, so that every state can be
 * tested.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Split } from '../../../contract/dataset.ts';
import type {
  CellState,
  ReproducedMetric,
  ReproductionCell,
  ReproductionColumn,
  ReproductionProject,
  ReproductionRow,
  Verdict,
} from '../../../contract/results/reproduction.ts';
import { withoutVariant } from '../../evaluate/protocols/variants.ts';
import { compareRetrained, compareSameWeights } from '../../evaluate/verdict.ts';

/** A data set as far as a project asks. */
export interface DatasetFact {
  readonly id: string;
  readonly name: string;
  readonly classes: number;
  readonly images: Readonly<Partial<Record<Split, number>>>;
}

/** A run of one of the project's rows. */
export interface RunFact {
  readonly id: string;
  readonly name: string;
  readonly datasetId: string;
  readonly seed: number;
  readonly state: 'waiting' | 'running' | 'unfinished' | 'ended';
  /** Settings in which it is not the row's preset, in words: "lr 0.01 instead of 0.0001". */
  readonly differences: readonly string[];
  /** Metrics of its best epoch, shares and losses, by name: `val/top1`. */
  readonly best: Readonly<Record<string, number>>;
  /** Images that these count, by split. */
  readonly images: Readonly<Partial<Record<Split, number>>>;
}

/** A stored evaluation of a run or of weights of one of the project's rows. */
export interface EvaluationFact {
  readonly id: string;
  /** Null for imported weights. */
  readonly runId: string | null;
  /** Of the checkpoint; `best` where it is the best one. */
  readonly epoch: number | 'best' | null;
  readonly datasetId: string;
  readonly split: Split;
  readonly protocol: string;
  readonly labelled: number;
  readonly top1: number | null;
  readonly top5: number | null;
  readonly loss: number | null;
}

export interface RowFacts {
  readonly runs: readonly RunFact[];
  /** Imported weights that fit the row. */
  readonly weights: readonly string[];
  /** Newest first. */
  readonly evaluations: readonly EvaluationFact[];
  /** Newest first. */
  readonly timings: readonly TimingFact[];
}

/** Median times of one batch of one image. */
export interface TimingFact {
  readonly id: string;
  /** Side of the input, pixels. */
  readonly size: number;
  readonly forwardMs: number;
  readonly backwardMs: number;
}

/** Every cell of the table that has a published figure, and of those without one what was measured. */
export function reproductionCells(
  project: ReproductionProject,
  datasets: readonly DatasetFact[],
  factsOf: (row: ReproductionRow) => RowFacts,
): ReproductionCell[] {
  return project.rows.flatMap((row) => {
    const facts = factsOf(row);
    return project.columns.map((column) => {
      const published = project.published[row.id]?.[column.id] ?? null;
      return {
        row: row.id,
        column: column.id,
        published,
        state: cellState(project, row, column, published, datasets, facts),
      };
    });
  });
}

function cellState(
  project: ReproductionProject,
  row: ReproductionRow,
  column: ReproductionColumn,
  published: string | null,
  datasets: readonly DatasetFact[],
  facts: RowFacts,
): CellState {
  const fitting = fittingDatasets(project, column.split, datasets);
  if (column.comparison === 'timing') return fromTimings(column, published, facts.timings);
  if (fitting.length === 0) return { kind: 'missingData' };
  const ids = new Set(fitting.map(({ id }) => id));
  const trained = column.comparison === 'retrained';
  const measured = trained
    ? fromRuns(project, column, published, facts, ids)
    : fromEvaluations(
        project,
        column,
        published,
        facts.evaluations.filter(({ runId }) => runId === null),
        ids,
      );
  if (measured) return measured;
  if (!trained)
    return facts.weights.length === 0
      ? { kind: 'missingWeights' }
      : { kind: 'missingEvaluation', of: [...facts.weights] };
  const runs = facts.runs.filter(({ datasetId }) => ids.has(datasetId));
  const active = runs.find(({ state }) => state === 'waiting' || state === 'running');
  if (active) return { kind: 'running', runId: active.id };
  const ended = runs.filter(({ state }) => state === 'ended').map(({ id }) => id);
  if (ended.length > 0) return { kind: 'missingEvaluation', of: ended };
  const unfinished = runs.find(({ state }) => state === 'unfinished');
  if (unfinished) return { kind: 'unfinished', runId: unfinished.id };
  return row.preset === null && row.recipe === null ? { kind: 'missingWeights' } : { kind: 'missingRun' };
}

/** Data sets with the published number of classes that have labelled images in `split`. */
export function fittingDatasets(
  project: ReproductionProject,
  split: Split,
  datasets: readonly DatasetFact[],
): DatasetFact[] {
  return datasets.filter(({ classes, images }) => classes === project.dataset.classes && images[split] !== undefined);
}

/** Another machine: side by side, never judged. */
function fromTimings(column: ReproductionColumn, published: string | null, timings: readonly TimingFact[]): CellState {
  const timing = timings.find(({ size }) => size === column.size);
  const value = column.metric === 'forwardMs' ? timing?.forwardMs : timing?.backwardMs;
  if (!timing || value === undefined) return { kind: 'missingEvaluation', of: [] };
  return {
    kind: 'measured',
    value: value.toFixed(published === null ? 2 : decimalsOf(published)),
    verdict: { kind: 'notComparable', reason: 'times of another machine' },
    protocol: `one image of ${timing.size} pixels`,
    from: [timing.id],
    unfinished: [],
  };
}

/** From the runs' own validation (`as-trained`, best epoch), else from evaluations of their checkpoints. */
function fromRuns(
  project: ReproductionProject,
  column: ReproductionColumn,
  published: string | null,
  facts: RowFacts,
  datasetIds: ReadonlySet<string>,
): CellState | null {
  const ended = facts.runs.filter(
    ({ datasetId, state }) => datasetIds.has(datasetId) && (state === 'ended' || state === 'unfinished'),
  );
  // runs that follow the preset to the letter count before those that do not, of which the newest and its like count
  const faithful = ended.filter(({ differences }) => differences.length === 0);
  const alike = ended.filter(({ differences }) => isDeepStrictEqual(differences, ended[0]?.differences));
  const runs = faithful.length > 0 ? faithful : alike;
  const figures = runs.flatMap((run) => figureOfRun(run, column, facts.evaluations));
  if (figures.length === 0) return null;
  const values = figures.map(({ value }) => value);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const images = Math.min(...figures.map(({ images }) => images));
  const reasons = [
    ...(runs[0]?.differences ?? []),
    ...imageDifferences(project, column.split, images),
    ...(figures.some(({ protocol }) => readsOtherwise(protocol, column.protocol)) ? [READING_DIFFERS] : []),
    ...(figures.some(({ protocol }) => protocol !== column.protocol)
      ? [`measured under ${figures[0]!.protocol}, published under ${column.protocol ?? 'another protocol'}`]
      : []),
  ];
  return {
    kind: 'measured',
    value: formatMeasured(column.metric, mean, published),
    verdict: retrainedVerdict(column.metric, published, values, images, reasons),
    protocol: figures[0]!.protocol,
    from: figures.map(({ id }) => id),
    unfinished: runs.filter(isOnlyUnfinished).map(({ id }) => id),
  };
}

/** A run that would be compared had it not ended early: that is one of its differences. */
function isOnlyUnfinished({ state, differences }: RunFact): boolean {
  return state === 'unfinished' && differences.length <= 1;
}

interface RunFigure {
  readonly id: string;
  /** A share, or a loss. */
  readonly value: number;
  readonly images: number;
  readonly protocol: string;
}

function figureOfRun(run: RunFact, column: ReproductionColumn, evaluations: readonly EvaluationFact[]): RunFigure[] {
  const quantity = quantityOf(column.metric);
  const own = run.best[`${column.split}/${quantity}`];
  if (column.protocol === 'as-trained' && column.epoch === 'best' && own !== undefined)
    return [{ id: run.id, value: own, images: run.images[column.split] ?? 0, protocol: 'as-trained' }];
  const candidates = evaluations.filter(
    ({ runId, split, epoch, [quantity]: value }) =>
      runId === run.id && split === column.split && epoch === column.epoch && value !== null,
  );
  // every run keeps its best epoch's validation as trained: that says nothing of a column under another protocol
  const other = candidates.find(({ protocol }) => protocol !== 'as-trained');
  const evaluation = candidates.find(({ protocol }) => protocol === column.protocol) ?? other;
  const value = evaluation?.[quantity];
  if (!evaluation || value === null || value === undefined) return [];
  return [{ id: evaluation.id, value, images: evaluation.labelled, protocol: evaluation.protocol }];
}

function fromEvaluations(
  project: ReproductionProject,
  column: ReproductionColumn,
  published: string | null,
  evaluations: readonly EvaluationFact[],
  datasetIds: ReadonlySet<string>,
): CellState | null {
  const fitting = evaluations.filter(({ datasetId, split }) => datasetIds.has(datasetId) && split === column.split);
  const evaluation =
    fitting.find(({ protocol }) => protocol === column.protocol) ??
    fitting.find(({ protocol }) => readsOtherwise(protocol, column.protocol));
  const quantity = quantityOf(column.metric);
  const value = evaluation?.[quantity];
  if (!evaluation || value === null || value === undefined) return null;
  const population = project.dataset.images[column.split] ?? null;
  return {
    kind: 'measured',
    value: formatMeasured(column.metric, value, published),
    verdict:
      published === null
        ? { kind: 'notComparable', reason: 'nothing was published' }
        : evaluation.protocol !== column.protocol
          ? { kind: 'notComparable', reason: READING_DIFFERS }
          : quantity === 'loss'
            ? { kind: 'notComparable', reason: 'a loss on a sample says little without its spread' }
            : compareSameWeights(publishedShare(column.metric, published), {
                correct: Math.round(value * evaluation.labelled),
                total: evaluation.labelled,
                population,
              }),
    protocol: evaluation.protocol,
    from: [evaluation.id],
    unfinished: [],
  };
}

const READING_DIFFERS = 'reading differs';

/** The same views, from which other outputs or classes were read. */
function readsOtherwise(measured: string, published: string | null): boolean {
  return published !== null && measured !== published && withoutVariant(measured) === withoutVariant(published);
}

function retrainedVerdict(
  metric: ReproducedMetric,
  published: string | null,
  values: readonly number[],
  images: number,
  reasons: readonly string[],
): Verdict {
  if (published === null) return { kind: 'notComparable', reason: 'nothing was published' };
  if (reasons.length > 0) return { kind: 'notComparable', reason: reasons.join('; ') };
  if (quantityOf(metric) === 'loss' && values.length < 2)
    return {
      kind: 'notComparable',
      reason: 'one seed does not say how far losses of seeds lie apart; train two or more',
    };
  return compareRetrained(publishedShare(metric, published), values, images);
}

function imageDifferences(project: ReproductionProject, split: Split, images: number): string[] {
  const expected = project.dataset.images[split];
  if (expected === undefined || images === expected) return [];
  return [`${images.toLocaleString('en')} ${split} images, published on ${expected.toLocaleString('en')}`];
}

/** What is stored of a metric: an error is one minus its accuracy. */
function quantityOf(metric: ReproducedMetric): 'top1' | 'top5' | 'loss' {
  switch (metric) {
    case 'top1':
    case 'top1Error':
      return 'top1';
    case 'top5':
    case 'top5Error':
      return 'top5';
    case 'loss':
    case 'forwardMs':
    case 'backwardMs':
      return 'loss';
  }
}

const isError = (metric: ReproducedMetric): boolean => metric === 'top1Error' || metric === 'top5Error';
const decimalsOf = (text: string): number => text.split('.')[1]?.length ?? 0;

/** The published value as a share of right answers (or the loss as it is), with its digits. */
function publishedShare(metric: ReproducedMetric, published: string): { share: number; decimals: number } {
  const value = Number(published);
  // a loss is compared as it is: its digits count in hundredths of what a percentage's do
  if (quantityOf(metric) === 'loss') return { share: value, decimals: decimalsOf(published) - 2 };
  return { share: isError(metric) ? 1 - value / 100 : value / 100, decimals: decimalsOf(published) };
}

function formatMeasured(metric: ReproducedMetric, value: number, published: string | null): string {
  const decimals = published === null ? 2 : decimalsOf(published);
  if (quantityOf(metric) === 'loss') return value.toFixed(decimals);
  return (100 * (isError(metric) ? 1 - value : value)).toFixed(decimals);
}
