/**
 * Small encoded pictures for screens: decoded by the one decoder, encoded anew, so that nothing of the user's file
 * reaches a page but its pixels.
 */
import { readFile } from 'node:fs/promises';
import { type DecodeTarget, type DecodedPicture, decodePicture, decodePixels } from '../pictures/decodePicture.ts';
import type { ValueRange } from '../../../contract/valueRange.ts';
import { openTree } from '../archive/storedTree.ts';
import { readPictureHeader } from '../pictures/pictureHeader.ts';
import { pictureLibrary } from '../pictures/pictureLibrary.ts';
import { openDataset } from './openDataset.ts';
import { readOverlay } from './overlay.ts';
import { RecordFiles } from '../sources/records.ts';
import { UnreadablePicture } from '../pictures/unreadablePicture.ts';

export interface StoredPicture {
  readonly root: string;
  /** Relative to the root; a record is `file.bin#17`. */
  readonly path: string;
  readonly kind: 'files' | 'records';
  /** Quorum's folder of the data set; needed where the data set came in an archive. */
  readonly directory?: string;
}

/** Above this side a picture is a photograph whose losses nobody sees; below it every pixel counts. */
const LOSSLESS_SIDE = 64;

/**
 * WebP with sides of `maxSide` at most.
 * @throws UnreadablePicture, and what reading the file throws
 */
export async function encodeThumbnail(picture: StoredPicture, maxSide: number): Promise<Buffer> {
  const { pixels, width, height } = await decodeStored(picture, { kind: 'native', maxSide });
  return encodePixels(pixels, width, height, 3, Math.max(width, height) <= LOSSLESS_SIDE);
}

/**
 * Its centre as `side × side × 3` bytes.
 * @throws as `encodeThumbnail`
 */
export async function decodeTile(picture: StoredPicture, side: number): Promise<Uint8Array> {
  return (await decodeStored(picture, { kind: 'square', size: side, fit: 'cover', interpolation: 'lanczos3' })).pixels;
}

/**
 * The same as PNG, which every reader of an SVG knows.
 * @throws as `encodeThumbnail`
 */
export async function encodeTile(picture: StoredPicture, side: number): Promise<Buffer> {
  const pixels = await decodeTile(picture, side);
  const sharp = await pictureLibrary();
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}

/**
 * The picture's pixels.
 * @throws as `encodeThumbnail`
 */
export async function decodeStored(
  { root, path, kind, directory }: StoredPicture,
  target: DecodeTarget,
): Promise<DecodedPicture> {
  const tree = openTree(root, directory);
  const refused =
    directory === undefined
      ? undefined
      : readOverlay(directory).changes.find((change) => change.refused !== undefined && change.path === path)?.refused;
  if (refused !== undefined) throw new UnreadablePicture(refused);
  if (kind === 'files') {
    const bytes = await readFile(tree.file(path));
    const valueRange = readPictureHeader(bytes)?.wide === true ? await rangeOf(directory) : undefined;
    return decodePicture(bytes, { valueRange, ...target });
  }
  const records = new RecordFiles(tree);
  try {
    return await decodePixels(records.read(path), target);
  } finally {
    records.close();
  }
}

/** How samples wider than a byte are read in the data set of that folder. */
async function rangeOf(directory: string | undefined): Promise<ValueRange | undefined> {
  return directory === undefined ? undefined : (await openDataset(directory)).card.valueRange;
}

/** As WebP. */
export async function encodePixels(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: 1 | 3,
  lossless: boolean,
): Promise<Buffer> {
  const sharp = await pictureLibrary();
  return sharp(pixels, { raw: { width, height, channels } })
    .webp(lossless ? { lossless: true, effort: 1 } : { quality: 80, effort: 2 })
    .toBuffer();
}
