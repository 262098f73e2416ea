/** Published tables, cell by cell: what was published, what is measured here, and what is missing. */
import { isDeepStrictEqual } from 'node:util';
import { AS_TRAINED, type ResolvedProtocol } from '../../../contract/protocol.ts';
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { StudioError } from '../../../contract/errors.ts';
import { ACTIVE_STATES, WAITING_STATES, type CheckpointInfo } from '../../../contract/run.ts';
import type { ReproducedTable, ReproductionProject, ReproductionRow } from '../../../contract/results/reproduction.ts';
import { ModelOptions } from '../../../contract/runSpec.ts';
import { flattenSettings } from '../../../pure/settingsDiff.ts';
import { withoutVariant } from '../../evaluate/protocols/variants.ts';
import { getModel } from '../../models/registry.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import type { DatasetHandlers } from '../datasets/datasets.ts';
import type { TimingHandlers } from '../engine/timing.ts';
import type { RunBook } from '../runs/runBook.ts';
import type { WeightsHandlers } from '../weights/weightsHandlers.ts';
import type { ProtocolHandlers } from '../results/protocols.ts';
import type { EvaluationHandlers } from '../results/evaluations.ts';
import {
  fittingDatasets,
  reproductionCells,
  type DatasetFact,
  type EvaluationFact,
  type RowFacts,
  type RunFact,
} from './cells.ts';
import { missingWork, type MissingWork, type MissingWorkOptions } from './missingWork.ts';
import { addProject, parseProject, readProjects, type ProjectFile } from './readProjects.ts';
import { recipeOf } from './recipeOf.ts';

export interface ReproduceHandlers {
  list(): { projects: readonly ProjectFile[]; damaged: readonly { file: string; problem: string }[] };
  /** @throws {StudioError} input.invalid: no such project */
  show(id: string): Promise<ReproducedTable>;
  /** Work that fills the table; nothing is started. @throws {StudioError} as `show`; input.invalid: no such data set */
  missing(id: string, options: MissingWorkOptions): Promise<MissingWork>;
  /**
   * Evaluations of `missing`; one that fails does not keep the others from being made. Returns the ids of those made.
   * @throws {StudioError} what the first that failed threw, once all were tried
   */
  evaluate(missing: MissingWork, work?: WorkOptions): Promise<string[]>;
  /**
   * Adds a project of the user's own, from a file.
   * @throws {StudioError} input.invalid: not a project, its id is taken, or it names a network, preset or protocol that
   *   does not exist; `model.…`
   */
  add(file: string): Promise<ProjectFile>;
}

interface Sources {
  readonly datasets: DatasetHandlers;
  readonly runBook: RunBook;
  readonly weights: WeightsHandlers;
  readonly timing: TimingHandlers;
  readonly evaluations: EvaluationHandlers;
  readonly protocols: ProtocolHandlers;
}

export function createReproduceHandlers(
  context: StudioContext,
  sources: Sources,
  shippedFolder: string,
): ReproduceHandlers {
  const list = (): ReturnType<ReproduceHandlers['list']> => readProjects(shippedFolder, context.paths.projects);
  const show = (id: string): Promise<ReproducedTable> => reproduceTable(context, sources, requireProject(list(), id));
  return {
    list,
    show,
    async missing(id, options) {
      const table = await show(id);
      requireDataset(table, options.dataset);
      return missingWork(table, options);
    },
    async evaluate({ evaluations }, work) {
      const ids: string[] = [];
      const failures: unknown[] = [];
      for (const { network, dataset, split, protocol } of evaluations) {
        const request = { network, images: { kind: 'split', split, dataset } } as const;
        try {
          const made = await sources.evaluations.create({ ...request, protocols: [protocol] }, work);
          ids.push(...made.evaluations.map((evaluation) => evaluation.id));
        } catch (error) {
          if (work?.signal?.aborted) throw error;
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
      return ids;
    },
    async add(file) {
      await requireKnownNames(parseProject(file), sources.protocols);
      return addProject(file, shippedFolder, context.paths.projects);
    },
  };
}

function requireProject({ projects }: ReturnType<ReproduceHandlers['list']>, id: string): ProjectFile {
  const file = projects.find(({ project }) => project.id === id);
  if (file) return file;
  throw new StudioError('input.invalid', `There is no reproduction project "${id}".`, {
    remedy: 'quorum reproduce list shows all of them.',
  });
}

/** A wrong name is found when a project is added, not after its networks were trained. */
async function requireKnownNames(project: ReproductionProject, protocols: ProtocolHandlers): Promise<void> {
  for (const row of project.rows) {
    getModel(row.model);
    recipeOf(row);
  }
  for (const { protocol } of project.columns) {
    if (protocol !== null && protocol !== AS_TRAINED) await protocols.show(protocol);
  }
}

function requireDataset({ project, datasets }: ReproducedTable, id: string | undefined): void {
  if (id === undefined || datasets.some((dataset) => dataset.id === id)) return;
  throw new StudioError('input.invalid', `This data set cannot fill the table "${project.title}".`, {
    remedy:
      `Choose one with ${project.dataset.classes} classes and the published splits, such as ` +
      `${project.dataset.title}.`,
  });
}

async function reproduceTable(
  context: StudioContext,
  sources: Sources,
  { project, shipped }: ProjectFile,
): Promise<ReproducedTable> {
  const facts = (await sources.datasets.list()).datasets.map((card): DatasetFact => ({
    id: card.id,
    name: card.name,
    classes: card.classIds.length,
    images: Object.fromEntries(
      Object.entries(card.splits)
        .filter(([, split]) => split.labelled)
        .map(([split, { count }]) => [split, count]),
    ),
  }));
  const splits = [...new Set(project.columns.map(({ split }) => split))];
  return {
    project,
    shipped,
    cells: reproductionCells(project, facts, await gatherFacts(context, sources, facts)),
    datasets: facts
      .filter((fact) => splits.every((split) => fittingDatasets(project, split, [fact]).length > 0))
      .map(({ id, name }) => ({ id, name })),
  };
}

/** Everything that a row's cells are looked for in, read once for the whole table. */
async function gatherFacts(
  context: StudioContext,
  sources: Sources,
  datasets: readonly DatasetFact[],
): Promise<(row: ReproductionRow) => RowFacts> {
  const { runs } = await sources.runBook.list({ trashed: false });
  const imported = await sources.weights.list();
  const timings = await sources.timing.list();
  const evaluations = await context.evaluations.list();
  const checkpoints = new Map<string, readonly CheckpointInfo[]>();
  for (const { runId } of evaluations) {
    if (runId !== null && !checkpoints.has(runId)) checkpoints.set(runId, await context.checkpoints.list(runId));
  }
  return (row) => {
    const own = runs.filter((run) => isOfRow(run.spec.model, row));
    const weights = imported.filter(({ name, model }) => row.weights.includes(name) || isOfRow(model, row));
    const runIds = new Set(own.map(({ id }) => id));
    const modelName = getModel(row.model).name;
    return {
      runs: own.map((run) => runFact(run, row, datasets)),
      weights: weights.map(({ id }) => id),
      evaluations: evaluations
        .filter(({ runId, model }) => (runId === null ? model === modelName : runIds.has(runId)))
        .flatMap((evaluation): EvaluationFact | [] => {
          const { images } = evaluation;
          if (images.kind === 'folder') return [];
          const checkpoint = checkpoints
            .get(evaluation.runId ?? '')
            ?.find(({ seq }) => seq === evaluation.checkpointSeq);
          return {
            id: evaluation.id,
            runId: evaluation.runId,
            epoch: checkpoint ? (checkpoint.isBest ? 'best' : Math.round(checkpoint.epoch)) : null,
            datasetId: images.datasetId,
            split: images.split,
            protocol: columnName(evaluation.protocol),
            labelled: evaluation.count,
            top1: evaluation.top1,
            top5: evaluation.top5,
            loss: evaluation.loss,
          };
        }),
      timings: timings
        .filter(({ model, batch }) => model === modelName && batch === 1)
        .map(({ id, size, forwardMs, backwardMs }) => ({
          id,
          size,
          forwardMs: forwardMs.median,
          backwardMs: backwardMs.median,
        })),
    };
  };
}

/** As a project's column calls it: what is done as in training has one name, whatever its size. */
function columnName(protocol: ResolvedProtocol): string {
  if (protocol.resize.kind !== 'packed') return protocol.name;
  return `${AS_TRAINED}${protocol.name.slice(withoutVariant(protocol.name).length)}`;
}

function isOfRow(model: { readonly name: string; readonly options: object }, row: ReproductionRow): boolean {
  return (
    getModel(model.name).name === getModel(row.model).name &&
    isDeepStrictEqual(ModelOptions.parse(model.options), ModelOptions.parse(row.options))
  );
}

function runFact(run: RunRow, row: ReproductionRow, datasets: readonly DatasetFact[]): RunFact {
  const limit = run.spec.limit;
  return {
    id: run.id,
    name: run.name,
    datasetId: run.spec.dataset,
    seed: run.spec.seed,
    state: stateOf(run),
    differences: [
      ...recipeDifferences(run, row),
      ...(limit.train === undefined ? [] : [`trained on ${limit.train.toLocaleString('en')} images`]),
      ...(run.state === 'finished' ? [] : [`the run ${run.state === 'stopped' ? 'was stopped' : 'did not finish'}`]),
    ],
    best: Object.fromEntries(
      Object.entries(run.best).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : [])),
    ),
    images: countedImages(
      datasets.find(({ id }) => id === run.spec.dataset),
      limit,
    ),
  };
}

/** Images that a run's own figures count: those of its data set, or as many as it was limited to. */
function countedImages(dataset: DatasetFact | undefined, limit: RunRow['spec']['limit']): RunFact['images'] {
  const counts = (['train', 'val'] as const).flatMap((split) => {
    const count = Math.min(dataset?.images[split] ?? Infinity, limit[split] ?? Infinity);
    return Number.isFinite(count) ? [[split, count] as const] : [];
  });
  return Object.fromEntries(counts);
}

function stateOf(run: RunRow): RunFact['state'] {
  if (run.queuePosition !== null || WAITING_STATES.includes(run.state)) return 'waiting';
  if (ACTIVE_STATES.includes(run.state)) return 'running';
  return run.state === 'finished' ? 'ended' : 'unfinished';
}

/** Settings of a preset that decide how a network learns; how fast and under which name it does so is left out. */
const LEFT_OUT = /^(name|precision|device|seed|keepEpochs|budget)(\.|$)/;

function recipeDifferences(run: RunRow, row: ReproductionRow): string[] {
  const recipe = recipeOf(row);
  if (!recipe) return [];
  const actual = new Map(flattenSettings(run.spec));
  return flattenSettings(recipe).flatMap(([setting, expected]) => {
    const value = actual.get(setting);
    if (LEFT_OUT.test(setting) || value === undefined || value === expected) return [];
    return [`${setting} ${value} instead of ${expected}`];
  });
}
