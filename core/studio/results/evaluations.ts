/**
 * Evaluations: a run's checkpoint or a weight file on a split or a folder by several protocols, the results, and what
 * follows from them.
 */
import { rm } from 'node:fs/promises';
import type { Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { topClass } from '../../evaluate/vote.ts';
import { classScores, confusionMatrix, type ClassScore, type ConfusionMatrix } from '../../evaluate/confusion.ts';
import { checkLabelOrder, type LabelOrderFinding } from '../../evaluate/labelOrder.ts';
import type { CropSizeLine } from '../../../pure/figures/cropSizePlot.ts';
import { probabilityMetrics, type ProbabilityMetrics } from '../../evaluate/metrics.ts';
import { readProbabilities } from '../../evaluate/probabilityFile.ts';
import type { WithoutDuplicates } from '../../evaluate/withoutDuplicates.ts';
import { compareEvaluations, type EvaluationComparison } from './compareEvaluations.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { cropSizeLines, writeCropSizePlot } from './cropSizes.ts';
import { NetworkChoice } from '../weights/networkChoice.ts';
import { checkRequest, type EvaluationRequest, findDataset, findSource, type Source } from './evaluationRequest.ts';
import { writeFlipSheet } from './flipSheet.ts';
import { whereImagesLie } from './imageRoot.ts';
import { type Evaluated, measure } from './measure.ts';
import { findByText } from '../records/ids.ts';
import type { StudioPaths } from '../records/paths.ts';
import { findMember, type MemberName } from './members.ts';
import { predict, type PredictionRequest, predictionsOfMember } from './predictions.ts';
import type { ProtocolHandlers } from './protocols.ts';
import { type CaptionedTable, type TableChoice, tablesByDataset } from './tablesByDataset.ts';
import { withoutTrainingCopies } from './trainingCopies.ts';

export interface EvaluationDetails extends Evaluation {
  readonly metrics: ProbabilityMetrics;
  readonly classNames: readonly string[];
  readonly perClass: readonly ClassScore[];
  readonly confusion: ConfusionMatrix;
  /** Reported, never applied. */
  readonly labelOrder: LabelOrderFinding;
  /** Null where the data set was not searched for duplicates. */
  readonly withoutDuplicates: WithoutDuplicates | null;
}

export interface EvaluationHandlers {
  /**
   * One evaluation a protocol, in their order.
   * @throws {StudioError} `run.…`, `weights.…`, `dataset.…`, `prediction.classMismatch`, `input.invalid`
   */
  create(request: EvaluationRequest, work?: WorkOptions): Promise<Evaluated>;
  /**
   * What a run, or imported weights, say as they were trained; what it said before is used again where that is asked
   * for.
   * @throws {StudioError} as `create`
   */
  predict(request: PredictionRequest, work?: WorkOptions): Promise<Evaluation>;
  /**
   * Of a run or imported weights, newest first.
   * @throws {StudioError} `run.notFound`, `file.notFound`
   */
  predictions(network: MemberName): Promise<Evaluation[]>;
  /**
   * Several networks, in their order: those on one data set share the decoding of its pictures.
   * @throws {StudioError} as `create`, before anything is computed where the choice is wrong
   */
  createAll(
    request: Omit<EvaluationRequest, 'network'>,
    networks: readonly EvaluationRequest['network'][],
    work?: WorkOptions,
  ): Promise<Evaluated>;
  /**
   * A run's checkpoints of these epochs.
   * @throws {StudioError} as `createAll`; `run.noCheckpoint`
   */
  series(request: EvaluationRequest, epochs: readonly number[], work?: WorkOptions): Promise<Evaluated>;
  list(filter?: { readonly dataset?: string; readonly split?: Split }): Promise<Evaluation[]>;
  /** @throws {StudioError} `prediction.notFound` */
  find(id: string): Promise<Evaluation>;
  /** @throws {StudioError} `prediction.notFound` */
  show(id: string): Promise<EvaluationDetails>;
  remove(id: string): Promise<Evaluation>;
  /**
   * Same pictures, two evaluations.
   * @throws {StudioError} `prediction.classMismatch`: where the pictures differ
   */
  compare(first: string, second: string): Promise<EvaluationComparison>;
  /**
   * A picture of the pictures that only one of the two gets right, written to `path` as PNG; returns how many are on
   * it.
   */
  flipSheet(comparison: EvaluationComparison, path: string, count: number): Promise<number>;
  /** Accuracy against crop size, a line a network and protocol, of evaluations with labels. */
  cropSizes(ids: readonly string[]): Promise<CropSizeLine[]>;
  /**
   * The same as a picture, SVG or PNG by the name of the file.
   * @throws {StudioError} `input.invalid`: for another ending, or nothing to draw
   */
  cropSizePlot(ids: readonly string[], path: string): Promise<void>;
  /** One table for each split of each data set among the evaluations. */
  tables(
    choice: TableChoice,
    filter?: { readonly dataset?: string; readonly split?: Split; readonly ids?: readonly string[] },
  ): Promise<CaptionedTable[]>;
}

export function createEvaluationHandlers(context: StudioContext, protocols: ProtocolHandlers): EvaluationHandlers {
  const { evaluations, paths } = context;
  const find = async (text: string): Promise<Evaluation> =>
    findByText(
      (await evaluations.list()).map((one) => ({ ...one, name: one.id })),
      text,
      'prediction.notFound',
      'evaluation',
    );
  const list: EvaluationHandlers['list'] = async ({ dataset, split } = {}) =>
    evaluations.list({
      ...(dataset !== undefined && { datasetId: (await findDataset(context, dataset)).id }),
      ...(split && { split }),
    });
  const chosen = async (ids: readonly string[] | undefined, filter?: Parameters<typeof list>[0]) =>
    (await list(filter)).filter(({ id }) => ids === undefined || ids.includes(id));
  const createAll: EvaluationHandlers['createAll'] = async (input, networks, work) => {
    const request = checkRequest({ ...input, network: networks[0] });
    const sources: Source[] = [];
    for (const choice of networks)
      sources.push(await findSource({ context, protocols }, NetworkChoice.parse(choice), request));
    return measure(context, sources, request, work);
  };
  return {
    createAll,
    list,
    find,
    predict: (request, work) => predict({ context, protocols }, request, work),
    predictions: async (network) => predictionsOfMember(context, await findMember(context, network)),
    create: async ({ network, ...request }, work) => createAll(request, [network], work),
    series: async ({ network, ...request }, epochs, work) => createAll(request, checkpointsOf(network, epochs), work),
    show: async (text) => detailsOf(await find(text), paths),
    async remove(text) {
      const evaluation = await find(text);
      await evaluations.remove(evaluation.id);
      await rm(evaluation.path, { recursive: true, force: true });
      return evaluation;
    },
    compare: async (first, second) => compareEvaluations(await find(first), await find(second)),
    flipSheet: async (comparison, path, count) =>
      writeFlipSheet(comparison, await whereImagesLie(context, comparison.first.images), { path, count }),
    cropSizes: async (ids) => cropSizeLines(await chosen(ids)),
    cropSizePlot: async (ids, path) => writeCropSizePlot(await chosen(ids), path),
    tables: async (choice, { ids, ...filter } = {}) => tablesByDataset(await chosen(ids, filter), paths, choice),
  };
}

/** @throws {StudioError} `input.invalid`: for what is no run */
function checkpointsOf(network: EvaluationRequest['network'], epochs: readonly number[]) {
  if (network.kind !== 'run')
    throw new StudioError('input.invalid', 'Only runs have checkpoints.', { remedy: 'Give a run.' });
  return epochs.map((epoch) => ({ ...network, checkpoint: { epoch } }));
}

async function detailsOf(evaluation: Evaluation, paths: StudioPaths): Promise<EvaluationDetails> {
  const predictions = await readProbabilities(evaluation.path);
  const { index, probabilities } = predictions;
  const decision = topClass(probabilities, index.classes);
  const confusion = confusionMatrix(decision, index.labels, index.classes);
  return {
    ...evaluation,
    metrics: probabilityMetrics(probabilities, index.labels, index.classes),
    classNames: index.classNames,
    perClass: classScores(confusion),
    confusion,
    labelOrder: checkLabelOrder(decision, index.labels, index.classes),
    withoutDuplicates: await withoutTrainingCopies(evaluation.images, paths, predictions),
  };
}
