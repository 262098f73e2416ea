/** A thousand classes: the confusion matrix is drawn, walked and clicked, and leads to its pictures. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { openTestStudio, SAMPLES, type TestStudio } from './support/studio.ts';

const CLASSES = 1000;
const className = (at: number): string => `class-${String(at).padStart(4, '0')}`;

let studio: TestStudio;
let run = '';

/**
 * Two training images and one test image per class, taken from one class of the sample: what they show matters less
 * here than that they are so many kinds. They have the size that is trained at, so that the import packs them as well.
 */
async function dealPictures(folder: string): Promise<void> {
  const sample = join(SAMPLES, 'fashion-mnist-mini/test/bag');
  const pictures = await Promise.all(
    readdirSync(sample).map((name) => sharp(join(sample, name)).resize(32).png().toBuffer()),
  );
  for (let at = 0; at < CLASSES; at++)
    for (const [split, name, place] of [
      ['train', 'a', at],
      ['train', 'b', at + 311],
      ['test', 'c', at],
    ] as const) {
      const target = join(folder, split, className(at));
      mkdirSync(target, { recursive: true });
      writeFileSync(join(target, `${name}.png`), pictures[place % pictures.length]!);
    }
}

/** How many of the canvas's pixels differ from its corner: what is drawn on it. */
async function drawnPixels(page: Page): Promise<number> {
  return page.getByRole('application', { name: /Confusion matrix/ }).evaluate((element) => {
    const canvas = element as unknown as {
      width: number;
      height: number;
      getContext(kind: '2d'): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray } };
    };
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let drawn = 0;
    for (let at = 0; at < data.length; at += 4)
      if (data[at] !== data[0] || data[at + 1] !== data[1] || data[at + 2] !== data[2]) drawn++;
    return drawn;
  });
}

describe('a thousand classes', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    studio = await openTestStudio();
    const folder = join(studio.folder, 'many');
    await dealPictures(folder);
    await studio.quorum('dataset', 'import', folder, '--name', 'many');
    const trained = await studio.quorum(
      '--json',
      'train',
      '--model',
      'vgg11',
      '--dataset',
      'many',
      '--width-factor',
      '0.05',
      '--head-width',
      '16',
      '--epochs',
      '1',
      '--batch-size',
      '100',
      '--limit-train',
      '200',
      '--name',
      'thousand',
    );
    ({ id: run } = z.object({ id: z.string() }).parse(JSON.parse(trained)));
    await studio.quorum('predict', '--run', run, '--data', 'test', '--output', join(studio.folder, 'many.csv'));
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('the matrix is drawn, its most confused pairs beside it, and a pair shows its pictures', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs/${run}/confusion`);
    await page.getByRole('application', { name: `Confusion matrix of ${CLASSES} classes`, exact: false }).waitFor();
    await expect.poll(() => drawnPixels(page)).toBeGreaterThan(CLASSES / 2);
    const pairs = page.getByRole('list', { name: 'Most confused pairs' }).getByRole('button');
    const counts = await pairs.locator('.num').allTextContents();
    expect(counts.length).toBeGreaterThan(10);
    expect(counts.map(Number)).toEqual(counts.map(Number).toSorted((a, b) => b - a));
    const [truth = '', decision = ''] = ((await pairs.first().textContent()) ?? '').match(/class-\d{4}/g) ?? [];
    await pairs.first().click();
    await page.getByRole('status').getByText(`${truth} → ${decision}: ${counts[0]?.trim()}`).waitFor();
    await page
      .getByRole('group', { name: `${truth} → ${decision}` })
      .getByRole('button')
      .first()
      .waitFor();
    await studio.shot(page, 'thousand-classes');
  });

  test('the worst classes alone can be looked at, and the whole matrix is copied for a sheet', async () => {
    const { page } = studio;
    await page.getByLabel('Classes shown').selectOption('20');
    await page.getByRole('application', { name: /^Confusion matrix of 2\d classes/ }).waitFor();
    await studio.shot(page, 'worst-classes');
    await page.getByRole('button', { name: 'CSV', exact: true }).click();
    await page.getByText(`The whole matrix of ${CLASSES.toLocaleString('en')} classes was copied as CSV.`).waitFor();
    const lines = (await page.evaluate<string>('navigator.clipboard.readText()')).split('\r\n');
    expect([lines.length, lines[0]?.split(',').length, lines[1]?.split(',')[0]]).toEqual([
      CLASSES + 1,
      CLASSES + 1,
      className(0),
    ]);
    await page.getByLabel('Classes shown').selectOption('0');
  });

  test('zooming in names the classes, and a click on a cell shows its pictures', async () => {
    const { page } = studio;
    const matrix = page.getByRole('application', { name: /Confusion matrix/ });
    await matrix.focus();
    for (let i = 0; i < 14; i++) await page.keyboard.press('+');
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
    const words = page.getByRole('tabpanel').getByText(/of 1 \(\d+/);
    await words.waitFor();
    const said = (await words.textContent()) ?? '';
    await page.keyboard.press('Enter');
    const truth = /class-\d{4}/.exec(said)?.[0] ?? 'no class';
    await page
      .getByRole('status')
      .getByText(new RegExp(`^${truth} → class-\\d{4}: \\d`))
      .waitFor();
    await studio.shot(page, 'thousand-classes-near');
    const box = await matrix.boundingBox();
    await matrix.click({ position: { x: (box?.width ?? 0) * 0.6, y: (box?.height ?? 0) * 0.6 } });
    await expect.poll(async () => (await page.getByRole('status').first().textContent()) ?? '').not.toContain(truth);
    expect(studio.faults).toEqual([]);
  });
});
