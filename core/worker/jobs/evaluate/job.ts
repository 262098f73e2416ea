/** The evaluate job: networks on the images of a split or a folder by several protocols. */
import { StudioError } from '../../../../contract/errors.ts';
import { openFolderImages } from '../../../data/import/folderImages.ts';
import { openDataset } from '../../../data/set/openDataset.ts';
import type { OpenDataset } from '../../../data/types.ts';
import { openFolderPictures, openSplitPictures } from '../../../evaluate/protocols/splitPictures.ts';
import { notFiniteNotes } from '../../../weights/mapWeights.ts';
import { implementJob, tellProgress, type JobContext } from '../../jobContext.ts';
import { openEngine } from '../../openEngine.ts';
import { type DataClasses, type Item, openItems, type ResolvedNetwork, resolveNetwork } from './items.ts';
import { type EvaluateJob, evaluateJob, type EvaluateResult } from './messages.ts';
import { bytesKey, noImages, packedFolderPass, packedSplitPass } from './packedPass.ts';
import { viewPass, type ViewTiming } from './viewPass.ts';

export async function runEvaluateJob(job: EvaluateJob, context: JobContext): Promise<EvaluateResult> {
  const dataset = job.images.kind === 'split' ? await openDataset(job.images.datasetDir) : null;
  const data: DataClasses = dataset && classesOf(dataset);
  const [first] = job.networks;
  // Read before the engine is opened, so that what does not fit is said at once.
  let next: ResolvedNetwork | null = first ? await resolveNetwork(first, data) : null;
  const engine = await openEngine(job.device);
  const items: Item[] = [];
  const notes = new Set<string>();
  const notFinite: string[] = [];
  try {
    for (const [owner, network] of job.networks.entries()) {
      // One network's weights in memory at a time, beside those that the engine has.
      const resolved = next ?? (await resolveNetwork(network, data));
      next = null;
      await openItems(resolved, network, owner, { engine, precision: job.precision, data, items });
      notFinite.push(...notFiniteNotes(resolved.weights.notFinite));
      for (const note of [...resolved.weights.notes, ...resolved.columns.flatMap((one) => one.notes)]) notes.add(note);
    }
    const began = performance.now();
    const timing = dataset
      ? await measureSplit(job, dataset, items, context)
      : await measureFolder(job, items, context);
    const wallMs = performance.now() - began;
    const scores: EvaluateResult['scores'] = [];
    for (const { measurement } of items) scores.push(await measurement.finish(engine.device));
    for (const { measurement } of items) for (const note of measurement.notes()) notes.add(note);
    return {
      protocols: items.map(({ protocol }) => protocol),
      notes: [...notes],
      device: engine.device,
      scores,
      timing: { wallMs, ...timing, computedMs: items.map(({ measurement }) => measurement.computedMs) },
    };
  } catch (error) {
    for (const { measurement } of items) await measurement.discard();
    throw context.signal.aborted ? stopped(error) : withReason(error, notFinite);
  } finally {
    for (const network of new Set(items.map((item) => item.network))) network.dispose();
  }
}

const classesOf = ({ card: { classIds, classNames, name } }: OpenDataset): DataClasses => ({
  ids: classIds,
  names: classNames,
  name,
});

const ofViews = (items: readonly Item[]) => items.filter((item) => item.feed === 'views');
const ofBytes = (items: readonly Item[]) => items.filter((item) => item.feed === 'packed');

async function measureSplit(
  { images, batchSize }: EvaluateJob,
  dataset: OpenDataset,
  items: readonly Item[],
  context: JobContext,
): Promise<ViewTiming> {
  if (images.kind !== 'split') throw new Error('a data set has splits');
  for (const alike of Map.groupBy(ofBytes(items), bytesKey).values())
    await packedSplitPass(dataset, images, { items: alike, batchSize, context });
  let [viewsMs, waitedMs] = [0, 0];
  for (const views of Map.groupBy(ofViews(items), ({ valueRange }) => JSON.stringify(valueRange)).values()) {
    const source = await openSplitPictures(dataset, images.split, {
      limit: images.limit,
      valueRange: views[0]!.valueRange,
      signal: context.signal,
      onProgress: tellProgress(context),
    });
    try {
      const timing = await viewPass(source, views, batchSize, context);
      viewsMs += timing.viewsMs;
      waitedMs += timing.waitedMs;
    } finally {
      source.close();
    }
  }
  return { viewsMs, waitedMs };
}

/** A pass for each network: each labels the folder's images by its own classes. */
async function measureFolder(
  { images, batchSize }: EvaluateJob,
  items: readonly Item[],
  context: JobContext,
): Promise<ViewTiming> {
  if (images.kind !== 'folder') throw new Error('a folder has no data set');
  let [viewsMs, waitedMs] = [0, 0];
  for (const own of Map.groupBy(items, ({ owner }) => owner).values()) {
    const { classes } = own[0]!;
    for (const alike of Map.groupBy(ofBytes(own), bytesKey).values())
      await packedFolderPass(openFolderImages(images.path, classes), { items: alike, batchSize, context });
    const views = ofViews(own);
    if (views.length === 0) continue;
    const folder = openFolderImages(images.path, classes);
    for (const { measurement } of views) measurement.skip(folder.skipped);
    const timing = await viewPass(openFolderPictures(folder, views[0]!.valueRange), views, batchSize, context);
    if (views[0]!.measurement.count === 0) throw noImages(folder.root);
    viewsMs += timing.viewsMs;
    waitedMs += timing.waitedMs;
  }
  return { viewsMs, waitedMs };
}

/** Probabilities that are no numbers have their reason in the weights, where these hold such values. */
function withReason(error: unknown, notFinite: readonly string[]): unknown {
  if (!(error instanceof StudioError) || error.code !== 'prediction.invalid' || notFinite.length === 0) return error;
  return new StudioError(error.code, `${error.message} ${notFinite.join(' ')}`, {
    remedy: 'Evaluate other weights, or an earlier checkpoint.',
    cause: error,
  });
}

function stopped(cause: unknown): StudioError {
  return new StudioError('job.stopped', 'Stopped before all images were evaluated; nothing was kept.', { cause });
}

export const run = implementJob(evaluateJob, runEvaluateJob);
