/**
 * The pictures of a batch from their files: decoded, cropped, mirrored and changed as the loader's keys say, several in
 * flight.
 */
import { cropAndFlip } from '../augment/cropAndFlip.ts';
import type { AugmentTask, FileDecoding } from './augmentMessages.ts';
import type { BatchPlaces } from './batchOrder.ts';
import type { BatchAugmenter } from '../augment/batchAugmenter.ts';
import { contentKeyOf } from '../pictures/contentKey.ts';
import { decodePicture, toGray } from '../pictures/decodePicture.ts';
import { isUnreachable, systemCode } from '../../files/fileErrors.ts';
import { channelsOfKey } from '../packed/packKey.ts';
import { readPictureFile } from '../pictures/readPictureFile.ts';
import type { ImportedFile } from '../types.ts';
import { UnreadablePicture } from '../pictures/unreadablePicture.ts';

/** Pictures in flight: the picture library decodes on threads of its own, whose number `UV_THREADPOOL_SIZE` sets. */
const IN_FLIGHT = 4;

/** A picture that is not what it was at import. */
export class ChangedPicture extends Error {
  readonly path: string;
  /** Its disk or server does not answer: it may well be what it was. */
  readonly unreachable: boolean;

  constructor(path: string, { message, cause }: UnreadablePicture) {
    super(message);
    this.path = path;
    this.unreachable = isUnreachable(path, systemCode(cause));
  }
}

/**
 * Fills `raw` with the pictures as a packed cache would hold them; with `decoding.crops` it fills `images` with the
 * finished pictures instead.
 * @throws {ChangedPicture}
 */
export async function decodeBatch(
  { files = [], epoch }: AugmentTask,
  { indices, copies }: Omit<BatchPlaces, 'labels'>,
  { key, crops }: FileDecoding,
  augmenter: BatchAugmenter,
  raw: Uint8Array,
  images: Uint8Array,
): Promise<void> {
  const channels = channelsOfKey(key);
  const bytes = key.size ** 2 * channels;
  const gray = (rgb: Uint8Array): Uint8Array => {
    if (channels === 3) return rgb;
    const out = new Uint8Array(bytes);
    toGray(rgb, out);
    return out;
  };
  const decodeOne = async (i: number, file: ImportedFile): Promise<void> => {
    const encoded = readUnchanged(file);
    const picture = { epoch, index: indices[i]!, copy: copies[i]! };
    if (!crops) {
      raw.set(gray((await decodePicture(encoded, { kind: 'square', ...key })).pixels), i * bytes);
      return;
    }
    const { box, flip } = augmenter.cropOf(file.width, file.height, picture);
    const { pixels } = await decodePicture(encoded, {
      kind: 'crop',
      box,
      size: key.size,
      interpolation: key.interpolation,
      valueRange: key.valueRange,
    });
    cropAndFlip(gray(pixels), 0, images, i * bytes, key.size, channels, 0, { dx: 0, dy: 0, flip });
    augmenter.change(images.subarray(i * bytes, (i + 1) * bytes), picture);
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < files.length) {
      const i = next;
      const file = files[i]!;
      next += 1;
      try {
        await decodeOne(i, file);
      } catch (error) {
        next = files.length;
        throw error instanceof UnreadablePicture ? new ChangedPicture(file.path, error) : error;
      }
    }
  };
  const failed = (await Promise.allSettled(Array.from({ length: IN_FLIGHT }, lane))).find(
    (result) => result.status === 'rejected',
  );
  if (failed !== undefined) throw failed.reason;
}

/** A file that was only touched, or copied back, has other times and the same bytes. */
function readUnchanged({ path, sizeBytes, modifiedMs, contentKey }: ImportedFile): Buffer {
  const facts = { sizeBytes: -1, modifiedMs: -1 };
  const bytes = readPictureFile(path, facts);
  const touched = facts.sizeBytes === sizeBytes && facts.modifiedMs !== modifiedMs;
  if (facts.sizeBytes !== sizeBytes || (touched && contentKeyOf(bytes) !== contentKey))
    throw new UnreadablePicture('it was changed after the import');
  return bytes;
}
