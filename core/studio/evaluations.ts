/** Evaluations: a run's checkpoint or a weight file on a split by several protocols, the results, and what follows from them. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { type DatasetCard, Split } from '../../contract/dataset.ts';
import { StudioError } from '../../contract/errors.ts';
import { LabelList, Protocol, ProtocolInput } from '../../contract/protocol.ts';
import { channelsOf, type Preprocessing } from '../../contract/preprocessing.ts';
import { DeviceChoice, ModelOptions, Precision } from '../../contract/runSpec.ts';
import type { Evaluation } from '../db/evaluationRepository.ts';
import { topClass } from '../evaluate/vote.ts';
import { classScores, confusionMatrix, type ClassScore, type ConfusionMatrix } from '../evaluate/confusion.ts';
import { evaluationTable, formatEvaluationTable, type MeasuredFigure, type TableFormat } from '../evaluate/evaluationTable.ts';
import { checkLabelOrder, type LabelOrderFinding } from '../evaluate/labelOrder.ts';
import { probabilityMetrics, type ProbabilityMetrics } from '../evaluate/metrics.ts';
import { readProbabilities } from '../evaluate/probabilityFile.ts';
import { getProtocol, listProtocols, withCropSize } from '../evaluate/protocols/namedProtocols.ts';
import { getModel } from '../models/registry.ts';
import { EvaluateResult, type TrainedNetwork } from '../worker/protocol.ts';
import { compareEvaluations, type EvaluationComparison } from './compareEvaluations.ts';
import type { StudioContext, WorkOptions } from './context.ts';
import { findImported } from './importedWeights.ts';
import { findByText, newId } from './ids.ts';
import { runWork } from './runWork.ts';

/** In place of a protocol's name: the preprocessing of the run itself. */
export const AS_TRAINED = 'as-trained';
const MAX_BATCH = 32;

export const EvaluationRequest = z.object({
  network: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('run'), run: z.string(), checkpoint: z.union([z.enum(['best', 'last']), z.int().min(0)]).default('best') }),
    /** A file and its network; or imported weights by id or name, whose card knows the rest. */
    z.object({ kind: z.literal('weights'), path: z.string(), entry: z.string().optional(), model: z.string().optional(), size: z.int().min(1).optional(), options: ModelOptions.prefault({}), name: z.string().min(1).max(200).optional() }),
  ]),
  /** The run's own data set unless given. */
  dataset: z.string().optional(),
  split: Split,
  protocols: z.array(z.string()).min(1),
  /** Each protocol once for each of these crops, in place of its own. */
  cropSizes: z.array(z.int().min(1)).optional(),
  /** Counts before what the weights' card says. */
  input: ProtocolInput.optional(),
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
}

export interface EvaluationHandlers {
  /** One evaluation a protocol, in their order. @throws StudioError `run.…`, `weights.…`, `dataset.…`, `prediction.classMismatch`, `input.invalid` */
  create(request: EvaluationRequest, work?: WorkOptions): Promise<{ evaluations: Evaluation[]; notes: string[] }>;
  list(filter?: { readonly dataset?: string; readonly split?: Split }): Promise<Evaluation[]>;
  /** @throws StudioError `prediction.notFound` */
  show(id: string): Promise<EvaluationDetails>;
  remove(id: string): Promise<Evaluation>;
  /** Same pictures, two evaluations. @throws StudioError `prediction.classMismatch` where the pictures differ */
  compare(first: string, second: string): Promise<EvaluationComparison>;
  /** Tables to paste, one for each split of each data set among the evaluations. */
  table(format: TableFormat, filter?: { readonly dataset?: string; readonly split?: Split; readonly ids?: readonly string[] }): Promise<string>;
  protocols(): Protocol[];
}

export function createEvaluationHandlers(context: StudioContext): EvaluationHandlers {
  const { evaluations, paths } = context;
  const findDataset = async (text: string): Promise<DatasetCard> => findByText((await context.datasets.list()).datasets, text, 'dataset.notFound', 'data set');
  const lookUp = async (text: string): Promise<Evaluation> => findByText((await evaluations.list()).map((one) => ({ ...one, name: one.id })), text, 'prediction.notFound', 'evaluation');
  const list: EvaluationHandlers['list'] = async ({ dataset, split } = {}) => evaluations.list({ ...(dataset !== undefined && { datasetId: (await findDataset(dataset)).id }), ...(split && { split }) });
  return {
    async create(input, work) {
      const parsed = EvaluationRequest.safeParse(input);
      if (!parsed.success) throw new StudioError('input.invalid', `The evaluation's settings are not valid: ${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}.`);
      const request = parsed.data, network = request.network.kind === 'run' ? await runNetwork(context, request.network) : null;
      const dataset = await findDataset(request.dataset ?? network?.datasetId ?? '');
      if (!dataset.splits[request.split]?.count) throw new StudioError('dataset.missingSplit', `Data set "${dataset.name}" has no ${request.split} split.`, { remedy: `It has: ${Object.keys(dataset.splits).join(', ')}.` });
      const protocols = chosenProtocols(request, network?.preprocessing ?? null), source = network ?? await weightsNetwork(context, request, dataset);
      const items: { id: string; protocol: Protocol; outputDir: string }[] = [];
      for (const protocol of protocols) {
        const id = await newId('v', async (candidate) => items.some((item) => item.id === candidate) || existsSync(paths.evaluationDir(candidate)) || (await evaluations.find(candidate)) !== null);
        items.push({ id, protocol, outputDir: paths.evaluationDir(id) });
      }
      try {
        const result = EvaluateResult.parse(await runWork(context, {
          kind: 'evaluate', network: source.trained, own: { input: request.input ?? source.input, labels: request.labels ?? source.labels }, datasetDir: paths.datasetDir(dataset.id), split: request.split,
          limit: request.limit ?? null, items: items.map(({ protocol, outputDir }) => ({ protocol, outputDir })), batchSize: request.batchSize, precision: request.precision, device: request.device,
        }, { ...work, device: request.device }));
        const added: Evaluation[] = [];
        for (const [i, { id, outputDir }] of items.entries()) {
          const { index, probabilities } = await readProbabilities(outputDir), scores = probabilityMetrics(probabilities, index.labels, index.classes);
          const evaluation: Evaluation = {
            id, runId: source.runId, checkpointSeq: source.checkpointSeq, weightsPath: source.weightsPath, network: source.name, model: source.trained.model.name,
            datasetId: dataset.id, datasetName: dataset.name, split: request.split, protocol: result.protocols[i]!, path: outputDir, count: index.count, classes: index.classes,
            top1: scores.top1.accuracy, top5: scores.top5.accuracy, loss: scores.logLoss, device: index.device, imagesPerSec: index.imagesPerSec, createdAt: new Date().toISOString(),
          };
          await evaluations.add(evaluation);
          added.push(evaluation);
        }
        return { evaluations: added, notes: result.notes };
      } catch (error) {
        for (const { id, outputDir } of items) if (!(await evaluations.find(id))) await rm(outputDir, { recursive: true, force: true });
        throw error;
      }
    },
    list,
    async show(text) {
      const evaluation = await lookUp(text), { index, probabilities } = await readProbabilities(evaluation.path), decision = topClass(probabilities, index.classes);
      const confusion = confusionMatrix(decision, index.labels, index.classes);
      return {
        ...evaluation, metrics: probabilityMetrics(probabilities, index.labels, index.classes), classNames: index.classNames, perClass: classScores(confusion), confusion,
        labelOrder: checkLabelOrder(decision, index.labels, index.classes),
      };
    },
    async remove(text) {
      const evaluation = await lookUp(text);
      await evaluations.remove(evaluation.id);
      await rm(evaluation.path, { recursive: true, force: true });
      return evaluation;
    },
    compare: async (first, second) => compareEvaluations(await lookUp(first), await lookUp(second)),
    async table(format, { ids, ...filter } = {}) {
      const all = (await list(filter)).filter(({ id }) => ids === undefined || ids.includes(id));
      const groups = Map.groupBy(all, ({ datasetId, split, count }) => `${datasetId} ${split} ${count}`);
      return [...groups.values()].map((group) => {
        const [{ datasetName, split, count }] = group as [Evaluation];
        return formatEvaluationTable(evaluationTable(group.map(asFigure)), `${datasetName}, ${split}, ${count} pictures`, format);
      }).join('\n\n');
    },
    protocols: listProtocols,
  };
}

function asFigure({ network, model, protocol, top1, top5 }: Evaluation): MeasuredFigure {
  return { network, published: getModel(model).published, protocol, top1, top5 };
}

interface Source { readonly name: string; readonly trained: TrainedNetwork; readonly input: ProtocolInput | null; readonly labels: LabelList | null; readonly runId: string | null; readonly checkpointSeq: number | null; readonly weightsPath: string | null }

async function runNetwork({ runs, checkpoints, paths }: StudioContext, asked: Extract<Asked['network'], { kind: 'run' }>): Promise<Source & { datasetId: string; preprocessing: Preprocessing }> {
  const run = await runs.find(findByText(await runs.names(), asked.run, 'run.notFound', 'run').id);
  if (!run) throw new StudioError('run.notFound', `There is no run "${asked.run}".`);
  const { spec } = run, all = await checkpoints.list(run.id);
  // A run that was stopped before its first validation has no best checkpoint yet.
  const found = typeof asked.checkpoint === 'number' ? all.find(({ seq }) => seq === asked.checkpoint) : (asked.checkpoint === 'best' ? all.find(({ isBest }) => isBest) : undefined) ?? all.at(-1);
  if (!found) throw new StudioError('run.noCheckpoint', `Run ${run.id} (${run.state}) has no such checkpoint.`, { remedy: all.length > 0 ? `It has: ${all.map(({ seq }) => seq).join(', ')}.` : 'Train it first.' });
  const { color, channelOrder, scale, mean, std } = spec.preprocessing;
  return {
    name: typeof asked.checkpoint === 'number' ? `${run.name}, checkpoint ${found.seq}` : run.name, datasetId: spec.dataset, preprocessing: spec.preprocessing,
    input: { color: color === 'gray' ? 'gray' : channelOrder, scale, mean, std }, labels: 'own', runId: run.id, checkpointSeq: found.seq, weightsPath: null,
    trained: { model: spec.model, size: spec.preprocessing.size, channels: channelsOf(spec.preprocessing), classes: spec.classNames.length, weights: { kind: 'checkpoint', dir: resolve(paths.runDir(run.id), found.path) } },
  };
}

async function weightsNetwork({ paths }: StudioContext, { network }: Asked, dataset: DatasetCard): Promise<Source> {
  if (network.kind !== 'weights') throw new Error('not weights');
  if (network.model === undefined) {
    const { card, file } = await findImported(paths, network.path);
    return {
      name: network.name ?? card.name, input: card.input, labels: card.labels, runId: null, checkpointSeq: null, weightsPath: file,
      trained: { model: card.model, size: card.size, channels: card.channels, classes: card.classes, weights: { kind: 'file', path: file } },
    };
  }
  const model = getModel(network.model), path = resolve(network.path);
  return {
    name: network.name ?? model.name, input: null, labels: null, runId: null, checkpointSeq: null, weightsPath: path,
    trained: { model: { name: model.name, options: network.options }, size: network.size ?? model.nativeSize, classes: dataset.classIds.length, weights: { kind: 'file', path, ...(network.entry !== undefined && { entry: network.entry }) } },
  };
}

function chosenProtocols({ protocols, cropSizes }: Asked, trained: Preprocessing | null): Protocol[] {
  const named = protocols.map((name) => (name === AS_TRAINED ? asTrained(trained) : getProtocol(name)));
  const all = cropSizes ? named.flatMap((protocol) => cropSizes.map((crop) => withCropSize(protocol, crop))) : named;
  return [...new Map(all.map((protocol) => [protocol.name, protocol])).values()];
}

function asTrained(preprocessing: Preprocessing | null): Protocol {
  if (!preprocessing) throw new StudioError('input.invalid', `${AS_TRAINED} is the preprocessing of a run; weight files have none.`, { remedy: `Name a protocol: ${listProtocols().slice(0, 4).map(({ name }) => name).join(', ')} … (quorum evaluate protocols).` });
  const { size, fit, interpolation } = preprocessing;
  return Protocol.parse({
    name: `packed-${size}-${fit}-${interpolation}`, title: `${fit === 'cover' ? 'Centre' : 'Squashed to'} ${size} × ${size} (${interpolation}), as the run was trained`,
    resize: { kind: 'packed', size, fit, kernel: interpolation }, crop: size, crops: 'whole', mirror: false, average: 'probabilities', input: null, labels: null,
  });
}
