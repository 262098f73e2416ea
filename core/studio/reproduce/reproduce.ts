/** Published tables, cell by cell: what was published, what is measured here, and what is missing. */
import { isDeepStrictEqual } from 'node:util';
import type { RunRow } from '../../../contract/api/runTypes.ts';
import { StudioError } from '../../../contract/errors.ts';
import { ACTIVE_STATES, type CheckpointInfo } from '../../../contract/run.ts';
import type { ReproductionProject, ReproductionRow } from '../../../contract/reproduction.ts';
import { ModelOptions } from '../../../contract/runSpec.ts';
import { flattenSettings } from '../../../pure/settingsDiff.ts';
import { getModel } from '../../models/registry.ts';
import type { StudioContext } from '../context.ts';
import type { DatasetHandlers } from '../datasets/datasets.ts';
import type { TimingHandlers } from '../engine/timing.ts';
import type { RunBook } from '../runs/runBook.ts';
import { findPreset } from '../runs/presets.ts';
import type { WeightsHandlers } from '../weights/weightsHandlers.ts';
import {
  reproductionCells,
  type Cell,
  type DatasetFact,
  type EvaluationFact,
  type RowFacts,
  type RunFact,
} from './cells.ts';
import { readProjects, type ProjectFile } from './readProjects.ts';

export interface ReproducedTable {
  readonly project: ReproductionProject;
  readonly shipped: boolean;
  readonly cells: readonly Cell[];
}

export interface ReproduceHandlers {
  list(): { projects: readonly ProjectFile[]; damaged: readonly { file: string; problem: string }[] };
  /** @throws {StudioError} input.invalid: no such project */
  show(id: string): Promise<ReproducedTable>;
}

interface Sources {
  readonly datasets: DatasetHandlers;
  readonly runBook: RunBook;
  readonly weights: WeightsHandlers;
  readonly timing: TimingHandlers;
}

export function createReproduceHandlers(
  context: StudioContext,
  sources: Sources,
  shippedFolder: string,
): ReproduceHandlers {
  const list = (): ReturnType<ReproduceHandlers['list']> => readProjects(shippedFolder, context.paths.projects);
  return {
    list,
    async show(id) {
      const file = list().projects.find(({ project }) => project.id === id);
      if (!file)
        throw new StudioError('input.invalid', `There is no reproduction project "${id}".`, {
          remedy: 'quorum reproduce list shows all of them.',
        });
      const { project, shipped } = file;
      const datasets = (await sources.datasets.list()).datasets.map((card): DatasetFact => ({
        id: card.id,
        name: card.name,
        classes: card.classIds.length,
        images: Object.fromEntries(
          Object.entries(card.splits)
            .filter(([, split]) => split.labelled)
            .map(([split, { count }]) => [split, count]),
        ),
      }));
      const factsOf = await gatherFacts(context, sources);
      return { project, shipped, cells: reproductionCells(project, datasets, factsOf) };
    },
  };
}

/** Everything that a row's cells are looked for in, read once for the whole table. */
async function gatherFacts(context: StudioContext, sources: Sources): Promise<(row: ReproductionRow) => RowFacts> {
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
      runs: own.map((run) => runFact(run, row)),
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
            protocol: evaluation.protocol.name,
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

function isOfRow(model: { readonly name: string; readonly options: object }, row: ReproductionRow): boolean {
  return (
    getModel(model.name).name === getModel(row.model).name &&
    isDeepStrictEqual(ModelOptions.parse(model.options), ModelOptions.parse(row.options))
  );
}

function runFact(run: RunRow, row: ReproductionRow): RunFact {
  const limit = run.spec.limit;
  return {
    id: run.id,
    name: run.name,
    datasetId: run.spec.dataset,
    seed: run.spec.seed,
    state: stateOf(run),
    differences: [
      ...(row.preset === null ? [] : presetDifferences(run, row.preset)),
      ...(limit.train === undefined ? [] : [`trained on ${limit.train.toLocaleString('en')} images`]),
      ...(run.state === 'finished' ? [] : [`the run ${run.state === 'stopped' ? 'was stopped' : 'did not finish'}`]),
    ],
    best: Object.fromEntries(
      Object.entries(run.best).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : [])),
    ),
    images: limit.val === undefined ? {} : { val: limit.val },
  };
}

function stateOf(run: RunRow): RunFact['state'] {
  if (run.queuePosition !== null) return 'waiting';
  if (ACTIVE_STATES.includes(run.state)) return 'running';
  return run.state === 'finished' ? 'ended' : 'unfinished';
}

/** Settings of a preset that decide how a network learns; how fast and under which name it does so is left out. */
const LEFT_OUT = /^(name|precision|device|seed|keepEpochs|budget)(\.|$)/;

function presetDifferences(run: RunRow, presetName: string): string[] {
  const [settings] = findPreset(presetName).settings;
  const actual = new Map(flattenSettings(run.spec));
  return flattenSettings(settings).flatMap(([setting, expected]) => {
    const value = actual.get(setting);
    if (LEFT_OUT.test(setting) || value === undefined || value === expected) return [];
    return [`${setting} ${value} instead of ${expected}`];
  });
}
