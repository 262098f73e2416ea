/** The evaluate job: networks on one split by several protocols; every picture is decoded once for all, and cut once for all that want it cut alike. */
import { StudioError } from '../../../../contract/errors.ts';
import { channelsOfInput, type ResolvedProtocol } from '../../../../contract/protocol.ts';
import type { Precision } from '../../../../contract/runSpec.ts';
import { openDataset } from '../../../data/set/openDataset.ts';
import type { OpenDataset } from '../../../data/types.ts';
import type { Engine } from '../../../engine/engine.ts';
import { probabilityMetrics } from '../../../evaluate/metrics.ts';
import { openProbabilityWriter, type ProbabilityWriter } from '../../../evaluate/probabilityFile.ts';
import { inClassOrder, outputOfClass } from '../../../evaluate/protocols/classOrder.ts';
import { resolveProtocol } from '../../../evaluate/protocols/resolveProtocol.ts';
import { openSplitPictures } from '../../../evaluate/protocols/splitPictures.ts';
import { viewsOfAll } from '../../../evaluate/protocols/viewPool.ts';
import { implementJob, progressSender, tellProgress, type JobContext } from '../../jobContext.ts';
import { openEngine } from '../../openEngine.ts';
import { type EvaluateJob, evaluateJob, type EvaluateResult } from './messages.ts';
import {
  type Inference,
  type LoadedWeights,
  loadWeights,
  openDenseInference,
  openInference,
} from '../../trainedNetwork.ts';
import { probabilitiesOf } from '../../viewScores.ts';

interface Item {
  readonly protocol: ResolvedProtocol;
  /** Its place among the ways pictures are cut. */ readonly cut: number;
  readonly network: Inference;
  readonly writer: ProbabilityWriter;
  readonly order: Int32Array | null;
  readonly score: ScoreSum;
}

export async function runEvaluateJob(job: EvaluateJob, context: JobContext): Promise<EvaluateResult> {
  const dataset = await openDataset(job.datasetDir);
  const { card } = dataset;
  const [first] = job.networks;
  for (const {
    network: { classes },
  } of job.networks) {
    if (card.classIds.length !== classes) {
      throw new StudioError(
        'prediction.classMismatch',
        `The network tells ${classes} classes apart, data set "${card.name}" has ${card.classIds.length}.`,
        { remedy: 'Evaluate on a data set with the classes it was trained on.' },
      );
    }
  }
  // Read before the engine is opened, so that what does not fit is said at once.
  let next: ResolvedNetwork | null = first ? await resolveNetwork(first, card.classIds) : null;
  const engine = await openEngine(job.device);
  const opened: Inference[] = [];
  const items: Item[] = [];
  const cuts = new Map<string, ResolvedProtocol>();
  const notes = new Set<string>();
  let measured: Pick<EvaluateResult, 'scores' | 'timing'>;
  try {
    for (const [i, { items: wanted }] of job.networks.entries()) {
      // One network's weights in memory at a time, beside those that the engine has.
      const { weights, protocols } = next ?? (await resolveNetwork(job.networks[i]!, card.classIds));
      const networks = new Map<string, Inference>();
      next = null;
      for (const [k, protocol] of protocols.entries()) {
        const key = networkKey(protocol);
        const cut = cutKey(protocol);
        if (!networks.has(key)) {
          const network = openFor(protocol, engine, weights, job.precision);
          networks.set(key, network);
          opened.push(network);
        }
        if (!cuts.has(cut)) cuts.set(cut, protocol);
        const writer = await openProbabilityWriter(wanted[k]!.outputDir, {
          classes: card.classIds.length,
          overwrite: true,
        });
        items.push({
          protocol,
          cut: [...cuts.keys()].indexOf(cut),
          writer,
          network: networks.get(key)!,
          order: outputOfClass(protocol.labels, card.classIds),
          score: new ScoreSum(card.classIds.length),
        });
      }
      for (const note of weights.notes) notes.add(note);
    }
    measured = await evaluateSplit(job, context, engine, items, [...cuts.values()], dataset);
  } catch (error) {
    for (const { writer } of items) await writer.discard();
    throw error;
  } finally {
    for (const network of opened) network.dispose();
  }
  return { protocols: items.map(({ protocol }) => protocol), notes: [...notes], device: engine.device, ...measured };
}

interface ResolvedNetwork {
  readonly weights: LoadedWeights;
  readonly protocols: readonly ResolvedProtocol[];
}

async function resolveNetwork(
  { network, own, items }: EvaluateJob['networks'][number],
  classIds: readonly string[],
): Promise<ResolvedNetwork> {
  const color = items[0]?.protocol.input?.color ?? own.input?.color ?? 'rgb';
  const weights = await loadWeights(network, network.channels ?? channelsOfInput(color));
  const protocols = items.map(({ protocol }) => resolveProtocol(protocol, own, weights.card, classIds));
  for (const { name, input } of protocols) {
    if (channelsOfInput(input.color) !== weights.shape.channels)
      throw new StudioError(
        'input.invalid',
        `Protocol ${name} feeds ${channelsOfInput(input.color)} channels, the network takes ${weights.shape.channels}.`,
        { remedy: 'Choose protocols with the colours that the network was trained on.' },
      );
  }
  return { weights, protocols };
}

/** Protocols with one key make the same views of a picture. */
const cutKey = ({ resize, crop, crops, mirror, input: { color, scale, mean, std } }: ResolvedProtocol): string =>
  JSON.stringify([resize, crop, crops, mirror, color, scale, mean, std]);

/** Protocols with one key share a network: its program is made for one size, or for all. */
const networkKey = ({ crops, crop }: ResolvedProtocol): string => (crops === 'dense' ? 'dense' : String(crop));

function openFor(
  { crops, crop, name }: ResolvedProtocol,
  engine: Engine,
  weights: LoadedWeights,
  precision: Precision,
): Inference {
  if (crops !== 'dense') return openInference(engine, weights, crop, precision);
  const { size } = weights.shape;
  if (crop < size)
    throw new StudioError(
      'input.invalid',
      `Protocol ${name} gives pictures of ${crop} pixels; this network was trained at ${size} and sees nothing in smaller ones.`,
      { remedy: `Choose a dense protocol with a short side of ${size} or more.` },
    );
  return openDenseInference(engine, weights, precision);
}

async function evaluateSplit(
  job: EvaluateJob,
  context: JobContext,
  engine: Engine,
  items: readonly Item[],
  cuts: readonly ResolvedProtocol[],
  dataset: OpenDataset,
): Promise<Pick<EvaluateResult, 'scores' | 'timing'>> {
  const { card } = dataset;
  const source = await openSplitPictures(dataset, job.split, {
    limit: job.limit,
    signal: context.signal,
    onProgress: tellProgress(context),
  });
  const tell = progressSender(context, 'evaluate', source.count);
  const done: number[] = [];
  const skipped: { path: string; reason: string }[] = [];
  const computedMs = items.map(() => 0);
  const began = performance.now();
  let [workMs, waitedMs] = [0, 0];
  try {
    for await (const chunk of viewsOfAll(source, cuts, job.batchSize, context.signal)) {
      workMs += chunk.workMs;
      waitedMs += chunk.waitedMs;
      for (const [i, { protocol, cut, network, writer, order, score }] of items.entries()) {
        if (chunk.pictures.length === 0) continue;
        const from = performance.now();
        const scores = probabilitiesOf({ pixels: chunk.views[cut]!, sizes: chunk.sizes[cut]! }, chunk.pictures.length, {
          network,
          classes: card.classIds.length,
          average: protocol.average,
          crop: protocol.crop,
          batchSize: job.batchSize,
        });
        computedMs[i]! += performance.now() - from;
        const ordered = inClassOrder(scores, order);
        score.add(
          ordered,
          chunk.pictures.map((p) => source.labels[p]!),
        );
        await writer.append(ordered);
        await new Promise(setImmediate);
        if (context.signal.aborted) throw stopped();
      }
      done.push(...chunk.pictures);
      skipped.push(...chunk.skipped.map(({ picture, reason }) => ({ path: source.paths[picture] ?? '', reason })));
      tell(done.length + skipped.length);
    }
  } catch (error) {
    throw context.signal.aborted ? stopped(error) : error;
  } finally {
    source.close();
  }
  const wallMs = performance.now() - began;
  for (const [i, { writer }] of items.entries()) {
    await writer.finish({
      classNames: card.classNames,
      classIds: card.classIds,
      paths: done.map((p) => source.paths[p]!),
      labels: done.map((p) => source.labels[p]!),
      skipped,
      device: engine.device,
      imagesPerSec: computedMs[i]! > 0 ? (1000 * done.length) / computedMs[i]! : 0,
    });
  }
  return {
    scores: items.map(({ score }, i) => ({
      ...score.result(),
      imagesPerSec: computedMs[i]! > 0 ? (1000 * done.length) / computedMs[i]! : 0,
    })),
    timing: { wallMs, viewsMs: workMs, waitedMs, computedMs },
  };
}

/** Figures of many pictures, a part at a time. */
class ScoreSum {
  readonly #classes: number;
  #count = 0;
  #labelled = 0;
  #top1 = 0;
  #top5 = 0;
  #loss = 0;

  constructor(classes: number) {
    this.#classes = classes;
  }

  add(probabilities: Float32Array, labels: readonly number[]): void {
    const { labelled, top1, top5, logLoss } = probabilityMetrics(probabilities, labels, this.#classes);
    this.#count += labels.length;
    this.#labelled += labelled;
    this.#top1 += top1.correct;
    this.#top5 += top5.correct;
    this.#loss += (logLoss ?? 0) * labelled;
  }

  result(): { count: number; classes: number; top1: number | null; top5: number | null; loss: number | null } {
    const share = (sum: number): number | null => (this.#labelled > 0 ? sum / this.#labelled : null);
    return {
      count: this.#count,
      classes: this.#classes,
      top1: share(this.#top1),
      top5: share(this.#top5),
      loss: share(this.#loss),
    };
  }
}

function stopped(cause?: unknown): StudioError {
  return new StudioError('job.stopped', 'Stopped before all pictures were evaluated; nothing was kept.', { cause });
}

export const run = implementJob(evaluateJob, runEvaluateJob);
