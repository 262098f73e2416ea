/** What a published table still needs, as work: runs to train, runs to continue, evaluations to make. Pure. */
import type { Split } from '../../../contract/dataset.ts';
import type {
  ReproducedTable,
  ReproductionCell,
  ReproductionColumn,
  ReproductionRow,
} from '../../../contract/results/reproduction.ts';
import type { RunRequestInput } from '../../../contract/runSpec.ts';
import { recipeOf } from './recipeOf.ts';
import type { NetworkChoice } from '../weights/networkChoice.ts';

export interface MissingEvaluation {
  readonly network: NetworkChoice;
  /** Id. */
  readonly dataset: string;
  readonly split: Split;
  readonly protocol: string;
}

export interface MissingWork {
  readonly runs: readonly RunRequestInput[];
  /** Ids of runs that ended before they had their figure. */
  readonly resume: readonly string[];
  readonly evaluations: readonly MissingEvaluation[];
  /** What Quorum cannot do by itself: a data set or weights to import, or a timing to measure. */
  readonly byHand: readonly ReproductionCell[];
}

export interface MissingWorkOptions {
  /** Id of the data set, where several have the published classes. */
  readonly dataset?: string;
  readonly seeds: readonly number[];
  /** Settings that a table of many networks may need on a small machine. */
  readonly changes?: Pick<RunRequestInput, 'precision' | 'limit'>;
}

export function missingWork(table: ReproducedTable, { dataset, seeds, changes }: MissingWorkOptions): MissingWork {
  const { project, cells } = table;
  const rowOf = new Map(project.rows.map((row) => [row.id, row]));
  const columnOf = new Map(project.columns.map((column) => [column.id, column]));
  const datasetId = dataset ?? table.datasets[0]?.id ?? null;
  const rowsToTrain = new Set<ReproductionRow>();
  const resume = new Set<string>();
  const evaluations: MissingEvaluation[] = [];
  const byHand: ReproductionCell[] = [];
  for (const cell of cells) {
    const row = rowOf.get(cell.row);
    const column = columnOf.get(cell.column);
    if (!row || !column || cell.published === null) continue;
    if (cell.state.kind === 'running') continue;
    if (cell.state.kind === 'measured') {
      for (const id of cell.state.unfinished) resume.add(id);
    } else if (cell.state.kind === 'missingRun' && datasetId !== null) rowsToTrain.add(row);
    else if (cell.state.kind === 'unfinished') resume.add(cell.state.runId);
    else if (cell.state.kind === 'missingEvaluation' && column.protocol !== null && datasetId !== null)
      evaluations.push(...evaluationsOf(cell.state.of, column, column.protocol, datasetId));
    else byHand.push(cell);
  }
  return {
    runs: [...rowsToTrain].flatMap((row) =>
      datasetId === null ? [] : seeds.map((seed) => ({ ...runOf(row, datasetId, seed, seeds.length > 1), ...changes })),
    ),
    resume: [...resume],
    evaluations: withoutRepeats(evaluations),
    byHand,
  };
}

function runOf(row: ReproductionRow, dataset: string, seed: number, named: boolean): RunRequestInput {
  return {
    ...recipeOf(row),
    model: { name: row.model, options: row.options },
    dataset,
    seed,
    name: named ? `${row.title}, seed ${seed}` : row.title,
  };
}

function evaluationsOf(
  ids: readonly string[],
  column: ReproductionColumn,
  protocol: string,
  dataset: string,
): MissingEvaluation[] {
  return ids.map((id) => ({
    network:
      column.comparison === 'retrained'
        ? { kind: 'run', run: id, checkpoint: column.epoch === 'best' ? 'best' : { epoch: column.epoch } }
        : { kind: 'weights', path: id, options: {} },
    dataset,
    split: column.split,
    protocol,
  }));
}

/** Top-1, top-5 and loss of one protocol are one evaluation. */
function withoutRepeats(evaluations: readonly MissingEvaluation[]): MissingEvaluation[] {
  return [...new Map(evaluations.map((evaluation) => [JSON.stringify(evaluation), evaluation])).values()];
}
