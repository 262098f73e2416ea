import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ResolvedProtocol } from '../../../../contract/protocol.ts';
import { getProtocol } from '../../../../core/evaluate/protocols/namedProtocols.ts';
import {
  chunkSize,
  type PictureSource,
  viewsOfAll,
  type ViewChunk,
} from '../../../../core/evaluate/protocols/viewPool.ts';
import { viewsOf } from '../../../../core/evaluate/protocols/views.ts';
import { mosaic } from './mosaic.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-views-'));
const COUNT = 12;
const BROKEN = 5;
const paths = Array.from({ length: COUNT }, (_, n) => `${n}.png`);
const files: PictureSource = {
  count: COUNT,
  batch: (from, to) => ({
    kind: 'files',
    files: paths.slice(from, to).map((path) => join(folder, path)),
    names: paths.slice(from, to),
  }),
};
const RAW = { color: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const;
const protocols = ['caffe-12crop-224', 'torchvision-1crop-224'].map((name) =>
  ResolvedProtocol.parse({ ...getProtocol(name), input: RAW, labels: 'own' }),
);

beforeAll(async () => {
  for (const [n, path] of paths.entries()) {
    const { pixels, width, height } = await mosaic(n);
    if (n === BROKEN) writeFileSync(join(folder, path), 'no picture');
    else
      await sharp(pixels, { raw: { width, height, channels: 3 } })
        .png()
        .toFile(join(folder, path));
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function all(source: PictureSource, signal?: AbortSignal): Promise<ViewChunk[]> {
  const chunks: ViewChunk[] = [];
  for await (const chunk of viewsOfAll(source, protocols, 32, signal)) chunks.push(chunk);
  return chunks;
}

test('files of several sizes by two protocols, in order; one that is no picture is skipped with its reason', async () => {
  const chunks = await all(files);
  expect(chunks.length).toBeGreaterThan(1);
  expect(chunks.flatMap(({ pictures }) => pictures)).toEqual(paths.map((_, n) => n).filter((n) => n !== BROKEN));
  expect(chunks.flatMap(({ skipped }) => skipped)).toEqual([{ picture: BROKEN, reason: expect.stringMatching(/./) }]);
  const last = chunks.at(-1)!;
  const picture = last.pictures.at(-1)!;
  for (const [k, protocol] of protocols.entries()) {
    const { pixels: expected } = await viewsOf(await mosaic(picture), protocol);
    expect(
      Buffer.compare(Buffer.from(last.views[k]!.slice(-expected.length).buffer), Buffer.from(expected.buffer)),
    ).toBe(0);
  }
});

test('gray pixels are widened; a picture smaller than the crop ends it; an abort is passed on', async () => {
  const pixels: PictureSource = {
    count: 2,
    batch: (from, to) => ({
      kind: 'pixels',
      pixels: new Uint8Array((to - from) * 300 * 300).fill(7),
      width: 300,
      height: 300,
      channels: 1,
    }),
  };
  const [gray] = await all(pixels);
  expect(gray!.pictures).toEqual([0, 1]);
  expect(gray!.views[1]).toHaveLength(2 * 224 * 224 * 3);
  expect(gray!.views[1]!.every((value) => value === 7)).toBe(true);
  const native = ResolvedProtocol.parse({
    ...getProtocol('tiny-imagenet-64'),
    crop: 400,
    crops: 'centreFloor',
    labels: 'own',
  });
  await expect(
    (async () => {
      for await (const chunk of viewsOfAll(files, [native], 32)) expect(chunk).toBeUndefined();
    })(),
  ).rejects.toThrow(expect.objectContaining({ code: 'input.invalid', message: expect.stringContaining('.png') }));
  await expect(all(files, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
});

test('chunks fill the batches of the network where they can', () => {
  const sized = (name: string, batchSize: number): number =>
    chunkSize([ResolvedProtocol.parse({ ...getProtocol(name), input: RAW, labels: 'own' })], batchSize);
  expect([
    sized('torchvision-1crop-224', 32),
    sized('caffe-12crop-224', 32),
    sized('torchvision-1crop-224', 48),
    sized('caffe-144crop-224', 32),
  ]).toEqual([64, 8, 48, 1]);
});
