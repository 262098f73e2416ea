/**
 * Fine-tuning as a user does it: a run's checkpoint becomes the start of another run on other data, with what will
 * happen in words.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeCifarBinary } from '../support/cifarBinary.ts';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { fewSamples, openTestStudio, type TestStudio } from './support/studio.ts';

let studio: TestStudio;

describe('fine-tuning in the window', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    studio = await openTestStudio({
      async prepare(dataDir, quorum) {
        await quorum('dataset', 'import', join(fewSamples(), 'fashion-mnist-mini'), '--name', 'fashion');
        await quorum(
          'train',
          '--dataset',
          'fashion',
          '--model',
          'vgg11',
          '--width-factor',
          '0.125',
          '--head-width',
          '32',
          '--size',
          '32',
          '--color',
          'rgb',
          '--epochs',
          '1',
          '--limit-train',
          '64',
          '--limit-val',
          '32',
          '--batch-size',
          '32',
          '--name',
          'first',
        );
        await writeCifarBinary(join(dataDir, '..', 'cifar'), 2);
        await quorum('dataset', 'import', join(dataDir, '..', 'cifar'), '--name', 'tiny cifar');
      },
    });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('a run is chosen, layers are named, mistakes show while one types, and the run trains', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs/new`);
    await page.getByRole('button', { name: 'Quick look' }).click();
    await page.getByLabel('Data set', { exact: true }).selectOption({ label: 'tiny cifar' });
    await page
      .getByRole('group', { name: 'Start from' })
      .getByLabel('Weights')
      .selectOption({ label: 'first (vgg11, 32 px, 10 classes)' });
    await page.getByLabel('Trainable layers').selectOption({ label: 'All except …' });
    const card = page.getByRole('region', { name: 'Preview' });
    const layers = page.getByLabel('Layers', { exact: true });
    await page.getByText('Name layers, such as head or conv1*').waitFor();
    await layers.fill('conv*,nope');
    await page
      .getByText(/names no layer of the network: nope/)
      .first()
      .waitFor();
    await layers.fill('conv*');
    await card.getByText(/^8 convolutions frozen, head kept, .* parameters train$/).waitFor();
    await page.getByLabel('Head', { exact: true }).selectOption({ label: 'New' });
    await card.getByText(/^8 convolutions frozen, head new, .* parameters train$/).waitFor();
    await card.getByText('New head fc8 for 10 classes.').waitFor();
    await studio.shot(page, 'fine-tuning');
    await page.getByLabel('Epochs', { exact: true }).fill('1');
    await page.getByLabel('Batch size', { exact: true }).fill('20');
    await card.getByText('Memory fits').waitFor();
    await page.getByRole('button', { name: 'Queue this run' }).click();
    await page.waitForURL(/#\/runs\/r-/);
    await page.getByText('The one epoch is done.').first().waitFor();
    expect(studio.faults).toEqual([]);
  });

  test('the published preset asks for weights, in words, at the field', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs/new`);
    await page.getByLabel('More presets').selectOption({ label: 'VGG-16 fine-tuned on CIFAR-10, published run' });
    await page.getByText('Choose weights: without them every layer is new').waitFor();
    expect(await page.getByRole('button', { name: 'Queue this run' }).isDisabled()).toBe(true);
    expect(await page.getByLabel('Epochs', { exact: true }).inputValue()).toBe('12');
  });
});
