/** The loaders that a spec trains and validates with. */
import { availableParallelism } from 'node:os';
import type { DatasetCard, Split } from '../../contract/dataset.ts';
import { StudioError } from '../../contract/errors.ts';
import { packedChannelsOf } from '../../contract/inputSpec.ts';
import type { DeviceReport } from '../../contract/run.ts';
import type { RunSpec } from '../../contract/runSpec.ts';
import { BatchAugmenter } from '../data/augment/batchAugmenter.ts';
import { chooseDataSource } from '../data/batches/dataSource.ts';
import { readIndex } from '../data/set/datasetIndex.ts';
import { openFileSplit } from '../data/batches/fileSplits.ts';
import { Loader, type BatchSource, type LoaderOptions } from '../data/batches/loader.ts';
import { openDataset } from '../data/set/openDataset.ts';
import { readOverlay, refusedPlaces, withRefusedInPlace } from '../data/set/overlay.ts';
import { ensurePacked } from '../data/packed/packedCache.ts';
import { packKeyOf } from '../data/packed/packKey.ts';
import { PrefetchingLoader } from '../data/batches/prefetchingLoader.ts';
import { meanBytes } from '../data/augment/meanBytes.ts';
import { describeMatch, matchClasses } from '../../pure/classes/classMatch.ts';
import { type JobContext, tellProgress } from './jobContext.ts';

const NO_AUGMENTATION = { flip: false, cropPadding: 0 } as const;

export interface TrainingData {
  readonly train: BatchSource;
  /** Null where the data set has no validation split. */
  readonly val: BatchSource | null;
  /** Whether `val` is all of the split that can be read. */
  readonly wholeVal: boolean;
  close(): Promise<void>;
}

/** Batches made ahead where augmentation is heavy, and where pictures are decoded. */
const AHEAD = 4;
const MOST_THREADS = 8;

/**
 * A run numbers its classes as its data set did when it was made; labels of another order would teach it something
 * else.
 * @throws {StudioError} dataset.changed: the data set has other classes by now, or the same in another order
 */
export function requireSameClasses(
  { classIds, classNames }: Pick<RunSpec, 'classIds' | 'classNames'>,
  card: Pick<DatasetCard, 'name' | 'classIds' | 'classNames'>,
): void {
  const own = { ids: classIds, names: classNames };
  const theirs = { ids: card.classIds, names: card.classNames };
  const match = matchClasses(own, theirs);
  if (match.sameOrder) return;
  const words = describeMatch(match, own, theirs, { network: 'The run', data: `Data set "${card.name}"` });
  throw new StudioError('dataset.changed', `The classes changed since this run was made. ${words.join(' ')}`, {
    remedy: 'Start a new run from its weights: quorum train --init.',
  });
}

/**
 * A GPU waits for nobody: all cores but one decode and augment for it. On a CPU, where they compute, one thread uses
 * the moments in which they do not. Where pictures are read from their files, a message says why.
 * @throws {StudioError} `dataset.missingSplit`, and what opening and packing throw
 */
export async function openTrainingData(
  spec: RunSpec,
  datasetDir: string,
  context: JobContext,
  device: DeviceReport['kind'],
): Promise<TrainingData> {
  const { size } = spec.preprocessing;
  const channels = packedChannelsOf(spec.preprocessing);
  const dataset = await openDataset(datasetDir);
  requireSameClasses(spec, dataset.card);
  const key = packKeyOf(spec.preprocessing);
  const index = readIndex(dataset.directory);
  const source = chooseDataSource(dataset, index, key, spec.augmentation);
  // Of messages of a lower level a terminal shows nothing.
  if (source.kind === 'files') context.send({ type: 'log', level: 'warn', text: `Data: ${source.reason}.` });
  const cache =
    source.kind === 'files'
      ? null
      : await ensurePacked(dataset, key, {
          signal: context.signal,
          overlay: 'inPlace',
          onProgress: tellProgress(context),
        });
  const overlay = readOverlay(dataset.directory);
  const inPlace = withRefusedInPlace(overlay);
  const threads = device === 'gpu' ? Math.max(1, Math.min(MOST_THREADS, availableParallelism() - 1)) : 1;
  const prefetching: PrefetchingLoader[] = [];
  const loader = (name: Split, training: boolean, limit: number | undefined): BatchSource | null => {
    const split = cache ? cache.split(name) : openFileSplit(dataset, index, name, inPlace);
    if (!split || split.length === 0) return null;
    const options: LoaderOptions = {
      size,
      channels,
      batchSize: spec.batchSize,
      augmentation: training ? spec.augmentation : NO_AUGMENTATION,
      seed: spec.seed,
      shuffle: training,
      balanced: training && spec.balancedSampling,
      repeats: training ? spec.repeatedAugment : 1,
      fill: meanBytes(spec.preprocessing),
      leftOut: refusedPlaces(split, name, overlay),
      ...(limit !== undefined && { limit }),
    };
    if ('read' in split && !BatchAugmenter.isHeavy(options.augmentation, device)) return new Loader(split, options);
    const decoding = source.kind === 'files' ? { key, crops: source.crops && training } : null;
    const made = new PrefetchingLoader(split, options, { threads, depth: Math.max(AHEAD, threads) }, decoding);
    prefetching.push(made);
    return made;
  };
  try {
    const train = loader('train', true, spec.limit.train);
    if (!train)
      throw new StudioError('dataset.missingSplit', `The data set "${dataset.card.name}" has no training images.`, {
        remedy: 'Import it again with a training folder.',
      });
    return {
      train,
      val: loader('val', false, spec.limit.val),
      wholeVal:
        spec.limit.val === undefined && !overlay.changes.some(({ split, refused }) => split === 'val' && refused),
      close: async () => {
        await Promise.all(prefetching.map((p) => p.close()));
        cache?.close();
      },
    };
  } catch (error) {
    await Promise.all(prefetching.map((p) => p.close()));
    cache?.close();
    throw error;
  }
}
