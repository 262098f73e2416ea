/** The loaders that a spec trains and validates with. */
import type { Split } from '../../contract/dataset.ts';
import { StudioError } from '../../contract/errors.ts';
import { channelsOf } from '../../contract/preprocessing.ts';
import type { RunSpec } from '../../contract/runSpec.ts';
import { Loader } from '../data/loader.ts';
import { openDataset } from '../data/openDataset.ts';
import { ensurePacked } from '../data/packedCache.ts';
import { packKeyOf } from '../data/packKey.ts';
import { meanBytes } from '../data/previewAugmentation.ts';
import type { JobContext } from './jobContext.ts';

const NO_AUGMENTATION = { flip: false, cropPadding: 0 } as const;

export interface TrainingData { readonly train: Loader; /** Null where the data set has no validation split. */ readonly val: Loader | null; close(): void }

/** @throws StudioError `dataset.missingSplit`, and what opening and packing throw */
export async function openTrainingData(spec: RunSpec, datasetDir: string, context: JobContext): Promise<TrainingData> {
  const { size } = spec.preprocessing, channels = channelsOf(spec.preprocessing), dataset = await openDataset(datasetDir);
  const cache = await ensurePacked(dataset, packKeyOf(spec.preprocessing), { signal: context.signal, onProgress: (p) => { context.send({ type: 'progress', ...p }); } });
  const loader = (name: Split, training: boolean, limit: number | undefined): Loader | null => {
    const split = cache.split(name);
    if (!split || split.length === 0) return null;
    return new Loader(split, {
      size, channels, batchSize: spec.batchSize, augmentation: training ? spec.augmentation : NO_AUGMENTATION, seed: spec.seed, shuffle: training,
      balanced: training && spec.balancedSampling, fill: meanBytes(spec.preprocessing), ...(limit !== undefined && { limit }),
    });
  };
  try {
    const train = loader('train', true, spec.limit.train);
    if (!train) throw new StudioError('dataset.missingSplit', `The data set "${dataset.card.name}" has no training pictures.`, { remedy: 'Import it again with a training folder.' });
    return { train, val: loader('val', false, spec.limit.val), close: () => { cache.close(); } };
  } catch (error) {
    cache.close();
    throw error;
  }
}
