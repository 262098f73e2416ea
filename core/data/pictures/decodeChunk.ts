/** Reads and decodes one chunk of picture files, several pictures in flight. */
import { hash } from 'node:crypto';
import { contentKeyOf } from './contentKey.ts';
import { decodePicture, toGray, type DecodedPicture } from './decodePicture.ts';
import {
  MAX_NATIVE_SIDE,
  type DecodeJob,
  type DecodeReply,
  type DecodeRequest,
  type FileFacts,
  type PictureReport,
} from './decodeMessages.ts';
import { sumPicture } from './pictureStatistics.ts';
import { readPictureFile } from './readPictureFile.ts';
import { UnreadablePicture } from './unreadablePicture.ts';

/** Pictures in flight: the picture library's own threads decode while this one prepares and measures. */
const IN_FLIGHT = 4;

function decode(bytes: Buffer, job: DecodeJob): Promise<DecodedPicture> {
  return decodePicture(
    bytes,
    job.kind === 'inspect'
      ? { kind: 'native', maxSide: 1024, valueRange: job.valueRange }
      : { kind: 'square', ...job.key },
  );
}

function keptPixels(picture: DecodedPicture, job: DecodeJob): Uint8Array | null {
  if (job.kind === 'pack') {
    if (job.key.color === 'rgb') return picture.pixels;
    const gray = new Uint8Array(picture.width * picture.height);
    toGray(picture.pixels, gray);
    return gray;
  }
  const { width, height } = picture.native;
  const wanted =
    job.keepSide !== null &&
    width === height &&
    width <= MAX_NATIVE_SIDE &&
    (job.keepSide === 0 || job.keepSide === width);
  return wanted ? picture.pixels : null;
}

async function decodeOne(
  path: string | null,
  job: DecodeJob,
): Promise<{ report: PictureReport; pixels: Uint8Array | null }> {
  const facts = { sizeBytes: -1, modifiedMs: -1 } satisfies FileFacts;
  if (path === null) return { report: { ok: false, ...facts, reason: 'it is left out' }, pixels: null };
  try {
    const bytes = readPictureFile(path, facts);
    const picture = await decode(bytes, job);
    const pixels = keptPixels(picture, job);
    const contentKey = contentKeyOf(bytes);
    const sha256 = job.kind === 'pack' && job.hashed === true ? { sha256: hash('sha256', bytes) } : {};
    const sums = sumPicture(picture.pixels);
    if (pixels !== picture.pixels) release(picture.pixels);
    return {
      report: {
        ok: true,
        ...facts,
        ...picture.native,
        sums,
        contentKey,
        ...sha256,
        pixelBytes: pixels?.length ?? 0,
        ...(picture.note !== undefined && { note: picture.note }),
      },
      pixels,
    };
  } catch (error) {
    if (!(error instanceof UnreadablePicture)) throw error;
    return { report: { ok: false, ...facts, reason: error.message }, pixels: null };
  }
}

/** Gives its memory back at once: what waits for the garbage collector adds up to a hundred megabytes. */
function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** Reports in the order of `paths`, and the kept pixels one after another. */
export async function decodeChunk({ id, paths, job }: DecodeRequest): Promise<DecodeReply> {
  const results = new Array<Awaited<ReturnType<typeof decodeOne>>>(paths.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < paths.length) {
      const position = next;
      next += 1;
      results[position] = await decodeOne(paths[position] ?? null, job);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const pixels = new Uint8Array(results.reduce((sum, result) => sum + (result.pixels?.length ?? 0), 0));
  let offset = 0;
  for (const { pixels: part } of results) {
    if (part === null) continue;
    pixels.set(part, offset);
    offset += part.length;
  }
  return { id, reports: results.map((result) => result.report), pixels };
}
