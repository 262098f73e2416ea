/**
 * The evaluate job: networks on one split by several protocols; every picture is decoded once for all, and cut once for
 * all that want it cut alike.
 */
import type { DatasetCard } from '../../../../contract/dataset.ts';
import { StudioError } from '../../../../contract/errors.ts';
import { channelsOf } from '../../../../contract/inputSpec.ts';
import type { ResolvedProtocol } from '../../../../contract/protocol.ts';
import type { Precision } from '../../../../contract/runSpec.ts';
import { rankOfLabel } from '../../../../pure/rank.ts';
import { openDataset } from '../../../data/set/openDataset.ts';
import type { OpenDataset } from '../../../data/types.ts';
import type { Engine } from '../../../engine/engine.ts';
import { inColumns, labelIn, type ClassColumns } from '../../../evaluate/classColumns.ts';
import { probabilityMetrics, TOP } from '../../../evaluate/metrics.ts';
import { openProbabilityWriter, type ProbabilityWriter } from '../../../evaluate/probabilityFile.ts';
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
import { networkColumns } from '../../networkColumns.ts';
import { probabilitiesOf } from '../../viewScores.ts';

interface Item {
  readonly protocol: ResolvedProtocol;
  /** Its place among the ways pictures are cut. */
  readonly cut: number;
  readonly network: Inference;
  readonly writer: ProbabilityWriter;
  /** Classes that the network tells apart. */
  readonly outputs: number;
  readonly columns: ClassColumns;
  readonly score: ScoreSum;
}

export async function runEvaluateJob(job: EvaluateJob, context: JobContext): Promise<EvaluateResult> {
  const dataset = await openDataset(job.datasetDir);
  const { card } = dataset;
  const [first] = job.networks;
  // Read before the engine is opened, so that what does not fit is said at once.
  let next: ResolvedNetwork | null = first ? await resolveNetwork(first, card) : null;
  const engine = await openEngine(job.device);
  const opened: Inference[] = [];
  const items: Item[] = [];
  const cuts = new Map<string, ResolvedProtocol>();
  const notes = new Set<string>();
  let measured: Pick<EvaluateResult, 'scores' | 'timing'>;
  try {
    for (const [i, { items: wanted }] of job.networks.entries()) {
      // One network's weights in memory at a time, beside those that the engine has.
      const { weights, protocols, columns } = next ?? (await resolveNetwork(job.networks[i]!, card));
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
          classes: columns[k]!.outputOf.length,
          overwrite: true,
        });
        items.push({
          protocol,
          cut: [...cuts.keys()].indexOf(cut),
          writer,
          network: networks.get(key)!,
          outputs: weights.shape.classes,
          columns: columns[k]!,
          score: new ScoreSum(columns[k]!.outputOf.length, card.classIds.length),
        });
      }
      for (const note of [...weights.notes, ...columns.flatMap((one) => one.notes)]) notes.add(note);
    }
    measured = await evaluateSplit(job, context, engine, items, [...cuts.values()], dataset);
    for (const { score } of items) for (const note of score.notes()) notes.add(note);
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
  /** One a protocol. */
  readonly columns: readonly ClassColumns[];
}

async function resolveNetwork(
  { network, own, items }: EvaluateJob['networks'][number],
  { name, classIds, classNames }: DatasetCard,
): Promise<ResolvedNetwork> {
  const color = items[0]?.protocol.input?.color ?? own.input?.color;
  const weights = await loadWeights(network, network.channels ?? (color && channelsOf({ color })));
  const said = { input: own.input ?? weights.input, labels: own.labels };
  const protocols = items.map(({ protocol }) => resolveProtocol(protocol, said, weights, classIds));
  for (const { name: title, input } of protocols) {
    if (channelsOf(input) !== weights.shape.channels)
      throw new StudioError(
        'input.invalid',
        `Protocol ${title} feeds ${channelsOf(input)} channels, the network takes ` + `${weights.shape.channels}.`,
        { remedy: 'Choose protocols with the colours that the network was trained on.' },
      );
  }
  const data = { ids: classIds, names: classNames };
  const columns = protocols.map(({ labels }) => networkColumns(weights, labels, data, name));
  return { weights, protocols, columns };
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
      `Protocol ${name} gives images of ${crop} pixels; this network was trained at ${size} and sees nothing ` +
        'in smaller ones.',
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
      for (const [i, { protocol, cut, network, writer, outputs, columns, score }] of items.entries()) {
        if (chunk.pictures.length === 0) continue;
        const from = performance.now();
        const scores = probabilitiesOf({ pixels: chunk.views[cut]!, sizes: chunk.sizes[cut]! }, chunk.pictures.length, {
          network,
          classes: outputs,
          average: protocol.average,
          crop: protocol.crop,
          batchSize: job.batchSize,
        });
        computedMs[i]! += performance.now() - from;
        const ordered = inColumns(scores, outputs, columns);
        score.add(
          ordered,
          chunk.pictures.map((p) => labelIn(columns, source.labels[p]!)),
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
  for (const [i, { writer, columns }] of items.entries()) {
    await writer.finish({
      classNames: [...columns.classes.names],
      classIds: [...columns.classes.ids],
      paths: done.map((p) => source.paths[p]!),
      labels: done.map((p) => labelIn(columns, source.labels[p]!)),
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
  /** The first of them are the data set's. */
  readonly #ofData: number;
  #count = 0;
  #labelled = 0;
  #top1 = 0;
  #top1OfData = 0;
  #top5 = 0;
  #loss = 0;

  constructor(classes: number, ofData: number) {
    this.#classes = classes;
    this.#ofData = ofData;
  }

  add(probabilities: Float32Array, labels: readonly number[]): void {
    const { labelled, top1, top5, logLoss } = probabilityMetrics(probabilities, labels, this.#classes);
    this.#count += labels.length;
    this.#labelled += labelled;
    this.#top1 += top1.correct;
    this.#top5 += top5.correct;
    this.#loss += (logLoss ?? 0) * labelled;
    if (this.#classes > this.#ofData) this.#top1OfData += this.#rightOfData(probabilities, labels);
  }

  /** Images whose class is the likeliest of the data set's own. */
  #rightOfData(probabilities: Float32Array, labels: readonly number[]): number {
    return labels.filter((label, image) => {
      if (label < 0) return false;
      const start = image * this.#classes;
      return rankOfLabel(probabilities.subarray(start, start + this.#ofData), this.#ofData, 0, label) === 0;
    }).length;
  }

  /** The other reading of the accuracy, where the network knows classes that the data set lacks. */
  notes(): string[] {
    if (this.#classes === this.#ofData || this.#labelled === 0) return [];
    const share = ((100 * this.#top1OfData) / this.#labelled).toFixed(2);
    return [
      `The network decides among all ${this.#classes} classes; among the ${this.#ofData} of the data set alone ` +
        `top-1 is ${share} %.`,
    ];
  }

  result(): { count: number; classes: number; top1: number | null; top5: number | null; loss: number | null } {
    const share = (sum: number): number | null => (this.#labelled > 0 ? sum / this.#labelled : null);
    return {
      count: this.#count,
      classes: this.#classes,
      top1: share(this.#top1),
      top5: this.#classes > TOP ? share(this.#top5) : null,
      loss: share(this.#loss),
    };
  }
}

function stopped(cause?: unknown): StudioError {
  return new StudioError('job.stopped', 'Stopped before all images were evaluated; nothing was kept.', { cause });
}

export const run = implementJob(evaluateJob, runEvaluateJob);
