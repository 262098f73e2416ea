/** Handlers of predictions. */
import type {
  PictureSource,
  PredictedImage,
  PredictionFilter,
  PredictionRow,
} from '../../../contract/api/predictions.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { Prediction } from '../../db/predictionRepository.ts';
import { predictionPictureUrls } from '../host/mediaPath.ts';
import type { StudioHost } from '../host/studioHost.ts';
import { PROTOCOL } from '../results/vote.ts';
import type { PredictionRequest } from '../results/predictions.ts';
import { api } from './implementer.ts';
import { requireRow } from './runs.ts';

export async function predictionRow(host: StudioHost, prediction: Prediction): Promise<PredictionRow> {
  const { path, source, ...rest } = prediction;
  const run = await host.studio.context.runRows.find(prediction.runId);
  const card = source.kind === 'split' ? await host.studio.context.datasets.find(source.datasetId) : null;
  return {
    ...rest,
    runName: run?.name ?? '',
    model: run?.spec.model.name ?? '',
    protocol: PROTOCOL,
    source: source.kind === 'split' ? { ...source, datasetName: card?.name ?? null } : source,
  };
}

export async function studioSource(host: StudioHost, source: PictureSource): Promise<PredictionRequest['source']> {
  if (source.kind === 'folder') return { kind: 'folder', path: await host.roots.resolve(source.folder) };
  return { kind: 'split', split: source.split, ...(source.dataset !== undefined && { dataset: source.dataset }) };
}

/** One job that lets runs predict the same pictures, one after another. */
export function startPredictions(
  host: StudioHost,
  runs: readonly { id: string; name: string; device: PredictionRequest['device'] }[],
  request: Omit<PredictionRequest, 'run'>,
): string {
  const lanes = runs.map((run) => host.queue.laneOf(request.device ?? run.device ?? 'auto'));
  return host.jobs.start({
    kind: 'predict',
    title: runs.length === 1 ? `Predict with ${runs[0]?.name}` : `Predict with ${runs.length} networks`,
    subjectId: runs[0]?.id ?? '',
    lane: 'compute',
    ready: (signal) => host.deviceFree(lanes.includes('gpu') ? 'gpu' : 'cpu', signal),
    async run(work) {
      const predictionIds: string[] = [];
      for (const [i, run] of runs.entries()) {
        await host.studio.engine.ensure(request.device ?? run.device ?? 'auto', { signal: work.signal });
        const prediction = await host.studio.predictions.create(
          { ...request, run: run.id },
          {
            ...work,
            onProgress: (progress) =>
              work.onProgress({
                ...progress,
                stage: runs.length > 1 ? `${progress.stage} ${run.name} (${i + 1} of ${runs.length})` : progress.stage,
              }),
          },
        );
        predictionIds.push(prediction.id);
        host.events.publish({ type: 'predictions', runId: run.id });
      }
      return { kind: 'predictions', predictionIds };
    },
  });
}

async function imagesOf(
  host: StudioHost,
  id: string,
  { filter, offset, limit }: { filter: PredictionFilter; offset: number; limit: number },
): Promise<{ images: PredictedImage[]; total: number }> {
  const prediction = await host.studio.predictions.show(id);
  const { images, total } = await host.reader.ask('predictionImages', {
    directory: prediction.path,
    filter,
    offset,
    limit,
  });
  return { total, images: images.map((image) => ({ ...image, ...predictionPictureUrls(prediction.id, image.index) })) };
}

export const predictionsRouter = {
  create: api.predictions.create.handler(async ({ input, context: { host } }) => {
    const runs = await Promise.all(input.runs.map((id) => requireRow(host, id)));
    const { runs: ids, source, batchSize, device, ...rest } = input;
    const resolvedSource = await studioSource(host, source);
    return {
      jobId: startPredictions(
        host,
        runs.map(({ id, name, spec }) => ({ id, name, device: spec.device })),
        {
          ...rest,
          source: resolvedSource,
          ...(batchSize !== undefined && { batchSize }),
          ...(device !== undefined && { device }),
        },
      ),
    };
  }),
  list: api.predictions.list.handler(async ({ input, context: { host } }) =>
    Promise.all(
      (await host.studio.context.predictions.list(input.run)).map((prediction) => predictionRow(host, prediction)),
    ),
  ),
  show: api.predictions.show.handler(async ({ input, context: { host } }) => {
    const prediction = await host.studio.predictions.show(input.prediction);
    return {
      ...(await predictionRow(host, prediction)),
      ...(await host.reader.ask('predictionFigures', { directory: prediction.path })),
    };
  }),
  images: api.predictions.images.handler(({ input, context: { host } }) => imagesOf(host, input.prediction, input)),
  mistakes: api.predictions.mistakes.handler(({ input, context: { host } }) =>
    imagesOf(host, input.prediction, { ...input, filter: { outcome: 'wrong', order: 'worstLoss' } }),
  ),
  confusion: api.predictions.confusion.handler(async ({ input, context: { host } }) => {
    const { path } = await host.studio.predictions.show(input.prediction);
    return host.reader.ask('confusion', { directories: [path], rule: { kind: 'mean' }, pairs: input.pairs });
  }),
  classes: api.predictions.classes.handler(async ({ input, context: { host } }) =>
    host.reader.ask('classes', { directory: (await host.studio.predictions.show(input.prediction)).path }),
  ),
  remove: api.predictions.remove.handler(async ({ input, context: { host } }) => {
    const { id, runId } = await host.studio.predictions.show(input.prediction);
    const using = host.jobs.list().some((job) => job.kind === 'predict' && job.endedAt === null);
    if (using)
      throw new StudioError('input.invalid', 'Predictions are being made.', {
        remedy: 'Wait until they are ready, or cancel them.',
      });
    await host.studio.predictions.remove(id);
    host.events.publish({ type: 'predictions', runId });
    return { id };
  }),
};
