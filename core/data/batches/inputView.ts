/**
 * One training picture as a network is handed it in some epoch: the very bytes, by the loader's own code and random
 * numbers.
 */
import type { DatasetCard } from '../../../contract/dataset.ts';
import type { Preprocessing } from '../../../contract/inputSpec.ts';
import type { Augmentation } from '../../../contract/recipe.ts';
import { BatchAugmenter } from '../augment/batchAugmenter.ts';
import { cropsFromFiles } from './dataSource.ts';
import { decodeBatch } from './decodeBatch.ts';
import { toGray } from '../pictures/decodePicture.ts';
import { Loader } from './loader.ts';
import { channelsOfKey, packKeyOf } from '../packed/packKey.ts';
import { meanBytes } from '../augment/meanBytes.ts';
import { decodeStored, encodePixels, type StoredPicture } from '../set/thumbnail.ts';
import type { ImportedFile, PackedSplit } from '../types.ts';

/** A picture of the split that training draws from. */
export interface TrainedPicture {
  /** Its index there, which keys what is drawn for it: pictures that were left out are not counted. */
  readonly index: number;
  readonly path: string;
  readonly label: number;
  /** Null for a record. */
  readonly file: ImportedFile | null;
}

export interface InputView {
  readonly preprocessing: Preprocessing;
  readonly augmentation: Augmentation;
  readonly seed: number;
  readonly epoch: number;
}

/**
 * `size × size × channels` bytes, before batches are mixed: who is mixed with whom depends on the whole batch.
 * @throws ChangedPicture, UnreadablePicture, and what reading the file throws
 */
export async function decodeInput(
  stored: StoredPicture,
  { index, file, path }: TrainedPicture,
  card: Pick<DatasetCard, 'sizes'>,
  { preprocessing, augmentation: { mixup: _, cutmix: __, ...augmentation }, seed, epoch }: InputView,
): Promise<Uint8Array> {
  const key = packKeyOf(preprocessing);
  const channels = channelsOfKey(key);
  const bytes = key.size ** 2 * channels;
  const fill = meanBytes(preprocessing);
  const options = { size: key.size, channels, augmentation, seed, fill };
  if (file !== null && cropsFromFiles(card, stored.kind, key, augmentation)) {
    const images = new Uint8Array(bytes);
    await decodeBatch(
      { slot: 0, epoch, stepInEpoch: 0, count: 1, files: [file] },
      { indices: Int32Array.of(index), copies: Int32Array.of(0) },
      { key, crops: true },
      new BatchAugmenter(options),
      new Uint8Array(0),
      images,
    );
    return images;
  }
  const { pixels } = await decodeStored(stored, {
    kind: 'square',
    size: key.size,
    fit: key.fit,
    interpolation: key.interpolation,
    ...(key.valueRange && { valueRange: key.valueRange }),
  });
  const packed = channels === 3 ? pixels : new Uint8Array(bytes);
  if (channels === 1) toGray(pixels, packed);
  const split: PackedSplit = {
    length: index + 1,
    bytesPerImage: bytes,
    labels: new Int32Array(index + 1),
    read: (_indices, out) => out.set(packed),
    pathOf: () => path,
  };
  return new Loader(split, { ...options, batchSize: 1, shuffle: false }).batch(epoch, index).images;
}

/** The same as lossless WebP. */
export async function encodeInputView(...input: Parameters<typeof decodeInput>): Promise<Buffer> {
  const pixels = await decodeInput(...input);
  const { size } = input[3].preprocessing;
  return encodePixels(pixels, size, size, pixels.length === size ** 2 ? 1 : 3, true);
}
