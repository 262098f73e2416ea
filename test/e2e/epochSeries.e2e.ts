/**
 * The 3G and the convolutional Lab network on the sample pictures, from their published presets made small: trained
 * from the command line and in the window, four epochs each in one table.
 */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { noTensorFlow } from '../support/engines.ts';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { fewSamples, openTestStudio, type TestStudio } from './support/studio.ts';

const EPOCHS = [1, 2, 3, 4];
const GAUSSIAN = {
  preset: 'imagenet-resnet50_3g',
  title: 'resnet50_3g on ImageNet, published run',
  model: 'resnet50_3g',
  shape: [
    ['Width factor', '0.125'],
    ['Depth factor', '0.1'],
  ],
} as const;
const LAB = {
  preset: 'imagenet-vgg16-convolutional-lab',
  title: 'Fully convolutional VGG-16 for CIE Lab, 120 epochs',
  model: 'vgg16_fc14',
  shape: [
    ['Width factor', '0.125'],
    ['Head width', '32'],
  ],
} as const;
const RUNS = [GAUSSIAN, LAB];
const option = (label: string): string => `--${label.toLowerCase().replaceAll(' ', '-')}`;

let studio: TestStudio;

/** Queues the preset as a run of 32 pixels and four epochs, and waits for its end. */
async function train(page: Page, url: string, { title, model, shape }: (typeof RUNS)[number]): Promise<void> {
  await page.goto(`${url}#/runs/new`);
  await page.getByLabel('More presets').selectOption({ label: title });
  if (!(await page.getByLabel('Width factor').isVisible()))
    await page.getByRole('button', { name: 'Architecture options' }).click();
  for (const [label, value] of shape) await page.getByLabel(label).fill(value);
  await page.getByLabel('Image size, px').fill('32');
  await page.getByLabel('Batch size', { exact: true }).fill('32');
  await page.getByLabel('Epochs', { exact: true }).fill(String(EPOCHS.length));
  if (!(await page.getByLabel('Training images').isVisible()))
    await page.getByRole('button', { name: 'More augmentation, colour, limits' }).click();
  await page.getByLabel('Training images').fill('96');
  await page.getByLabel('Validation images').fill('40');
  if (!(await page.getByLabel('Keep checkpoints at epochs').isVisible()))
    await page.getByRole('button', { name: 'Checkpoints, device' }).click();
  await page.getByLabel('Keep checkpoints at epochs').fill('one');
  await page.getByText('Enter a number').waitFor();
  await page.getByLabel('Keep checkpoints at epochs').fill('1-4');
  await page.getByLabel('Name', { exact: true }).fill(`${model} in the window`);
  await page.getByText('Memory fits').waitFor();
  await page.getByRole('button', { name: 'Queue this run' }).click();
  await page.waitForURL(/#\/runs\/r-/);
  await page.getByText('All 4 epochs done').first().waitFor();
}

describe.skipIf(noTensorFlow !== null)(
  `four epochs of two networks in one table${noTensorFlow ? ` (${noTensorFlow})` : ''}`,
  () => {
    beforeAll(async () => {
      if (chromiumPath() === null) return;
      studio = await openTestStudio({
        async prepare(_dataDir, quorum) {
          await quorum('dataset', 'import', join(fewSamples(), 'noto-emoji'), '--name', 'emoji');
          for (const { preset, model, shape } of RUNS) {
            await quorum(
              'train',
              '--preset',
              preset,
              '--dataset',
              'emoji',
              '--name',
              `${model} typed`,
              '--size',
              '32',
              '--batch-size',
              '32',
              '--epochs',
              '4',
              '--keep-epochs',
              EPOCHS.join(','),
              '--limit-train',
              '96',
              '--limit-val',
              '40',
              ...shape.flatMap(([label, value]) => [option(label), value]),
            );
          }
        },
      });
    });
    afterAll(async () => {
      if (chromiumPath() !== null) await studio.close();
    });
    beforeEach((context) => {
      if (chromiumPath() === null) context.skip(NO_CHROMIUM);
    });

    test('on the command line', async () => {
      for (const { model } of RUNS)
        await studio.quorum(
          'evaluate',
          '--run',
          `${model} typed`,
          '--checkpoints',
          model === LAB.model ? EPOCHS.join(',') : '4',
          '--limit',
          '40',
        );
      const table = await studio.quorum('evaluate', 'list', '--table', 'md', '--figure', 'accuracy');
      expect(table).toMatch(/emoji, val, 40 images/);
      for (const row of [
        `${GAUSSIAN.model} typed, epoch 4`,
        ...EPOCHS.map((epoch) => `${LAB.model} typed, epoch ${epoch}`),
      ])
        expect(table).toMatch(new RegExp(`^\\| ${row} \\| .*\\d\\.\\d\\d/\\d+\\.\\d\\d `, 'm'));
      for (const fit of ['Centre 32 × 32', 'Squashed to 32 × 32'])
        expect(table).toContain(`${fit} (lanczos3), as the run was trained.`);
    });

    test.each(RUNS)('$model is trained in the window from its preset', async (run) => {
      await train(studio.page, studio.url, run);
      const shown = JSON.parse(await studio.quorum('--json', 'runs', 'show', `${run.model} in the window`)) as {
        spec: { keepEpochs: number[]; preprocessing: { color: string } };
      };
      expect(shown.spec).toMatchObject({ keepEpochs: EPOCHS, preprocessing: { color: run === LAB ? 'lab' : 'rgb' } });
    });

    test('both are evaluated in the window', async () => {
      const { page, url } = studio;
      await page.goto(`${url}#/evaluate/measure`);
      const networks = page.getByRole('list', { name: 'Runs and weights' });
      for (const { model } of RUNS) await networks.getByLabel(new RegExp(`^${model} in the window`)).check();
      await page.getByLabel('Checkpoint of runs').selectOption('epochs');
      await page.getByLabel('Epochs', { exact: true }).fill('1-4');
      await page.getByLabel('Sample size (stratified)').fill('40');
      await page.getByRole('button', { name: 'Evaluate 8 networks by 1 protocol' }).click();
      await page.waitForURL(/#\/evaluate$/);
      const table = page.getByRole('group', { name: /emoji, val, 40 images/ });
      for (const { model } of RUNS)
        for (const epoch of EPOCHS)
          await table.getByRole('rowheader', { name: `${model} in the window, epoch ${epoch}` }).waitFor();
      const figures = new Map(
        (JSON.parse(await studio.quorum('--json', 'evaluate', 'list')) as { network: string; top1: number }[]).map(
          ({ network, top1 }) => [network, top1],
        ),
      );
      for (const epoch of EPOCHS)
        expect(figures.get(`${LAB.model} in the window, epoch ${epoch}`), 'typed or clicked, the same run').toBe(
          figures.get(`${LAB.model} typed, epoch ${epoch}`),
        );
      await table.scrollIntoViewIfNeeded();
      await studio.shot(page, 'epoch-series');
      expect(studio.faults).toEqual([]);
    });
  },
);
