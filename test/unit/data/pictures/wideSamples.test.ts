/** Samples wider than a byte are read by a range that is chosen: the same picture, however its numbers are kept. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, test } from 'vitest';
import type { ValueRange } from '../../../../contract/valueRange.ts';
import { openFolderImages } from '../../../../core/data/import/folderImages.ts';
import { ensurePacked } from '../../../../core/data/packed/packedCache.ts';
import { openDataset } from '../../../../core/data/set/openDataset.ts';
import { decodeStored } from '../../../../core/data/set/thumbnail.ts';
import { decodePicture } from '../../../../core/data/pictures/decodePicture.ts';
import { classFolder, importInto, put, temporaryFolder } from '../fixtures.ts';
import { GRAY, RGB, type Samples, SIDE, tiff } from './tiffBytes.ts';

/** Bytes 0 to 250 in steps of ten, again and again. */
const byteOf = (pixel: number, channel: number): number => ((pixel + 3 * channel) % 26) * 10;
const NATIVE = { kind: 'native', maxSide: 1024 } as const;

/** The picture as numbers of some kind, and the range that brings them back. */
interface Kept {
  readonly samples: Omit<Samples, 'value'>;
  /** Of a byte. */
  readonly kept: (byte: number) => number;
}
const KEPT: Readonly<Record<string, Kept>> = {
  'floating point 0 to 1': { samples: { ...GRAY, bits: 32, format: 3 }, kept: (v) => v / 255 },
  'floating point, elevation': { samples: { ...GRAY, bits: 32, format: 3 }, kept: (v) => 4 * v - 120 },
  'floating point RGB': { samples: { ...RGB, bits: 32, format: 3 }, kept: (v) => v / 255 },
  '12 bits in 16': { samples: { ...GRAY, bits: 16, format: 1 }, kept: (v) => v * 16 },
  '12 bits in 16, RGB': { samples: { ...RGB, bits: 16, format: 1 }, kept: (v) => v * 16 },
  'signed 16 bits': { samples: { ...GRAY, bits: 16, format: 2 }, kept: (v) => v * 8 - 1000 },
  'signed 32 bits': { samples: { ...GRAY, bits: 32, format: 2 }, kept: (v) => v * 1000 - 100_000 },
  'signed 8 bits': { samples: { ...GRAY, bits: 8, format: 2 }, kept: (v) => v / 10 - 12 },
  'unsigned 32 bits': { samples: { ...GRAY, bits: 32, format: 1 }, kept: (v) => v * 16_000_000 },
  'RGB and infrared': { samples: { ...RGB, channels: 4, extra: [0], bits: 16, format: 1 }, kept: (v) => v * 16 },
};

const bytesOf = (channels: number): number[] =>
  Array.from({ length: SIDE * SIDE * 3 }, (_, i) => byteOf(Math.floor(i / 3), channels === 1 ? 0 : i % 3));

describe('a range brings samples to the bytes that they stand for', () => {
  it.each(Object.entries(KEPT))('%s', async (_name, { samples, kept }) => {
    const valueRange = { low: kept(0), high: kept(255) };
    const value = (pixel: number, channel: number): number => kept(byteOf(pixel, channel));
    for (const big of [false, true]) {
      const { pixels } = await decodePicture(tiff({ ...samples, value }, big), { ...NATIVE, valueRange });
      expect([...pixels]).toEqual(bytesOf(samples.channels));
    }
  });

  it('PNG and Netpbm of 16 bits', async () => {
    const valueRange = { low: 0, high: 255 * 16 };
    const wide = Uint16Array.from({ length: SIDE * SIDE }, (_, i) => byteOf(i, 0) * 16);
    const raw = { width: SIDE, height: SIDE, channels: 1 } as const;
    const png = await sharp(wide, { raw }).toColourspace('grey16').png().toBuffer();
    expect([...(await decodePicture(png, { ...NATIVE, valueRange })).pixels]).toEqual(bytesOf(1));
    const pgm = Buffer.concat([Buffer.from(`P5 ${SIDE} ${SIDE} 65535\n`), Buffer.from(wide.buffer).swap16()]);
    expect([...(await decodePicture(pgm, { ...NATIVE, valueRange })).pixels]).toEqual(bytesOf(1));
  });

  it('values outside the range become black or white, NaN black; bytes stay as they are', async () => {
    const values = [-5, 0, 0.5, 1, 7, NaN, Infinity, -Infinity];
    const bytes = tiff({ ...GRAY, bits: 32, format: 3, value: (pixel) => values[pixel % values.length]! });
    const { pixels } = await decodePicture(bytes, { ...NATIVE, valueRange: { low: 0, high: 1 } });
    expect(Array.from(values, (_, i) => pixels[3 * i])).toEqual([0, 0, 128, 255, 255, 0, 255, 0]);
    const plain = tiff({ ...GRAY, bits: 8, format: 1, value: (pixel) => pixel });
    const asItIs = await decodePicture(plain, { ...NATIVE, valueRange: { low: 0, high: 1 } });
    expect(asItIs.pixels[3 * 77]).toBe(77);
  });

  it('damage stays damage', async () => {
    const wide = new Uint16Array(64 * 64).map((_, i) => i);
    const raw = { width: 64, height: 64, channels: 1 } as const;
    const png = await sharp(wide, { raw }).toColourspace('grey16').png().toBuffer();
    const cut = decodePicture(png.subarray(0, png.length >> 1), { ...NATIVE, valueRange: { low: 0, high: 1 } });
    await expect(cut).rejects.toThrow(/damaged|cut off/);
  });
});

/** Two classes of six pictures each, darker and brighter. */
function writeSet(root: string, { samples, kept }: Kept, stray: (i: number) => Partial<Samples> = () => ({})): void {
  for (const [label, name] of ['bright', 'dark'].entries()) {
    for (let i = 0; i < 6; i += 1) {
      const value = (pixel: number, channel: number): number => kept(byteOf(pixel + i, channel) / (1 + label));
      put(join(root, name, `${i}.tif`), tiff({ ...samples, value, ...stray(6 * label + i) }));
    }
  }
}

async function imported(kind: string, options: { valueRange?: 'data' | 'percentiles' | ValueRange } = {}) {
  const root = temporaryFolder();
  writeSet(root, KEPT[kind]!);
  return { root, ...(await importInto(root, { fractions: { val: 0.25 }, ...options })) };
}

describe('an import by a range', () => {
  it.each(['floating point 0 to 1', '12 bits in 16', 'signed 16 bits', 'unsigned 32 bits'])(
    '%s is as the bytes are',
    async (kind) => {
      const given = KEPT[kind]!;
      const { card } = await imported(kind, { valueRange: { low: given.kept(0), high: given.kept(255) } });
      const bytes = temporaryFolder();
      writeSet(bytes, { samples: { ...GRAY, bits: 8, format: 1 }, kept: (v) => v });
      const { card: plain } = await importInto(bytes, { fractions: { val: 0.25 } });
      expect(card.quarantined).toBe(0);
      expect(card.valueRange).toEqual({ low: given.kept(0), high: given.kept(255) });
      expect(card.channelMean[0]).toBeCloseTo(plain.channelMean[0]!, 2);
      expect(card.channelStd[0]).toBeCloseTo(plain.channelStd[0]!, 2);
    },
  );

  it('the data tell it: least and greatest of the training images, and it is said', async () => {
    const { card } = await imported('signed 16 bits', { valueRange: 'data' });
    expect(card.valueRange).toEqual({ low: -1000, high: 1000 });
    expect(card.notes.join('\n')).toMatch(/training images with samples wider than a byte, values -1000 to 1000/);
  });

  it('a few stray values do not decide where percentiles do; pixels without data count nowhere', async () => {
    const root = temporaryFolder();
    const given = KEPT['floating point, elevation']!;
    const value = (pixel: number): number => (pixel === 0 ? 1e9 : pixel === 1 ? -9999 : given.kept(byteOf(pixel, 0)));
    writeSet(root, given, (i) => (i === 0 ? { value, noData: '-9999' } : {}));
    const { card } = await importInto(root, { fractions: { val: 0 }, valueRange: 'percentiles' });
    expect(card.valueRange).toEqual({ low: given.kept(0), high: given.kept(250) });
    const { card: byData } = await importInto(root, { fractions: { val: 0 }, valueRange: 'data' });
    expect(byData.valueRange).toEqual({ low: given.kept(0), high: 1e9 });
    expect(byData.notes.join('\n')).toMatch(/WARNING: nearly all pixels of all images have one value/);
  });

  it('training, a folder to predict on, another size and the screen read it alike', async () => {
    const { root, directory, card } = await imported('floating point 0 to 1', { valueRange: { low: 0, high: 1 } });
    const dataset = await openDataset(directory);
    const shape = { color: 'gray', fit: 'cover', interpolation: 'lanczos3' } as const;
    const cache = await ensurePacked(dataset, { ...shape, size: SIDE });
    const split = cache.split('train')!;
    const first = new Uint8Array(split.bytesPerImage);
    split.read([0], first);
    const path = split.pathOf(0);
    cache.close();
    const { valueRange } = card;
    const decoded = openFolderImages(join(root, path)).decode({ ...shape, size: SIDE, valueRange });
    for await (const { pixels } of decoded) expect([...pixels]).toEqual([...first]);
    const screen = await decodeStored({ root, path, kind: 'files', directory }, NATIVE);
    expect([...screen.pixels].filter((_, i) => i % 3 === 0)).toEqual([...first]);
    const smaller = await ensurePacked(dataset, { ...shape, size: 8 });
    expect(smaller.split('train')!.length).toBe(split.length);
    smaller.close();
    const sidecar = JSON.parse(readFileSync(join(directory, 'cache', '8-gray-cover-lanczos3-0to1.json'), 'utf8')) as {
      key: unknown;
    };
    expect(sidecar.key).toEqual({ ...shape, size: 8, valueRange: { low: 0, high: 1 } });
  });
});

test('without a choice nothing is guessed: what to choose is named', async () => {
  await expect(imported('floating point 0 to 1')).rejects.toThrow(/choose a range of values/);
});

test('one value everywhere, and no such samples, are said', async () => {
  const root = temporaryFolder();
  writeSet(root, { samples: { ...GRAY, bits: 32, format: 3 }, kept: () => 3 });
  await expect(importInto(root, { valueRange: 'data' })).rejects.toThrow(/wider than a byte are all 3/);
  const bytes = temporaryFolder();
  await classFolder(bytes, ['a', 'b'], 3);
  const { card } = await importInto(bytes, { valueRange: 'data' });
  expect(card.valueRange).toBeUndefined();
  expect(card.notes.join('\n')).toMatch(/the range of values was not used/);
});

test('gray whose white is zero is turned round, as it is without a range', async () => {
  const value = (pixel: number): number => 65_535 - byteOf(pixel, 0) * 16;
  const bytes = tiff({ channels: 1, photometric: 0, bits: 16, format: 1, value });
  const { pixels } = await decodePicture(bytes, { ...NATIVE, valueRange: { low: 0, high: 255 * 16 } });
  expect([...pixels]).toEqual(bytesOf(1));
});
