import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodePicture, toGray, type DecodedPicture } from '../../../../core/data/pictures/decodePicture.ts';
import { UnreadablePicture } from '../../../../core/data/pictures/unreadablePicture.ts';
import { bmp, gif, png, pngChunk, ramp, rampPixels, withExifLoop, withStrayBytes } from './pictureBytes.ts';

const native = (bytes: Buffer): Promise<DecodedPicture> => decodePicture(bytes, { kind: 'native', maxSide: 1024 });

/** Largest difference of two pictures of the same size. */
function difference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}

let jpeg: Buffer;
beforeAll(async () => {
  jpeg = await ramp().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
});

describe('pictures that must load', () => {
  it('lossless formats exactly, whatever the name (P05, P06)', async () => {
    const files = {
      png: await ramp().png().toBuffer(),
      webp: await ramp().webp({ lossless: true }).toBuffer(),
      tiff: await ramp().tiff({ compression: 'none' }).toBuffer(),
      bmp24: bmp(24),
      bmp32: bmp(32),
      bmp8: bmp(8),
      bmpTopDown: bmp(24, true),
    };
    for (const [name, bytes] of Object.entries(files)) {
      const { pixels, width, height } = await native(bytes);
      expect({ name, width, height }).toEqual({ name, width: 16, height: 12 });
      expect(Buffer.compare(Buffer.from(pixels), rampPixels()), name).toBe(0);
    }
  });

  it('JPEG with bytes after its end, and with stray bytes before its scan (P08, P09)', async () => {
    const { pixels } = await native(jpeg);
    expect(difference(pixels, rampPixels())).toBeLessThan(12);
    expect((await native(Buffer.concat([jpeg, Buffer.alloc(500, 7)]))).pixels).toEqual(pixels);
    expect(Buffer.from((await native(withStrayBytes(jpeg))).pixels)).toEqual(Buffer.from(pixels));
  });

  it('CMYK as RGB (P11)', async () => {
    const cmyk = await ramp().toColourspace('cmyk').jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const { pixels, width } = await native(cmyk);
    expect(width).toBe(16);
    // Red grows to the right, as in the ramp; the printing colours cannot hold all of it.
    expect(pixels[3 * 15] as number).toBeGreaterThan((pixels[0] as number) + 100);
  });

  it('gray with three equal channels (P12)', async () => {
    const values = Buffer.from(Array.from({ length: 64 }, (_, i) => i * 4));
    for (const bytes of [
      await sharp(values, { raw: { width: 8, height: 8, channels: 1 } })
        .toColourspace('b-w')
        .png()
        .toBuffer(),
      await sharp(values, { raw: { width: 8, height: 8, channels: 1 } })
        .toColourspace('b-w')
        .jpeg({ quality: 100 })
        .toBuffer(),
    ]) {
      expect((await sharp(bytes).metadata()).channels).toBe(1);
      const { pixels } = await native(bytes);
      for (let i = 0; i < 64; i += 1) {
        expect(pixels[3 * i]).toBe(pixels[3 * i + 1]);
        expect(pixels[3 * i]).toBe(pixels[3 * i + 2]);
        expect(Math.abs((pixels[3 * i] as number) - i * 4)).toBeLessThan(4);
      }
    }
  });

  it('16 bits a channel, colour and gray (P13)', async () => {
    const rows = Buffer.from([0, 0xff, 0xff, 0x80, 0x80, 0x00, 0x00]);
    expect([...(await native(png({ width: 1, height: 1, bitDepth: 16, colorType: 2, rows }))).pixels]).toEqual([
      255, 128, 0,
    ]);
    const gray = png({
      width: 4,
      height: 1,
      bitDepth: 16,
      colorType: 0,
      rows: Buffer.from([0, 0x00, 0x00, 0x40, 0x40, 0x80, 0x80, 0xff, 0xff]),
    });
    expect([...(await native(gray)).pixels].filter((_, i) => i % 3 === 0)).toEqual([0, 64, 128, 255]);
  });

  it('1 bit, palette, and palette with transparency over white (P14)', async () => {
    const oneBit = png({ width: 8, height: 1, bitDepth: 1, colorType: 0, rows: Buffer.from([0, 0b10110001]) });
    expect([...(await native(oneBit)).pixels].filter((_, i) => i % 3 === 0)).toEqual([255, 0, 255, 255, 0, 0, 0, 255]);
    const palette = pngChunk('PLTE', Buffer.from([255, 0, 0, 0, 0, 255]));
    const rows = Buffer.from([0, 0b01000000]);
    expect([
      ...(await native(png({ width: 2, height: 1, bitDepth: 1, colorType: 3, rows, before: [palette] }))).pixels,
    ]).toEqual([255, 0, 0, 0, 0, 255]);
    const transparent = png({
      width: 2,
      height: 1,
      bitDepth: 1,
      colorType: 3,
      rows,
      before: [palette, pngChunk('tRNS', Buffer.from([255, 0]))],
    });
    expect([...(await native(transparent)).pixels]).toEqual([255, 0, 0, 255, 255, 255]);
  });

  it('alpha over white, colour and gray (P15)', async () => {
    const color = png({
      width: 3,
      height: 1,
      bitDepth: 8,
      colorType: 6,
      rows: Buffer.from([0, 10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 128]),
    });
    const [opaque, clear, half] = [0, 1, 2].map((i) =>
      native(color).then(({ pixels }) => [...pixels.subarray(3 * i, 3 * i + 3)]),
    );
    expect(await opaque).toEqual([10, 20, 30]);
    expect(await clear).toEqual([255, 255, 255]);
    for (const value of (await half) as number[]) expect(Math.abs(value - 127)).toBeLessThanOrEqual(1);
    const gray = png({ width: 2, height: 1, bitDepth: 8, colorType: 4, rows: Buffer.from([0, 40, 255, 40, 0]) });
    expect([...(await native(gray)).pixels]).toEqual([40, 40, 40, 255, 255, 255]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i comes out upright (P16)', async (orientation) => {
    const bytes = await ramp().withMetadata({ orientation }).png().toBuffer();
    const { pixels, width, height } = await native(bytes);
    const turned = orientation >= 5;
    expect([width, height]).toEqual(turned ? [12, 16] : [16, 12]);
    // Where the stored picture's first pixel (red 0, green 0) must be shown.
    const [x, y] = { 1: [0, 0], 2: [15, 0], 3: [15, 11], 4: [0, 11], 5: [0, 0], 6: [11, 0], 7: [11, 15], 8: [0, 15] }[
      orientation
    ] as [number, number];
    expect([...pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)]).toEqual([0, 0, 64]);
  });

  it('an EXIF directory that points to itself (P17)', async () => {
    expect(difference((await native(withExifLoop(jpeg))).pixels, rampPixels())).toBeLessThan(12);
  });

  it('one pixel, and one column of 60,000 (P24)', async () => {
    expect([
      ...(await native(png({ width: 1, height: 1, bitDepth: 8, colorType: 2, rows: Buffer.from([0, 1, 2, 3]) })))
        .pixels,
    ]).toEqual([1, 2, 3]);
    const tall = await sharp({ create: { width: 1, height: 60_000, channels: 3, background: '#102030' } })
      .png()
      .toBuffer();
    const shrunk = await native(tall);
    expect(shrunk.native).toEqual({ width: 1, height: 60_000 });
    const square = await decodePicture(tall, { kind: 'square', size: 4, fit: 'squash', interpolation: 'linear' });
    expect([...square.pixels.subarray(0, 3)]).toEqual([16, 32, 48]);
  });

  it('the first frame of a GIF with 100,000 (P25)', async () => {
    expect([...(await native(gif(100_000))).pixels]).toEqual([255, 0, 0]);
  });
});

describe('pictures that must be refused', () => {
  const corrupt = async (): Promise<Record<string, [Buffer, RegExp]>> => {
    const whole = await ramp().png().toBuffer();
    return {
      'P01 empty': [Buffer.alloc(0), /empty/],
      'P02 one byte': [Buffer.from([0xff]), /only 1 byte/],
      'P03 text': [Buffer.from('This is not a picture at all.\n'), /text/],
      'P04 web page': [Buffer.from('<!DOCTYPE html><html><body>404 Not Found</body></html>'), /web page/],
      'P07 a quarter of a JPEG': [jpeg.subarray(0, Math.floor(jpeg.length * 0.25)), /cut off|corrupt/],
      'P07 half a JPEG': [jpeg.subarray(0, Math.floor(jpeg.length * 0.5)), /cut off|corrupt/],
      'P07 99 % of a JPEG': [jpeg.subarray(0, Math.floor(jpeg.length * 0.99)), /cut off/],
      'P10 JPEG without its end marker': [jpeg.subarray(0, -2), /cut off/],
      'P20 65,500 × 65,500 pixels': [
        png({ width: 65_500, height: 65_500, bitDepth: 8, colorType: 0, rows: Buffer.alloc(1000) }),
        /(1|3)00 million pixels/,
      ],
      'P22 checksum of the header': [
        png({ width: 1, height: 1, bitDepth: 8, colorType: 2, rows: Buffer.from([0, 1, 2, 3]), crcError: 'IHDR' }),
        /./,
      ],
      'P22 checksum of the pixels': [
        png({ width: 1, height: 1, bitDepth: 8, colorType: 2, rows: Buffer.from([0, 1, 2, 3]), crcError: 'IDAT' }),
        /PNG data is damaged/,
      ],
      'P23 width 0': [png({ width: 0, height: 4, bitDepth: 8, colorType: 2, rows: Buffer.from([0]) }), /./],
      'half a PNG': [whole.subarray(0, whole.length >> 1), /damaged|cut off/],
      'half a BMP': [bmp(24).subarray(0, 300), /cut off/],
      SVG: [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'), /SVG/],
      'Git LFS pointer': [Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'), /LFS/],
    };
  };

  it('with a reason that says what is wrong', async () => {
    for (const [name, [bytes, reason]] of Object.entries(await corrupt())) {
      const error: unknown = await native(bytes).catch((thrown: unknown) => thrown);
      expect(error, name).toBeInstanceOf(UnreadablePicture);
      expect((error as Error).message, name).toMatch(reason);
    }
  });

  it('or loaded, but never crashing: 30 MB of metadata (P18)', async () => {
    const profile = pngChunk(
      'iTXt',
      Buffer.concat([Buffer.from('Comment\0\0\0\0\0', 'latin1'), Buffer.alloc(30_000_000, 65)]),
    );
    const bytes = png({
      width: 1,
      height: 1,
      bitDepth: 8,
      colorType: 2,
      rows: Buffer.from([0, 1, 2, 3]),
      before: [profile],
    });
    const outcome: unknown = await native(bytes).then(
      ({ pixels }) => [...pixels],
      (error: unknown) => error,
    );
    if (!(outcome instanceof UnreadablePicture)) expect(outcome).toEqual([1, 2, 3]);
  });
});

describe('squares', () => {
  it('cover cuts the long side in the middle, squash keeps all of it', async () => {
    const pixels = Buffer.alloc(30 * 10 * 3);
    for (let y = 0; y < 10; y += 1) for (let x = 0; x < 30; x += 1) pixels[3 * (y * 30 + x) + Math.floor(x / 10)] = 255;
    const bytes = await sharp(pixels, { raw: { width: 30, height: 10, channels: 3 } })
      .png()
      .toBuffer();
    const cover = await decodePicture(bytes, { kind: 'square', size: 10, fit: 'cover', interpolation: 'lanczos3' });
    expect(new Set(Array.from({ length: 100 }, (_, i) => [...cover.pixels.subarray(3 * i, 3 * i + 3)].join()))).toEqual(
      new Set(['0,255,0']),
    );
    const squash = await decodePicture(bytes, { kind: 'square', size: 30, fit: 'squash', interpolation: 'nearest' });
    expect([...squash.pixels.subarray(0, 3)]).toEqual([255, 0, 0]);
    expect([...squash.pixels.subarray(3 * 29, 3 * 29 + 3)]).toEqual([0, 0, 255]);
  });

  it('the same from PNG and from JPEG of quality 100, also when much smaller', async () => {
    const source = sharp(waves(), { raw: { width: 256, height: 256, channels: 3 } });
    const target = { kind: 'square', size: 16, fit: 'cover', interpolation: 'lanczos3' } as const;
    const fromPng = await decodePicture(await source.clone().png().toBuffer(), target);
    const fromJpeg = await decodePicture(
      await source.clone().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
      target,
    );
    expect(difference(fromPng.pixels, fromJpeg.pixels)).toBeLessThanOrEqual(2);
  });

  it('gray by luma, exact where the picture is gray', () => {
    const gray = new Uint8Array(3);
    toGray(Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255]), gray);
    expect([...gray]).toEqual([76, 150, 29]);
    const values = new Uint8Array(256);
    toGray(
      Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)),
      values,
    );
    expect([...values]).toEqual(Array.from({ length: 256 }, (_, i) => i));
  });
});

/** Smooth waves in three colours. */
function waves(): Buffer {
  return Buffer.from(
    Uint8Array.from(
      { length: 256 * 256 * 3 },
      (_, i) => 128 + 100 * Math.sin(i / 3 / 256 / (9 + (i % 3))) * Math.cos(((i / 3) % 256) / 11),
    ),
  );
}
