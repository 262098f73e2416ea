/** The predict job: a checkpoint's probabilities for every picture of a split or a folder, into a file. */
import { join } from 'node:path';
import { packedChannelsOf } from '../../../../contract/preprocessing.ts';
import { StudioError } from '../../../../contract/errors.ts';
import { rankOfLabel } from '../../../../pure/rank.ts';
import { openFolderImages } from '../../../data/import/folderImages.ts';
import { openDataset } from '../../../data/set/openDataset.ts';
import { ensurePacked } from '../../../data/packed/packedCache.ts';
import { packKeyOf } from '../../../data/packed/packKey.ts';
import type { Engine, Session } from '../../../engine/engine.ts';
import { networkProgram } from '../../../engine/program.ts';
import { columnsFor, columnsInOrder, inColumns, labelIn, type ClassColumns } from '../../../evaluate/classColumns.ts';
import { accuracyOf, checkLabel, TOP } from '../../../evaluate/metrics.ts';
import { openProbabilityWriter } from '../../../evaluate/probabilityFile.ts';
import { networkShapeOf } from '../../../models/family.ts';
import { getModel } from '../../../models/registry.ts';
import { loadCheckpoint, readTensors } from '../../../train/checkpoint.ts';
import { softmaxRows } from '../../../train/scores.ts';
import { implementJob, progressSender, tellProgress, type JobContext } from '../../jobContext.ts';
import { openEngine } from '../../openEngine.ts';
import { type PredictJob, predictJob, type PredictResult } from './messages.ts';

interface Picture {
  readonly path: string;
  readonly label: number;
}

export async function runPredictJob(job: PredictJob, context: JobContext): Promise<PredictResult> {
  const { spec } = job;
  const classes = spec.classNames.length;
  const engine = await openEngine(job.device);
  const predict = await predictor(job, engine);
  const columns = await columnsOf(job);
  const writer = await openProbabilityWriter(job.outputDir, { classes: columns.outputOf.length, overwrite: true });
  const done: Picture[] = [];
  const right = { top1: 0, top5: 0, labelled: 0 };
  let computedMs = 0;
  try {
    const skipped: { path: string; reason: string }[] = [];
    const flush = async (found: readonly Picture[], bytes: Uint8Array) => {
      const pictures = found.map((picture) => ({ ...picture, label: labelIn(columns, picture.label) }));
      if (context.signal.aborted)
        throw new StudioError('job.stopped', 'Stopped before all images were predicted; nothing was kept.');
      const from = performance.now();
      const own = softmaxRows(predict.logits(pictures.length, bytes), classes);
      const probabilities = inColumns(own, classes, columns);
      computedMs += performance.now() - from;
      for (const [i, { label }] of pictures.entries()) {
        if (label < 0) continue;
        checkLabel(label, columns.outputOf.length, done.length + i);
        const rank = rankOfLabel(probabilities, columns.outputOf.length, i, label);
        right.labelled++;
        if (rank < 1) right.top1++;
        if (rank < TOP) right.top5++;
      }
      await writer.append(probabilities);
      done.push(...pictures);
      await new Promise(setImmediate);
    };
    if (job.source.kind === 'split') await splitBatches(job, context, flush);
    else await folderBatches(job, context, flush, skipped);
    const { count, device, imagesPerSec } = await writer.finish({
      classNames: [...columns.classes.names],
      classIds: [...columns.classes.ids],
      paths: done.map((p) => p.path),
      labels: done.map((p) => p.label),
      skipped,
      device: engine.device,
      imagesPerSec: computedMs > 0 ? (1000 * done.length) / computedMs : 0,
    });
    // the host's thread has screens to serve: it is told the figures and never reads the probabilities
    return {
      count,
      classes: columns.outputOf.length,
      top1: accuracyOf(right.top1, right.labelled).accuracy,
      top5: columns.outputOf.length > TOP ? accuracyOf(right.top5, right.labelled).accuracy : null,
      device,
      imagesPerSec,
    };
  } catch (error) {
    await writer.discard();
    throw error;
  } finally {
    predict.session.dispose();
  }
}

/** A split's classes decide the columns; pictures of a folder have the network's. */
async function columnsOf({ spec, source }: PredictJob): Promise<ClassColumns> {
  const network = { ids: spec.classIds, names: spec.classNames };
  if (source.kind === 'folder') return columnsInOrder(network, null);
  const { classIds, classNames, name } = (await openDataset(source.datasetDir)).card;
  return columnsFor(
    network,
    { ids: classIds, names: classNames },
    { network: `Run "${spec.name}"`, data: `data set "${name}"` },
  );
}

type Flush = (pictures: readonly Picture[], bytes: Uint8Array) => Promise<void>;

async function predictor(
  { spec, checkpointDir }: PredictJob,
  engine: Engine,
): Promise<{ session: Session; logits: (count: number, bytes: Uint8Array) => Float32Array }> {
  const { size } = spec.preprocessing;
  const program = networkProgram({
    model: getModel(spec.model.name),
    shape: networkShapeOf(spec),
    preprocessing: spec.preprocessing,
    precision: spec.precision,
    device: engine.device.kind,
  });
  await loadCheckpoint(checkpointDir);
  const session = engine.load(program);
  session.write(readTensors(checkpointDir, 'weights.safetensors'));
  return {
    session,
    logits: (count, bytes) =>
      session.run('infer', {
        images: { shape: [count, size, size, packedChannelsOf(spec.preprocessing)], data: bytes },
      })['logits']?.data as Float32Array,
  };
}

async function splitBatches(job: PredictJob, context: JobContext, flush: Flush): Promise<void> {
  if (job.source.kind !== 'split') return;
  const { datasetDir, split: name } = job.source;
  const dataset = await openDataset(datasetDir);
  const cache = await ensurePacked(dataset, packKeyOf(job.spec.preprocessing), {
    signal: context.signal,
    onProgress: tellProgress(context),
  });
  try {
    const split = cache.split(name);
    if (!split)
      throw new StudioError('dataset.missingSplit', `The data set "${dataset.card.name}" has no ${name} split.`);
    const tell = progressSender(context, 'predict', split.length);
    const bytes = new Uint8Array(job.batchSize * split.bytesPerImage);
    for (let from = 0; from < split.length; from += job.batchSize) {
      const indices = Array.from({ length: Math.min(job.batchSize, split.length - from) }, (_, i) => from + i);
      split.read(indices, bytes);
      await flush(
        indices.map((i) => ({ path: split.pathOf(i), label: split.labels[i] ?? -1 })),
        bytes.subarray(0, indices.length * split.bytesPerImage),
      );
      tell(from + indices.length);
    }
  } finally {
    cache.close();
  }
}

async function folderBatches(
  job: PredictJob,
  context: JobContext,
  flush: Flush,
  skipped: { path: string; reason: string }[],
): Promise<void> {
  if (job.source.kind !== 'folder') return;
  const { spec } = job;
  const key = packKeyOf(spec.preprocessing);
  const perImage = key.size * key.size * packedChannelsOf(spec.preprocessing);
  const folder = openFolderImages(job.source.path, { ids: spec.classIds, names: spec.classNames });
  const tell = progressSender(context, 'predict', folder.paths.length);
  let pictures: Picture[] = [];
  let seen = 0;
  let bytes = new Uint8Array(job.batchSize * perImage);
  for await (const picture of folder.decode(key)) {
    bytes.set(picture.pixels, pictures.length * perImage);
    pictures.push({ path: picture.path, label: picture.label });
    if (pictures.length === job.batchSize) {
      await flush(pictures, bytes);
      [pictures, bytes] = [[], new Uint8Array(job.batchSize * perImage)];
    }
    tell(++seen);
  }
  if (pictures.length > 0) await flush(pictures, bytes.subarray(0, pictures.length * perImage));
  skipped.push(...folder.skipped);
  if (seen === 0)
    throw new StudioError('dataset.empty', `${join(job.source.path)} holds no readable image.`, {
      remedy: 'Give a folder with JPEG, PNG, WebP, GIF, BMP or TIFF files.',
    });
}

export const run = implementJob(predictJob, runPredictJob);
