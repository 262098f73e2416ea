import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  INDEX_FILE,
  openProbabilities,
  openProbabilityWriter,
  PROBABILITIES_FILE,
  readProbabilities,
} from '../../../core/evaluate/probabilityFile.ts';
import type { PredictionIndex } from '../../../core/evaluate/probabilityFile.ts';
import { seeded } from './seeded.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const folder = temporaryFolder();

function index(images: number, classes: number): Omit<PredictionIndex, 'count' | 'classes'> {
  const names = Array.from({ length: classes }, (_, c) => `class ${c}`);
  return {
    classNames: names,
    classIds: names,
    paths: Array.from({ length: images }, (_, i) => `${i}.png`),
    labels: Array.from({ length: images }, (_, i) => (i % (classes + 1)) - 1),
    skipped: [],
    device: {
      kind: 'cpu',
      name: 'CPU',
      memoryBytes: null,
      engine: 'tensorflow',
      engineVersion: '2',
      threads: 2,
      notice: null,
    },
    imagesPerSec: 1,
  };
}

async function write(name: string, images = 10, classes = 4): Promise<{ directory: string; values: Float32Array }> {
  const directory = join(folder, name);
  const values = Float32Array.from({ length: images * classes }, seeded(1));
  const writer = await openProbabilityWriter(directory, { classes });
  await writer.append(values.subarray(0, 3 * classes));
  await writer.append(values.subarray(3 * classes));
  await writer.finish(index(images, classes));
  return { directory, values };
}

it('reads back what was appended in blocks, whole or in part', async () => {
  const { directory, values } = await write('whole');
  expect(readdirSync(directory).sort()).toEqual([INDEX_FILE, PROBABILITIES_FILE].sort());
  expect(readFileSync(join(directory, PROBABILITIES_FILE)).readFloatLE(4 * 5)).toBe(values[5]);
  const read = await readProbabilities(directory);
  expect(read.probabilities).toEqual(values);
  expect(read.index).toEqual({ ...index(10, 4), count: 10, classes: 4 });
  const reader = await openProbabilities(directory);
  expect(await reader.read(7, 2)).toEqual(values.slice(28, 36));
  expect(await reader.read(10, 0)).toEqual(new Float32Array(0));
  await expect(reader.read(9, 2)).rejects.toThrow(RangeError);
  await reader.close();
});

it('shows nothing until it is finished, and nothing after it was discarded', async () => {
  const directory = join(folder, 'unfinished');
  const writer = await openProbabilityWriter(directory, { classes: 2 });
  await writer.append(Float32Array.of(0.5, 0.5));
  await expect(readProbabilities(directory)).rejects.toMatchObject({ code: 'prediction.notFound' });
  await writer.discard();
  expect(readdirSync(directory)).toEqual([]);
});

it('replaces a prediction only when told', async () => {
  const { directory } = await write('again');
  await expect(openProbabilityWriter(directory, { classes: 4 })).rejects.toMatchObject({ code: 'file.exists' });
  expect((await readProbabilities(directory)).index.count).toBe(10);
  const writer = await openProbabilityWriter(directory, { classes: 2, overwrite: true });
  await writer.append(Float32Array.of(0.25, 0.75));
  await writer.finish(index(1, 2));
  expect([...(await readProbabilities(directory)).probabilities]).toEqual([0.25, 0.75]);
  expect(readdirSync(directory)).toHaveLength(2);
});

it('refuses rows and indices that do not fit', async () => {
  const directory = join(folder, 'misfit');
  const writer = await openProbabilityWriter(directory, { classes: 3 });
  await expect(writer.append(new Float32Array(4))).rejects.toMatchObject({ code: 'prediction.invalid' });
  await writer.append(new Float32Array(6));
  await expect(writer.finish(index(3, 3))).rejects.toMatchObject({
    code: 'prediction.classMismatch',
    message: '3 paths, 2 expected',
  });
  expect(readdirSync(directory)).toEqual([]);
});

describe('damage is found', () => {
  const edit = (directory: string, change: (json: Record<string, unknown>) => void): void => {
    const path = join(directory, INDEX_FILE);
    const json = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    change(json);
    writeFileSync(path, JSON.stringify(json));
  };

  it.each<[string, (directory: string) => void]>([
    ['one byte short', (directory) => truncateSync(join(directory, PROBABILITIES_FILE), 159)],
    ['one row long', (directory) => writeFileSync(join(directory, PROBABILITIES_FILE), new Uint8Array(176))],
    ['an index that is no JSON', (directory) => truncateSync(join(directory, INDEX_FILE), 20)],
    ['a label beyond the classes', (directory) => edit(directory, (json) => (json['labels'] as number[]).fill(4))],
    ['a missing path', (directory) => edit(directory, (json) => (json['paths'] as string[]).pop())],
    ['another number of classes', (directory) => edit(directory, (json) => (json['classes'] = 5))],
    ['a negative count', (directory) => edit(directory, (json) => (json['count'] = -1))],
    ['a field of another type', (directory) => edit(directory, (json) => (json['classNames'] = 'cat'))],
  ])('%s', async (name, damage) => {
    const { directory } = await write(`damaged ${name}`);
    damage(directory);
    await expect(readProbabilities(directory)).rejects.toMatchObject({ code: 'file.damaged' });
  });
});
