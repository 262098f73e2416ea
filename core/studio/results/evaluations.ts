/**
 * Evaluations: a run's checkpoint or a weight file on a split by several protocols, the results, and what follows from
 * them.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { AS_TRAINED } from '../../../contract/api/evaluations.ts';
import { type DatasetCard, Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { InputSpec } from '../../../contract/inputSpec.ts';
import { LabelList, Protocol } from '../../../contract/protocol.ts';
import type { Preprocessing } from '../../../contract/preprocessing.ts';
import { DeviceChoice, Precision } from '../../../contract/runSpec.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { topClass } from '../../evaluate/vote.ts';
import { classScores, confusionMatrix, type ClassScore, type ConfusionMatrix } from '../../evaluate/confusion.ts';
import { checkLabelOrder, type LabelOrderFinding } from '../../evaluate/labelOrder.ts';
import type { CropSizeLine } from '../../evaluate/cropSizePlot.ts';
import { probabilityMetrics, type ProbabilityMetrics } from '../../evaluate/metrics.ts';
import { readProbabilities } from '../../evaluate/probabilityFile.ts';
import { withCropSize } from '../../evaluate/protocols/namedProtocols.ts';
import { type WithoutDuplicates, withoutDuplicates } from '../../evaluate/withoutDuplicates.ts';
import { evaluateJob, type EvaluateResult } from '../../worker/jobs/evaluate/messages.ts';
import { compareEvaluations, type EvaluationComparison } from './compareEvaluations.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { cropSizeLines, writeCropSizePlot } from './cropSizes.ts';
import { type EvaluatedNetwork, NetworkChoice, runNetwork, weightsNetwork } from '../weights/networkChoice.ts';
import { type CaptionedTable, evaluationTables, type TableChoice } from './evaluationTables.ts';
import { writeFlipSheet } from './flipSheet.ts';
import { findByText, newId } from '../records/ids.ts';
import type { ProtocolHandlers } from './protocols.ts';
import { fingerprintOf } from './predictions.ts';
import { runJob } from '../jobs/runJob.ts';

const MAX_BATCH = 32;
/** Networks whose weights are in memory at once. */
const MAX_TOGETHER = 8;

export const EvaluationRequest = z.object({
  network: NetworkChoice,
  /** The run's own data set unless given. */
  dataset: z.string().optional(),
  split: Split,
  protocols: z.array(z.string()).min(1),
  /** Each protocol once for each of these crops, in place of its own. */
  cropSizes: z.array(z.int().min(1)).optional(),
  /** Counts before what the weights' card says. */
  input: InputSpec.optional(),
  labels: LabelList.optional(),
  /** Views a run of the network. */
  batchSize: z.int().min(1).max(4096).default(MAX_BATCH),
  precision: Precision.default('f32'),
  device: DeviceChoice.default('auto'),
  /** Only so many pictures, taken evenly. */
  limit: z.int().min(1).optional(),
});
export type EvaluationRequest = z.input<typeof EvaluationRequest>;
type Asked = z.output<typeof EvaluationRequest>;

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

/** `timing`: see EvaluateResult. */
export interface Evaluated {
  readonly evaluations: Evaluation[];
  readonly notes: string[];
  readonly timing: EvaluateResult['timing'];
}

/** One network, its data, and how it is to be measured. */
interface Source {
  readonly dataset: DatasetCard;
  readonly network: EvaluatedNetwork;
  readonly protocols: readonly Protocol[];
}

export interface EvaluationHandlers {
  /**
   * One evaluation a protocol, in their order.
   * @throws {StudioError} `run.…`, `weights.…`, `dataset.…`, `prediction.classMismatch`, `input.invalid`
   */
  create(request: EvaluationRequest, work?: WorkOptions): Promise<Evaluated>;
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
  const findDataset = async (text: string): Promise<DatasetCard> =>
    findByText((await context.datasets.list()).datasets, text, 'dataset.notFound', 'data set');
  const find = async (text: string): Promise<Evaluation> =>
    findByText(
      (await evaluations.list()).map((one) => ({ ...one, name: one.id })),
      text,
      'prediction.notFound',
      'evaluation',
    );
  const list: EvaluationHandlers['list'] = async ({ dataset, split } = {}) =>
    evaluations.list({
      ...(dataset !== undefined && { datasetId: (await findDataset(dataset)).id }),
      ...(split && { split }),
    });
  const createAll: EvaluationHandlers['createAll'] = async (input, networks, work) => {
    const [network] = networks;
    const parsed = EvaluationRequest.safeParse({ ...input, network });
    if (!parsed.success)
      throw new StudioError(
        'input.invalid',
        `The evaluation's settings are not valid: ` +
          `${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}.`,
      );
    const request = parsed.data;
    const sources: Source[] = [];
    for (const choice of networks) sources.push(await sourceOf(NetworkChoice.parse(choice), request));
    const together: Evaluated[] = [];
    for (let from = 0; from < sources.length; from += MAX_TOGETHER)
      together.push(await measure(sources.slice(from, from + MAX_TOGETHER), request, work));
    return {
      evaluations: together.flatMap(({ evaluations: made }) => made),
      notes: [...new Set(together.flatMap(({ notes }) => notes))],
      timing: summed(together.map(({ timing }) => timing)),
    };
  };
  /** What is asked of one network, without having computed anything. */
  const sourceOf = async (choice: NetworkChoice, request: Asked): Promise<Source> => {
    const run = choice.kind === 'run' ? await runNetwork(context, choice) : null;
    const dataset = await findDataset(request.dataset ?? run?.datasetId ?? '');
    if (!dataset.splits[request.split]?.count)
      throw new StudioError('dataset.missingSplit', `Data set "${dataset.name}" has no ${request.split} split.`, {
        remedy: `It has: ${Object.keys(dataset.splits).join(', ')}.`,
      });
    return {
      dataset,
      network: run ?? (await weightsNetwork(context, choice as Extract<NetworkChoice, { kind: 'weights' }>)),
      protocols: await chosenProtocols(request, run?.preprocessing ?? null, protocols),
    };
  };
  /** Networks on one data set in one job; on several, a job each. */
  const measure = async (sources: readonly Source[], request: Asked, work?: WorkOptions): Promise<Evaluated> => {
    const groups = [...Map.groupBy(sources, ({ dataset }) => dataset.id).values()];
    const done: Evaluated[] = [];
    for (const group of groups) done.push(await measureOn(group[0]!.dataset, group, request, work));
    return {
      evaluations: done.flatMap(({ evaluations: made }) => made),
      notes: done.flatMap(({ notes }) => notes),
      timing: summed(done.map(({ timing }) => timing)),
    };
  };
  const measureOn = async (
    dataset: DatasetCard,
    sources: readonly Source[],
    request: Asked,
    work?: WorkOptions,
  ): Promise<Evaluated> => {
    const items: (Source & { id: string; protocol: Protocol; outputDir: string })[] = [];
    for (const source of sources) {
      for (const protocol of source.protocols) {
        const id = await newId(
          'v',
          async (candidate) =>
            items.some((item) => item.id === candidate) ||
            existsSync(paths.evaluationDir(candidate)) ||
            (await evaluations.find(candidate)) !== null,
        );
        items.push({ ...source, id, protocol, outputDir: paths.evaluationDir(id) });
      }
    }
    try {
      const result = await runJob(
        context,
        evaluateJob,
        {
          datasetDir: paths.datasetDir(dataset.id),
          split: request.split,
          limit: request.limit ?? null,
          batchSize: request.batchSize,
          precision: request.precision,
          device: request.device,
          networks: sources.map(({ network }) => ({
            network: network.trained,
            own: { input: request.input ?? network.input, labels: request.labels ?? network.labels },
            items: items
              .filter((item) => item.network === network)
              .map(({ protocol, outputDir }) => ({ protocol, outputDir })),
          })),
        },
        { ...work, device: request.device },
      );
      const dataFingerprint = await fingerprintOf(context, dataset.id);
      const added = items.map(
        ({ id, outputDir, network: { runId, checkpointSeq, weightsPath, name, trained } }, i): Evaluation => ({
          id,
          runId,
          checkpointSeq,
          weightsPath,
          network: name,
          model: trained.model.name,
          datasetId: dataset.id,
          datasetName: dataset.name,
          split: request.split,
          protocol: result.protocols[i]!,
          path: outputDir,
          ...result.scores[i]!,
          device: result.device,
          dataFingerprint,
          createdAt: new Date().toISOString(),
        }),
      );
      for (const evaluation of added) await evaluations.add(evaluation);
      return { evaluations: added, notes: result.notes, timing: result.timing };
    } catch (error) {
      for (const { id, outputDir } of items)
        if (!(await evaluations.find(id))) await rm(outputDir, { recursive: true, force: true });
      throw error;
    }
  };
  return {
    createAll,
    list,
    find,
    create: async ({ network, ...request }, work) => createAll(request, [network], work),
    async series({ network, ...request }, epochs, work) {
      if (network.kind !== 'run')
        throw new StudioError('input.invalid', 'Only runs have checkpoints.', { remedy: 'Give a run.' });
      return createAll(
        request,
        epochs.map((epoch) => ({ ...network, checkpoint: { epoch } })),
        work,
      );
    },
    async show(text) {
      const evaluation = await find(text);
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
        withoutDuplicates: existsSync(paths.datasetDir(evaluation.datasetId))
          ? await withoutDuplicates(paths.datasetDir(evaluation.datasetId), evaluation.split, predictions)
          : null,
      };
    },
    async remove(text) {
      const evaluation = await find(text);
      await evaluations.remove(evaluation.id);
      await rm(evaluation.path, { recursive: true, force: true });
      return evaluation;
    },
    compare: async (first, second) => compareEvaluations(await find(first), await find(second)),
    flipSheet: async (comparison, path, count) =>
      writeFlipSheet(comparison, await findDataset(comparison.first.datasetId), paths, { path, count }),
    cropSizes: async (ids) => cropSizeLines((await list()).filter(({ id }) => ids.includes(id))),
    cropSizePlot: async (ids, path) =>
      writeCropSizePlot(
        (await list()).filter(({ id }) => ids.includes(id)),
        path,
      ),
    async tables(choice, { ids, ...filter } = {}) {
      return evaluationTables(
        (await list(filter)).filter(({ id }) => ids === undefined || ids.includes(id)),
        paths,
        choice,
      );
    },
  };
}

function summed(all: readonly Evaluated['timing'][]): Evaluated['timing'] {
  const sum = (key: 'wallMs' | 'viewsMs' | 'waitedMs'): number => all.reduce((total, timing) => total + timing[key], 0);
  return {
    wallMs: sum('wallMs'),
    viewsMs: sum('viewsMs'),
    waitedMs: sum('waitedMs'),
    computedMs: all.flatMap(({ computedMs }) => computedMs),
  };
}

async function chosenProtocols(
  { protocols: names, cropSizes }: Asked,
  trained: Preprocessing | null,
  protocols: ProtocolHandlers,
): Promise<Protocol[]> {
  const named = await Promise.all(
    names.map(async (name) => (name === AS_TRAINED ? asTrained(trained) : (await protocols.show(name)).protocol)),
  );
  const all = cropSizes ? named.flatMap((protocol) => cropSizes.map((crop) => withCropSize(protocol, crop))) : named;
  return [...new Map(all.map((protocol) => [protocol.name, protocol])).values()];
}

function asTrained(preprocessing: Preprocessing | null): Protocol {
  if (!preprocessing)
    throw new StudioError('input.invalid', `${AS_TRAINED} is the preprocessing of a run; weight files have none.`, {
      remedy: 'Name a protocol: caffe-1crop-224, torchvision-1crop-224, … (quorum protocol list).',
    });
  const { size, fit, interpolation } = preprocessing;
  return Protocol.parse({
    name: `packed-${size}-${fit}-${interpolation}`,
    title: `${fit === 'cover' ? 'Centre' : 'Squashed to'} ${size} × ${size} (${interpolation}), as the run was trained`,
    resize: { kind: 'packed', size, fit, kernel: interpolation },
    crop: size,
    crops: 'whole',
    mirror: false,
    average: 'probabilities',
    input: null,
    labels: null,
  });
}
