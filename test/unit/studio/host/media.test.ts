import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import type { DatasetCard } from '../../../../contract/dataset.ts';
import { Augmentation } from '../../../../contract/recipe.ts';
import type { RunRequest } from '../../../../contract/runSpec.ts';
import { readIndex } from '../../../../core/data/set/datasetIndex.ts';
import { keyedRandom } from '../../../../core/data/random.ts';
import { openProbabilityWriter } from '../../../../core/evaluate/probabilityFile.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import { createMedia, type Media } from '../../../../core/studio/host/media.ts';
import { evaluationPictureUrls, inputUrl } from '../../../../core/studio/host/mediaPath.ts';
import { createReader, type Reader } from '../../../../core/studio/lookups/lookups.ts';
import { openTrainingData } from '../../../../core/worker/trainingData.ts';
import { put } from '../../data/fixtures.ts';
import { exampleEvaluation } from '../../db/examples.ts';

const CPU = {
  kind: 'cpu',
  name: 'test',
  memoryBytes: null,
  engine: 'tensorflow',
  engineVersion: '0',
  threads: 1,
  notice: null,
} as const;
const MODEL = { name: 'vgg11', options: { widthFactor: 0.125, headWidth: 32 } };
let folder = '';
let studio: Studio;
let reader: Reader;
let media: Media;
let card: DatasetCard;
let paths: readonly string[];

/**
 * Ten photographs of different sizes in two classes, each with a gray level of its own in the middle; the first is left
 * out, the fourth relabelled.
 */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quorum-media-'));
  for (let i = 0; i < 10; i += 1) {
    const width = 60 + 7 * i;
    const height = 90 - 3 * i;
    const random = keyedRandom(i, 'waves');
    const a = random.int(9) + 3;
    const pixels = Buffer.from(
      Uint8Array.from(
        { length: width * height * 3 },
        (_, at) => 20 * i + 30 + 20 * Math.sin(((at / 3) % width) / a + (at % 3)),
      ),
    );
    put(
      join(folder, 'pictures', i < 5 ? 'a' : 'b', `${i}.jpg`),
      await sharp(pixels, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 95 })
        .toBuffer(),
    );
  }
  studio = await createStudio({ dataDir: join(folder, 'home'), fork: forkJob });
  reader = createReader();
  media = createMedia(studio.context, reader);
  card = await studio.datasets.import({ path: join(folder, 'pictures'), name: 'waves', fractions: { val: 0 } });
  paths = readIndex(studio.paths.datasetDir(card.id)).splits.train?.paths ?? [];
  await studio.datasets.overlay(card.id, [
    { split: 'train', path: paths[0], exclude: true },
    { split: 'train', path: paths[3], label: 'b' },
  ]);
});
afterAll(async () => {
  await reader.close();
  await studio.close();
  rmSync(folder, { recursive: true, force: true });
});

async function shown(url: string): Promise<{ pixels: Buffer; width: number; height: number }> {
  const file = await media.find(url, new URLSearchParams());
  const { data, info } = await sharp(file?.open() as Buffer)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height };
}
const mean = ({ pixels }: { pixels: Buffer }): number => pixels.reduce((sum, value) => sum + value, 0) / pixels.length;

describe('pictures of stored evaluations', () => {
  test('are the predicted ones where others were left out, and one thumbnail serves all evaluations', async () => {
    const run = await studio.runs.create({ model: MODEL, dataset: card.id, batchSize: 4, epochs: 1, device: 'cpu' });
    const predicted = paths.slice(1);
    const ids = ['p-1', 'v-2'];
    for (const id of ids) {
      const directory = studio.paths.evaluationDir(id);
      const writer = await openProbabilityWriter(directory, { classes: 2 });
      await writer.append(new Float32Array(2 * predicted.length).fill(0.5));
      const { count, classes, device, imagesPerSec } = await writer.finish({
        classNames: ['a', 'b'],
        classIds: ['a', 'b'],
        paths: [...predicted],
        labels: predicted.map(() => 0),
        skipped: [],
        device: CPU,
        imagesPerSec: 1,
      });
      await studio.context.evaluations.add({
        ...exampleEvaluation(),
        id,
        runId: run.id,
        images: { kind: 'split', datasetId: card.id, datasetName: card.name, split: 'train' },
        path: directory,
        count,
        classes,
        device,
        imagesPerSec,
      });
    }
    for (const id of ids) {
      for (let row = 0; row < predicted.length; row += 1) {
        const level = 20 * Number(/(\d)\.jpg$/.exec(predicted[row] ?? '')?.[1]) + 30;
        expect(
          Math.abs(mean(await shown(evaluationPictureUrls(id, row).thumbnail)) - level),
          `${id} ${row}`,
        ).toBeLessThan(8);
      }
    }
    expect(
      readdirSync(join(studio.paths.thumbnails, card.id), { recursive: true }).filter((name) =>
        String(name).endsWith('.webp'),
      ),
    ).toHaveLength(predicted.length);
    expect(
      await media.find(evaluationPictureUrls('p-1', predicted.length).thumbnail, new URLSearchParams()),
    ).toBeNull();
  });
});

describe("the preview of a network's input", () => {
  const erasing = { probability: 0.8 };
  const jitter = { brightness: 0.4, contrast: 0.2, saturation: 0.2, hue: 0.1 };
  test.each<[string, Pick<RunRequest, 'preprocessing'>, object]>([
    [
      'crops from the original pictures',
      { preprocessing: { size: 32 } },
      { flip: true, resizedCrop: { minArea: 0.3 }, colorJitter: jitter, erasing },
    ],
    [
      'crops of the packed pictures, which are larger',
      { preprocessing: { size: 160 } },
      { flip: true, resizedCrop: { minArea: 0.3 }, trivialAugment: true, erasing },
    ],
    ['whole pictures, padded crops', { preprocessing: { size: 32 } }, { flip: true, cropPadding: 4, erasing }],
    ['gray', { preprocessing: { size: 32, color: 'gray' } }, { flip: true, resizedCrop: { minArea: 0.5 } }],
  ])('is byte for byte what training is given: %s', async (_what, preprocessing, asked) => {
    const augmentation = Augmentation.parse(asked);
    const { spec } = await studio.runs.create({
      model: MODEL,
      dataset: card.id,
      batchSize: 4,
      epochs: 1,
      device: 'cpu',
      augmentation,
      ...preprocessing,
    });
    const data = await openTrainingData(
      spec,
      studio.paths.datasetDir(card.id),
      { signal: new AbortController().signal, startedAt: 0, send: () => undefined },
      'cpu',
    );
    try {
      const { size } = spec.preprocessing;
      const used = paths.slice(1);
      for (const [epoch, step] of [
        [0, 0],
        [0, 1],
        [3, 2],
      ] as const) {
        const { images, indices, count } = data.train.batch(epoch, step);
        const bytes = images.length / count;
        const channels = bytes / size ** 2;
        for (let i = 0; i < count; i += 1) {
          const place = paths.indexOf(used[indices[i] ?? -1] ?? '');
          const seen = await shown(
            inputUrl(card.id, 'train', place, {
              preprocessing: spec.preprocessing,
              augmentation,
              seed: spec.seed,
              epoch,
            }),
          );
          const own = channels === 3 ? seen.pixels : seen.pixels.filter((_, at) => at % 3 === 0);
          expect(
            Buffer.compare(own, Buffer.from(images.subarray(i * bytes, (i + 1) * bytes))),
            `epoch ${epoch}, ${used[indices[i] ?? -1]}`,
          ).toBe(0);
        }
      }
    } finally {
      await data.close();
    }
    expect(
      await media.find(
        inputUrl(card.id, 'train', 0, { preprocessing: spec.preprocessing, augmentation, seed: 0, epoch: 0 }),
        new URLSearchParams(),
      ),
    ).toBeNull();
  });
});
