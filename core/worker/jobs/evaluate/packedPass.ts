/** One pass over images as a packed cache has them: the bytes that the run was trained with. */
import { StudioError } from '../../../../contract/errors.ts';
import type { Split } from '../../../../contract/dataset.ts';
import { packedChannelsOf } from '../../../../contract/inputSpec.ts';
import type { FolderImages } from '../../../data/import/folderImages.ts';
import { ensurePacked } from '../../../data/packed/packedCache.ts';
import { packKeyOf } from '../../../data/packed/packKey.ts';
import type { OpenDataset } from '../../../data/types.ts';
import { evenly } from '../../../evaluate/protocols/splitPictures.ts';
import { softmaxRows } from '../../../train/scores.ts';
import { type JobContext, progressSender, tellProgress } from '../../jobContext.ts';
import type { PackedItem } from './items.ts';
import type { LabelledImage } from './measurement.ts';

/** Items with one key are fed with the same bytes. */
export const bytesKey = ({ preprocessing }: PackedItem): string => JSON.stringify(packKeyOf(preprocessing));

interface Batch {
  readonly images: readonly LabelledImage[];
  readonly bytes: Uint8Array;
}

interface Options {
  /** Fed with the same bytes. */
  readonly items: readonly PackedItem[];
  readonly batchSize: number;
  readonly context: JobContext;
}

/** @throws {StudioError} `dataset.missingSplit`, and as `ensurePacked` */
export async function packedSplitPass(
  dataset: OpenDataset,
  { split: name, limit }: { readonly split: Split; readonly limit: number | null },
  { items, batchSize, context }: Options,
): Promise<void> {
  const cache = await ensurePacked(dataset, packKeyOf(items[0]!.preprocessing), {
    signal: context.signal,
    onProgress: tellProgress(context),
  });
  try {
    const split = cache.split(name);
    if (!split)
      throw new StudioError('dataset.missingSplit', `The data set "${dataset.card.name}" has no ${name} split.`);
    const places = evenly(split.length, limit);
    const tell = progressSender(context, 'evaluate', places.length);
    const bytes = new Uint8Array(batchSize * split.bytesPerImage);
    for (let from = 0; from < places.length; from += batchSize) {
      const indices = places.slice(from, from + batchSize);
      split.read(indices, bytes);
      const images = indices.map((i) => ({ path: split.pathOf(i), label: split.labels[i] ?? -1 }));
      await feed(items, { images, bytes: bytes.subarray(0, indices.length * split.bytesPerImage) }, context);
      tell(from + indices.length);
    }
  } finally {
    cache.close();
  }
}

/** @throws {StudioError} `dataset.empty`: no image can be read */
export async function packedFolderPass(folder: FolderImages, { items, batchSize, context }: Options): Promise<void> {
  const { preprocessing } = items[0]!;
  const key = packKeyOf(preprocessing);
  const perImage = key.size * key.size * packedChannelsOf(preprocessing);
  const tell = progressSender(context, 'evaluate', folder.paths.length);
  const bytes = new Uint8Array(batchSize * perImage);
  let images: LabelledImage[] = [];
  let seen = 0;
  const flush = async (): Promise<void> => {
    if (images.length > 0) await feed(items, { images, bytes: bytes.subarray(0, images.length * perImage) }, context);
    images = [];
  };
  for await (const { pixels, path, label } of folder.decode(key, { signal: context.signal })) {
    bytes.set(pixels, images.length * perImage);
    images.push({ path, label });
    if (images.length === batchSize) await flush();
    tell(++seen);
  }
  await flush();
  for (const { measurement } of items) measurement.skip(folder.skipped);
  if (seen === 0) throw noImages(folder.root);
}

export function noImages(folder: string): StudioError {
  return new StudioError('dataset.empty', `${folder} holds no readable image.`, {
    remedy: 'Give a folder with JPEG, PNG, WebP, GIF, BMP or TIFF files.',
  });
}

async function feed(items: readonly PackedItem[], { images, bytes }: Batch, { signal }: JobContext): Promise<void> {
  for (const { network, outputs, measurement } of items) {
    signal.throwIfAborted();
    const from = performance.now();
    const scores = softmaxRows(network.logits(images.length, bytes), outputs);
    await measurement.add(scores, images, performance.now() - from);
    await new Promise(setImmediate);
  }
}
