import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeBaselineJpeg } from '../../../../core/data/pictures/jpeg/baselineJpeg.ts';
import { keyedRandom } from '../../../../core/data/random.ts';

const MAX_PIXELS = 1 << 20;

/**
 * Chroma of half the width only, which the picture library cannot write; Huffman tables of its own. By Pillow: 27 × 21,
 * `quality=60, subsampling=1, optimize=True`.
 */
const HALF_WIDTH_CHROMA = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAVABsDASEAAhEBAxEB/8QAFwABAAMAAAAAAAAAAAAAAAAABAIDBv/EACIQAAEDBAEFAQAAAAAAAAAAAAEAAgMEESExEiJBUXGhcv/EABcBAQEBAQAAAAAAAAAAAAAAAAYDBAX/xAApEQABAwEGBAcAAAAAAAAAAAABAAIDBBESITFBcROBwdEjgpGhsbLw/9oADAMBAAIRAxEAPwDGw0VxxaOnuU6GiDhqzB9XSfICLAcMvKMzz+NlSjnTYqK4Bc2zRoeUsUchAIFh4sspmlJ8PAnHYaD91SanmF3FQhog4aswfU2KiuAXCzRoKD5Qdj9R3PUIFRzp0VFpzm/lqWKCQgHI9LKXSyG6wkHM2ew5Dok1POA1Uw07Hv49mnSbBAx3WRgDAUnvtIt1J9G5BBKOQpsMDOJkOSlCkjcATklYXji2NdqL3M9knppSGr//2Q==',
  'base64',
);

/** What the picture library makes of the same bytes, as RGB; null where it refuses them. */
async function expected(bytes: Buffer): Promise<Buffer | null> {
  try {
    const { data, info } = await sharp(bytes, { failOn: 'error' }).raw().toBuffer({ resolveWithObject: true });
    return info.channels === 3
      ? data
      : Buffer.from(Uint8Array.from({ length: data.length * 3 }, (_, i) => data[Math.floor(i / 3)] as number));
  } catch {
    return null;
  }
}

/** Waves, noise, or black and white dots: smooth pictures, and the hardest ones. */
function pixels(width: number, height: number, kind: number): Buffer {
  const random = keyedRandom(width, 'test', height, kind);
  return Buffer.from(
    Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const x = Math.floor(i / 3) % width;
      const y = Math.floor(i / 3 / width);
      return kind === 0
        ? 128 + 120 * Math.sin((x * (1 + (i % 3)) + y) / 9)
        : kind === 1
          ? random.int(256)
          : 255 * random.int(2);
    }),
  );
}

const SIZES = [
  [1, 1],
  [3, 5],
  [4, 4],
  [5, 2],
  [8, 8],
  [15, 17],
  [16, 16],
  [33, 31],
  [64, 64],
  [65, 40],
  [100, 3],
  [128, 128],
] as const;
const files: Buffer[] = [];

beforeAll(async () => {
  for (const [width, height] of SIZES) {
    for (const kind of [0, 1, 2]) {
      for (const quality of [3, 75, 100]) {
        const picture = (): Sharp => sharp(pixels(width, height, kind), { raw: { width, height, channels: 3 } });
        files.push(
          await picture()
            .jpeg({ quality, chromaSubsampling: '4:4:4', optimiseCoding: kind === 0 })
            .toBuffer(),
        );
        files.push(
          await picture()
            .jpeg({ quality, chromaSubsampling: '4:2:0', optimiseCoding: kind === 1 })
            .toBuffer(),
        );
        files.push(await picture().toColourspace('b-w').jpeg({ quality }).toBuffer());
      }
    }
  }
  files.push(HALF_WIDTH_CHROMA);
});

describe('the decoder of small JPEG files', () => {
  it("gives the picture library's bytes, for every size, sampling and quality", async () => {
    let left = 0;
    for (const bytes of files) {
      const picture = decodeBaselineJpeg(bytes, MAX_PIXELS);
      if (picture === null) left += 1;
      else
        expect(
          Buffer.compare(picture.pixels, (await expected(bytes)) as Buffer),
          `${picture.width} × ${picture.height}`,
        ).toBe(0);
    }
    // Those of two chroma columns at most.
    expect(left).toBeLessThan(files.length / 8);
    expect(decodeBaselineJpeg(HALF_WIDTH_CHROMA, MAX_PIXELS)).not.toBeNull();
  });

  it('leaves to the library what is unusual: progressive, CMYK, profiles and orientation, size', async () => {
    const picture = sharp(pixels(33, 31, 0), { raw: { width: 33, height: 31, channels: 3 } });
    expect(decodeBaselineJpeg(await picture.clone().jpeg({ progressive: true }).toBuffer(), MAX_PIXELS)).toBeNull();
    expect(decodeBaselineJpeg(await picture.clone().toColourspace('cmyk').jpeg().toBuffer(), MAX_PIXELS)).toBeNull();
    expect(
      decodeBaselineJpeg(await picture.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer(), MAX_PIXELS),
    ).toBeNull();
    expect(decodeBaselineJpeg(await picture.clone().withIccProfile('p3').jpeg().toBuffer(), MAX_PIXELS)).toBeNull();
    expect(decodeBaselineJpeg(await picture.clone().jpeg().toBuffer(), 33 * 31 - 1)).toBeNull();
    expect(decodeBaselineJpeg(await picture.clone().png().toBuffer(), MAX_PIXELS)).toBeNull();
  });

  it('never makes anything else of damaged files than the library does', async () => {
    const small = files.filter((bytes) => bytes.length < 3000);
    const random = keyedRandom(1, 'damage');
    let decoded = 0;
    for (let i = 0; i < 1500; i += 1) {
      const whole = small[random.int(small.length)] as Buffer;
      const at = random.int(whole.length);
      const wrong = Buffer.of(random.int(256));
      const damaged = [
        whole.subarray(0, at),
        Buffer.concat([whole.subarray(0, at), wrong, whole.subarray(at + 1)]),
        Buffer.concat([whole.subarray(0, at), wrong, whole.subarray(at)]),
      ][i % 3] as Buffer;
      const picture = decodeBaselineJpeg(damaged, MAX_PIXELS);
      if (picture === null) continue;
      decoded += 1;
      expect(Buffer.compare(picture.pixels, (await expected(damaged)) ?? Buffer.alloc(0)), `case ${i}`).toBe(0);
    }
    expect(decoded).toBeGreaterThan(100);
  });
});
