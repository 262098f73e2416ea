/** The evaluate job: one network on one split by several protocols; every picture is decoded once. */
import { StudioError } from '../../contract/errors.ts';
import { channelsOfInput, type ResolvedProtocol } from '../../contract/protocol.ts';
import { openDataset } from '../data/openDataset.ts';
import type { OpenDataset } from '../data/types.ts';
import type { Engine } from '../engine/engine.ts';
import { openProbabilityWriter, type ProbabilityWriter } from '../evaluate/probabilityFile.ts';
import { inClassOrder, outputOfClass } from '../evaluate/protocols/classOrder.ts';
import { resolveProtocol } from '../evaluate/protocols/resolveProtocol.ts';
import { openSplitPictures } from '../evaluate/protocols/splitPictures.ts';
import { viewsOfAll } from '../evaluate/protocols/viewPool.ts';
import { progressSender, type JobContext } from './jobContext.ts';
import { openEngine } from './openEngine.ts';
import type { EvaluateJob, EvaluateResult } from './protocol.ts';
import { type Inference, loadWeights, openInference } from './trainedNetwork.ts';
import { probabilitiesOf } from './viewScores.ts';

interface Item { readonly protocol: ResolvedProtocol; readonly network: Inference; readonly writer: ProbabilityWriter; readonly order: Int32Array | null }

export async function runEvaluateJob(job: EvaluateJob, context: JobContext): Promise<EvaluateResult> {
  const { own } = job, dataset = await openDataset(job.datasetDir), { card } = dataset;
  if (card.classIds.length !== job.network.classes) {
    throw new StudioError('prediction.classMismatch', `The network tells ${job.network.classes} classes apart, data set "${card.name}" has ${card.classIds.length}.`, { remedy: 'Evaluate on a data set with the classes it was trained on.' });
  }
  const color = job.items[0]?.protocol.input?.color ?? own.input?.color ?? 'rgb';
  const weights = await loadWeights(job.network, job.network.channels ?? channelsOfInput(color));
  const protocols = job.items.map(({ protocol }) => resolveProtocol(protocol, own, weights.card, card.classIds));
  for (const { name, input } of protocols) {
    if (channelsOfInput(input.color) !== weights.shape.channels) throw new StudioError('input.invalid', `Protocol ${name} feeds ${channelsOfInput(input.color)} channels, the network takes ${weights.shape.channels}.`, { remedy: 'Choose protocols with the colours that the network was trained on.' });
  }
  const engine = await openEngine(job.device), networks = new Map<number, Inference>(), items: Item[] = [];
  try {
    for (const { crop } of protocols) if (!networks.has(crop)) networks.set(crop, openInference(engine, weights, crop, job.precision));
    for (const [i, protocol] of protocols.entries()) {
      const writer = await openProbabilityWriter(job.items[i]!.outputDir, { classes: card.classIds.length, overwrite: true });
      items.push({ protocol, writer, network: networks.get(protocol.crop)!, order: outputOfClass(protocol.labels, card.classIds) });
    }
    await evaluateSplit(job, context, engine, items, dataset);
  } catch (error) {
    for (const { writer } of items) await writer.discard();
    throw error;
  } finally {
    for (const network of networks.values()) network.dispose();
  }
  return { protocols, notes: [...weights.notes] };
}

async function evaluateSplit(job: EvaluateJob, context: JobContext, engine: Engine, items: readonly Item[], dataset: OpenDataset): Promise<void> {
  const { card } = dataset;
  const source = await openSplitPictures(dataset, job.split, { limit: job.limit, signal: context.signal, onProgress: (p) => { context.send({ type: 'progress', ...p }); } });
  const tell = progressSender(context, 'evaluate', source.count), done: number[] = [], skipped: { path: string; reason: string }[] = [];
  const computedMs = items.map(() => 0);
  try {
    for await (const chunk of viewsOfAll(source, items.map(({ protocol }) => protocol), context.signal)) {
      for (const [i, { protocol, network, writer, order }] of items.entries()) {
        if (chunk.pictures.length === 0) continue;
        const from = performance.now(), scores = probabilitiesOf(chunk.views[i]!, chunk.pictures.length, { network, classes: card.classIds.length, average: protocol.average, batchSize: job.batchSize });
        computedMs[i]! += performance.now() - from;
        await writer.append(inClassOrder(scores, order));
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
  for (const [i, { writer }] of items.entries()) {
    await writer.finish({
      classNames: card.classNames, classIds: card.classIds, paths: done.map((p) => source.paths[p]!), labels: done.map((p) => source.labels[p]!), skipped,
      device: engine.device, imagesPerSec: computedMs[i]! > 0 ? (1000 * done.length) / computedMs[i]! : 0,
    });
  }
}

function stopped(cause?: unknown): StudioError {
  return new StudioError('job.stopped', 'Stopped before all pictures were evaluated; nothing was kept.', { cause });
}
