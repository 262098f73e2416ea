/** What the pool of view threads and its threads say to each other, and the work of one request. */
import { readFile, stat } from 'node:fs/promises';
import { type ErrorReport, StudioError } from '../../../contract/errors.ts';
import type { ValueRange } from '../../../contract/valueRange.ts';
import type { ResolvedProtocol } from '../../../contract/protocol.ts';
import { decodePicture, MAX_FILE_BYTES } from '../../data/pictures/decodePicture.ts';
import { repeatChannel } from '../../data/packed/nativePack.ts';
import { UnreadablePicture } from '../../data/pictures/unreadablePicture.ts';
import type { Picture } from './picture.ts';
import { type Views, type ViewSize, viewsOf } from './views.ts';

export type ViewProtocol = Pick<ResolvedProtocol, 'resize' | 'crop' | 'crops' | 'mirror' | 'input'>;

export type PictureBatch =
  /** `names` are the pictures' own, for messages: files of archives lie under numbers. */
  | {
      readonly kind: 'files';
      readonly files: readonly string[];
      readonly names: readonly string[];
      /** How samples wider than a byte are read; not at all without it. */
      readonly valueRange?: ValueRange | undefined;
    }
  /** Decoded pictures of one size, one after another. */
  | {
      readonly kind: 'pixels';
      readonly pixels: Uint8Array;
      readonly width: number;
      readonly height: number;
      readonly channels: number;
    };

export interface ViewRequest {
  readonly id: number;
  readonly batch: PictureBatch;
  readonly protocols: readonly ViewProtocol[];
}

export interface ViewReply {
  readonly id: number;
  /** Positions in the batch of the pictures that could not be read. */
  readonly failures: readonly { readonly position: number; readonly reason: string }[];
  /** For each protocol the views of the readable pictures, one after another. */
  readonly views: readonly Float32Array[];
  /** Their sizes; empty where all are squares of the protocol's crop. */
  readonly sizes: readonly (readonly ViewSize[])[];
  /** For each protocol how many views of each readable picture differ. */
  readonly different: readonly (readonly number[])[];
  /** What it took here, milliseconds. */
  readonly workMs: number;
  /** What stopped the whole request. */
  readonly error: ErrorReport | null;
}

/** Pictures are evaluated at their own size; this only bounds what a damaged header can ask for. */
const MAX_SIDE = 32_768;
/** One picture is decoded by the picture library's threads while another one is cropped here. */
const LANES = 2;

export async function makeViews({ id, batch, protocols }: ViewRequest): Promise<ViewReply> {
  const began = performance.now();
  try {
    const count =
      batch.kind === 'files' ? batch.files.length : batch.pixels.length / (batch.width * batch.height * batch.channels);
    const made = new Array<Views[] | string>(count);
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let at = next++; at < count; at = next++) made[at] = await viewsOfOne(batch, at, protocols);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const good = made.filter((views) => typeof views !== 'string');
    return {
      id,
      failures: made.flatMap((views, position) => (typeof views === 'string' ? [{ position, reason: views }] : [])),
      views: protocols.map((_, k) => joined(good.map((views) => views[k]!.pixels))),
      sizes: protocols.map(({ crops }, k) => (crops === 'dense' ? good.flatMap((views) => views[k]!.sizes) : [])),
      different: protocols.map((_, k) => good.map((views) => views[k]!.different)),
      workMs: performance.now() - began,
      error: null,
    };
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return {
      id,
      failures: [],
      views: [],
      sizes: [],
      different: [],
      workMs: performance.now() - began,
      error: error.toReport(),
    };
  }
}

/** The views, or why the picture cannot be read. */
async function viewsOfOne(
  batch: PictureBatch,
  at: number,
  protocols: readonly ViewProtocol[],
): Promise<Views[] | string> {
  try {
    const picture = await pictureAt(batch, at);
    const views: Views[] = [];
    for (const protocol of protocols) views.push(await viewsOf(picture, protocol));
    return views;
  } catch (error) {
    if (error instanceof UnreadablePicture) return error.message;
    if (error instanceof StudioError && batch.kind === 'files')
      throw new StudioError(error.code, `${batch.names[at]}: ${error.message}`, {
        ...(error.remedy && { remedy: error.remedy }),
      });
    throw error;
  }
}

async function pictureAt(batch: PictureBatch, at: number): Promise<Picture> {
  if (batch.kind === 'pixels') {
    const { width, height, channels } = batch;
    const size = width * height * channels;
    const pixels = batch.pixels.subarray(at * size, (at + 1) * size);
    return { pixels: channels === 1 ? repeatChannel(pixels) : pixels, width, height, channels: 3 };
  }
  const { files, valueRange } = batch;
  const decoded = await decodePicture(await readPicture(files[at]!), { kind: 'native', maxSide: MAX_SIDE, valueRange });
  return { ...decoded, channels: 3 };
}

async function readPicture(path: string): Promise<Buffer> {
  try {
    const facts = await stat(path);
    if (!facts.isFile() || facts.size > MAX_FILE_BYTES)
      throw new UnreadablePicture('not a regular file of a size that is read');
    return await readFile(path);
  } catch (error) {
    if (error instanceof UnreadablePicture) throw error;
    throw new UnreadablePicture(
      `the file cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : String(error)})`,
      { cause: error },
    );
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
