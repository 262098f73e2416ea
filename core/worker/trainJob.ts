/** The train job: data set, loaders, engine, and the loop's events to the host. */
import { join } from 'node:path';
import { StudioError } from '../../contract/errors.ts';
import type { Split } from '../../contract/dataset.ts';
import { channelsOf } from '../../contract/preprocessing.ts';
import { Loader } from '../data/loader.ts';
import { openDataset } from '../data/openDataset.ts';
import { meanBytes } from '../data/previewAugmentation.ts';
import { ensurePacked } from '../data/packedCache.ts';
import { packKeyOf } from '../data/packKey.ts';
import { train } from '../train/train.ts';
import type { JobContext } from './jobContext.ts';
import { openEngine } from './openEngine.ts';
import type { TrainJob } from './protocol.ts';

const NO_AUGMENTATION = { flip: false, cropPadding: 0 } as const;

export async function runTrainJob(job: TrainJob, context: JobContext): Promise<null> {
  const { spec } = job, { size } = spec.preprocessing, channels = channelsOf(spec.preprocessing);
  const engine = await openEngine(spec.device);
  if (engine.device.notice) context.send({ type: 'log', level: 'warn', text: engine.device.notice });
  const dataset = await openDataset(job.datasetDir);
  const cache = await ensurePacked(dataset, packKeyOf(spec.preprocessing), { signal: context.signal, onProgress: (p) => { context.send({ type: 'progress', ...p }); } });
  try {
    const loader = (name: Split, training: boolean, limit: number | undefined): Loader | null => {
      const split = cache.split(name);
      if (!split || split.length === 0) return null;
      return new Loader(split, { size, channels, batchSize: spec.batchSize, augmentation: training ? spec.augmentation : NO_AUGMENTATION, seed: spec.seed, shuffle: training, balanced: training && spec.balancedSampling, fill: meanBytes(spec.preprocessing), ...(limit !== undefined && { limit }) });
    };
    const trainLoader = loader('train', true, spec.limit.train);
    if (!trainLoader) throw new StudioError('dataset.missingSplit', `The data set "${dataset.card.name}" has no training pictures.`, { remedy: 'Import it again with a training folder.' });
    const events = train(spec, {
      engine, runId: job.runId, checkpointsDir: join(job.runDir, 'checkpoints'), train: trainLoader, val: loader('val', false, spec.limit.val), resumeFrom: job.resumeFrom, signal: context.signal, startedAt: context.startedAt,
    });
    for await (const event of events) context.send({ type: 'event', event });
  } finally {
    cache.close();
  }
  return null;
}
