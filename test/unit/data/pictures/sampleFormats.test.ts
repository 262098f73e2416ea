/** Pictures whose samples are not the usual 8 bits: read rightly, or refused by name; never black, white or halved. */
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, test } from 'vitest';
import { decodePicture } from '../../../../core/data/pictures/decodePicture.ts';
import { classFolder, importInto, picture, put, temporaryFolder } from '../fixtures.ts';
import { GRAY, RGB, type Samples, SIDE, tiff } from './tiffBytes.ts';

const COLORS = [60, 120, 200] as const;

async function meanOf(bytes: Buffer): Promise<number[]> {
  const { pixels } = await decodePicture(bytes, { kind: 'native', maxSide: 1024 });
  return [0, 1, 2].map((c) => {
    let sum = 0;
    for (let i = c; i < pixels.length; i += 3) sum += pixels[i]!;
    return Math.round((3 * sum) / pixels.length);
  });
}

describe('TIFF samples with a range of their own', () => {
  it.each<[string, Samples]>([
    ['8-bit RGB', { ...RGB, bits: 8, format: 1, value: (_, c) => COLORS[c]! }],
    ['16-bit RGB', { ...RGB, bits: 16, format: 1, value: (_, c) => COLORS[c]! * 257 }],
    [
      'RGB with alpha',
      { ...RGB, channels: 4, bits: 8, format: 1, extra: [2], value: (_, c) => (c === 3 ? 255 : COLORS[c]!) },
    ],
  ])('%s', async (_name, samples) => {
    expect(await meanOf(tiff(samples))).toEqual([...COLORS]);
    expect(await meanOf(tiff(samples, true))).toEqual([...COLORS]);
  });

  it('16-bit gray', async () => {
    expect(await meanOf(tiff({ ...GRAY, bits: 16, format: 1, value: () => 84 * 257 }))).toEqual([84, 84, 84]);
  });

  it('a fourth band that is no transparency is left out, and said', async () => {
    const infrared = tiff({
      ...RGB,
      channels: 4,
      bits: 8,
      format: 1,
      extra: [0],
      value: (_, c) => (c === 3 ? 90 : COLORS[c]!),
    });
    expect(await meanOf(infrared)).toEqual([...COLORS]);
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 3, SIDE);
    put(join(root, 'a', 'nir.tif'), infrared);
    const { card } = await importInto(root, { fractions: { val: 0 } });
    expect(card.notes.join('\n')).toMatch(/1 images: a fourth band of unknown meaning \(infrared\?\) was left out/);
  });
});

describe('TIFF samples without one are refused by name', () => {
  it.each<[RegExp, Samples]>([
    [/32-bit floating-point/, { ...GRAY, bits: 32, format: 3, value: () => 0.5 }],
    [/64-bit floating-point/, { ...GRAY, bits: 64, format: 3, value: () => 0.5 }],
    [/32-bit floating-point/, { ...RGB, bits: 32, format: 3, value: () => 128 }],
    [/16-bit signed/, { ...GRAY, bits: 16, format: 2, value: () => -5 }],
    [/32-bit samples/, { ...GRAY, bits: 32, format: 1, value: () => 2 ** 31 }],
    [/2 bands beside its colours/, { ...RGB, channels: 5, bits: 8, format: 1, extra: [0, 0], value: () => 9 }],
    [/multiplied by its transparency/, { ...RGB, channels: 4, bits: 8, format: 1, extra: [1], value: () => 9 }],
    [/one band of unknown meaning/, { ...GRAY, channels: 2, bits: 8, format: 1, extra: [0], value: () => 9 }],
    [/ICC L\*a\*b\*/, { ...RGB, photometric: 9, bits: 8, format: 1, value: () => 9 }],
  ])('%s', async (reason, samples) => {
    await expect(meanOf(tiff(samples))).rejects.toThrow(reason);
    await expect(meanOf(tiff(samples, true))).rejects.toThrow(reason);
  });
});

it('12 bits in 16 are kept, and that they are all but black is said', async () => {
  const root = temporaryFolder();
  for (const [label, name] of ['a', 'b'].entries()) {
    for (let i = 0; i < 3; i += 1)
      put(
        join(root, name, `${i}.tif`),
        tiff({ ...GRAY, bits: 16, format: 1, value: (p) => (40 + p + 9 * i + 50 * label) * 8 }),
      );
  }
  const { card } = await importInto(root, { fractions: { val: 0 } });
  expect(card.notes.join('\n')).toMatch(/WARNING: the images only use the values \d+ to \d+ of 255/);
});

it('of several pages the first is read, and it is said; smaller copies are no pages', async () => {
  const page = (seed: number): Promise<Buffer> => picture(SIDE, SIDE, seed);
  const stack = await sharp([await page(1), await page(2), await page(3)], { join: { animated: true } })
    .tiff()
    .toBuffer();
  const { note } = await decodePicture(stack, { kind: 'native', maxSide: 64 });
  expect(note).toBe('only the first of 3 pages is read');
  const pyramid = await sharp(await picture(512, 512, 1))
    .tiff({ pyramid: true, tile: true, tileWidth: 64, tileHeight: 64 })
    .toBuffer();
  expect((await decodePicture(pyramid, { kind: 'native', maxSide: 64 })).note).toBeUndefined();
});

describe('Netpbm', () => {
  const image = (header: string, data: readonly number[]): Buffer =>
    Buffer.concat([Buffer.from(header), Buffer.from(data)]);
  it.each<[string, Buffer, number[]]>([
    ['P6', image('P6\n# made by hand\n2 1\n255\n', [10, 20, 30, 30, 40, 50]), [20, 30, 40]],
    ['P5 of 16 bits', image('P5 2 1 65535\n', [0x20, 0, 0x40, 0]), [48, 48, 48]],
    ['P5 of 4 bits', image('P5 2 1 15\n', [15, 0]), [128, 128, 128]],
    ['P4', image('P4 8 1\n', [0xf0]), [128, 128, 128]],
    ['P1', image('P1\n4 1\n0101', []), [128, 128, 128]],
    ['P2', image('P2\n2 1\n100\n0 100\n', []), [128, 128, 128]],
    ['P3', image('P3\n1 1\n255\n1 2 3\n', []), [1, 2, 3]],
  ])('%s', async (_name, bytes, mean) => {
    expect(await meanOf(bytes)).toEqual(mean);
  });

  it('cut off is refused', async () => {
    await expect(meanOf(image('P6 2 2 255\n', [1, 2, 3]))).rejects.toThrow(/cut off/);
    await expect(meanOf(image('P6 90000 90000 255\n', [1, 2, 3]))).rejects.toThrow(/million pixels/);
  });
});

describe('JPEG whose remainder is something else', () => {
  const noise = Buffer.from(Array.from({ length: 256 * 256 * 3 }, (_, i) => (i * i * 7 + i * 13) % 251));
  const jpeg = (quality: number, progressive = false): Promise<Buffer> =>
    sharp(noise, { raw: { width: 256, height: 256, channels: 3 } })
      .jpeg({ quality, progressive })
      .toBuffer();

  it.each([0.25, 0.5, 0.75, 0.9])('zeros from %d on', async (share) => {
    for (const progressive of [false, true]) {
      const bytes = await jpeg(90, progressive);
      bytes.fill(0, Math.floor(bytes.length * share));
      await expect(meanOf(bytes)).rejects.toThrow(/no end|damaged|cut off/);
    }
  });

  it("another file's beginning, or its rest", async () => {
    const [bytes, other] = [await jpeg(90), await jpeg(60)];
    const half = bytes.length >> 1;
    await expect(meanOf(Buffer.concat([bytes.subarray(0, half), other]))).rejects.toThrow(/damaged/);
    await expect(meanOf(Buffer.concat([bytes.subarray(0, half), other.subarray(other.length >> 1)]))).rejects.toThrow(
      /damaged/,
    );
  });

  it('whole files stay: bytes behind the end, between markers, several scans', async () => {
    const bytes = await jpeg(90);
    expect(await meanOf(Buffer.concat([bytes, Buffer.alloc(500)]))).toEqual(await meanOf(bytes));
    const between = Buffer.concat([bytes.subarray(0, 20), Buffer.alloc(3, 7), bytes.subarray(20)]);
    expect(await meanOf(between)).toEqual(await meanOf(bytes));
    expect((await meanOf(await jpeg(90, true))).length).toBe(3);
  });
});

test('what is no picture is named', async () => {
  const start = (hex: string): Buffer => Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(200, 0x80)]);
  await expect(meanOf(start('0000000c6a5020200d0a'))).rejects.toThrow(/a JPEG 2000 image, which is not read/);
  await expect(meanOf(start('762f3101'))).rejects.toThrow(/an OpenEXR image/);
  const dicom = Buffer.alloc(300);
  dicom.write('DICM', 128, 'latin1');
  await expect(meanOf(dicom)).rejects.toThrow(/a DICOM file/);
});

test('phones of today: 108 million pixels are read, a thousand million are not', async () => {
  const large = await sharp({ create: { width: 12_000, height: 9_000, channels: 3, background: '#5a7828' } })
    .jpeg({ quality: 40 })
    .toBuffer();
  const { native, width } = await decodePicture(large, { kind: 'native', maxSide: 64 });
  expect(native).toEqual({ width: 12_000, height: 9_000 });
  expect(width).toBe(64);
  const small = await picture(8, 8, 1);
  small.writeUInt32BE(40_000, 16);
  small.writeUInt32BE(40_000, 20);
  await expect(meanOf(small)).rejects.toThrow(/million pixels/);
});
