/**
 * Weights and Evaluate as a user does them: import a file, find its preprocessing, measure by protocols, compare, time;
 * and the pictures that are there twice.
 */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { seriousFindings } from './support/axe.ts';
import { followBrowserTheme, inBothThemes, placeName, settle } from './support/bothThemes.ts';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { openTestStudio, SAMPLES, type TestStudio } from './support/studio.ts';

const CLASSES = ['ankle-boot', 'bag', 'trouser'];
/** Two of the three under other names. */
const RENAMED = { bag: 'Tasche', 'ankle-boot': 'Stiefel' } as const;
const RunFile = z.object({
  directory: z.string(),
  checkpoints: z.array(z.object({ path: z.string(), isBest: z.boolean() })),
});

let studio: TestStudio;

/**
 * Ninety training and thirty validation pictures of three classes, one of them in both; a run of three epochs that
 * keeps the first two; its best weights as a file.
 */
async function prepare(dataDir: string, quorum: TestStudio['quorum']): Promise<void> {
  const files = join(dirname(dataDir), 'files');
  const pictures = join(files, 'pictures');
  const sample = join(SAMPLES, 'fashion-mnist-mini');
  for (const [split, from, count] of [
    ['train', 'train', 30],
    ['val', 'test', 10],
  ] as const) {
    for (const name of CLASSES) {
      const target = join(pictures, split, name);
      mkdirSync(target, { recursive: true });
      for (const file of readdirSync(join(sample, from, name))
        .sort()
        .slice(0, count))
        cpSync(join(sample, from, name, file), join(target, file));
    }
  }
  const twin = readdirSync(join(pictures, 'val', 'bag')).sort()[0] ?? '';
  cpSync(join(pictures, 'val', 'bag', twin), join(pictures, 'train', 'bag', `twin-${twin}`));
  await quorum('dataset', 'import', pictures, '--name', 'three classes');
  for (const [own, name] of Object.entries(RENAMED))
    cpSync(join(pictures, 'val', own), join(files, 'renamed', 'val', name), { recursive: true });
  cpSync(join(files, 'renamed', 'val'), join(files, 'renamed', 'train'), { recursive: true });
  await quorum('dataset', 'import', join(files, 'renamed'), '--name', 'two renamed');
  const lines = Object.entries(RENAMED).map((pair) => pair.join(','));
  writeFileSync(join(files, 'map.csv'), ['network,dataset', ...lines].join('\n'));
  writeFileSync(join(files, 'bad.csv'), ['network,dataset', 'coat,Tasche'].join('\n'));
  await quorum(
    'train',
    '--model',
    'vgg11',
    '--dataset',
    'three classes',
    '--name',
    'small one',
    '--size',
    '32',
    '--epochs',
    '3',
    '--batch-size',
    '20',
    '--lr',
    '2e-3',
    '--keep-epochs',
    '1,2',
    '--width-factor',
    '0.125',
    '--head-width',
    '32',
  );
  const { directory, checkpoints } = RunFile.parse(JSON.parse(await quorum('--json', 'runs', 'show', 'small one')));
  cpSync(
    resolve(directory, checkpoints.find(({ isBest }) => isBest)?.path ?? '', 'weights.safetensors'),
    join(files, 'tiny.safetensors'),
  );
}

const clipboard = (page: Page): Promise<string> => page.evaluate<string>('navigator.clipboard.readText()');

describe('weights and figures', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    studio = await openTestStudio({ prepare, files: true });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('a weight file is looked into, its gaps are shown, and what fits is imported', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/weights`);
    await page.getByText('No weights yet').waitFor();
    await studio.shot(page, 'weights-empty');
    await page.getByRole('main').getByRole('link', { name: 'Import weights' }).first().click();
    await page.getByLabel('Where to look').selectOption({ label: 'files' });
    await page.getByRole('button', { name: 'tiny.safetensors' }).click();
    await page.getByLabel('Network', { exact: true }).selectOption('vgg11');
    await page.getByLabel('Input size, px').fill('32');
    await page.getByLabel('Width factor').fill('0.125');
    await page.getByRole('button', { name: 'Inspect' }).click();
    const found = page.getByRole('status', { name: 'How it fits the network' });
    await found.getByText('Incomplete').waitFor();
    expect(await found.textContent()).toMatch(/fc6\/kernel should be/);
    await page.getByLabel(/^Only \d+ gaps$/).check();
    await page
      .getByRole('row', { name: /another shape/ })
      .first()
      .waitFor();
    expect(await page.getByRole('button', { name: 'Import', exact: true }).isDisabled()).toBe(true);
    await studio.shot(page, 'weights-gaps');
    await page.getByLabel('Head width').fill('32');
    await page.getByRole('button', { name: 'Inspect' }).click();
    await found.getByText('All weights found').waitFor();
    await page
      .getByRole('treegrid', { name: 'Weights of the network' })
      .getByRole('row', { name: /kernel.*conv1_1\/kernel/ })
      .waitFor();
    await page.getByRole('button', { name: 'Tensors in the file' }).click();
    await page
      .getByRole('treegrid', { name: 'Tensors of the file' })
      .getByRole('row', { name: /^conv1_1/ })
      .click();
    await page.getByRole('row', { name: /^conv1_1/, expanded: false }).waitFor();
    await studio.shot(page, 'weights-fit');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.waitForURL(/#\/weights\/w-/);
    await page.getByText('run the self-check below').waitFor();
  });

  test('the self-check finds the preprocessing, and the card takes it', async () => {
    const { page } = studio;
    const panel = page.getByRole('region', { name: 'Self-check' });
    await panel.getByRole('button', { name: 'Run self-check' }).click();
    await panel.getByRole('button', { name: /^Use / }).first().waitFor();
    expect(await panel.getByRole('row').count()).toBe(1 + 9);
    await panel
      .getByRole('button', { name: /^Use .*mean and sd of the data set/ })
      .first()
      .click();
    await panel.getByText('in use').waitFor();
    await studio.shot(page, 'weights-check');
    expect(await page.getByRole('region', { name: 'Card' }).textContent()).not.toContain('not known');
    await page.reload();
    await panel.getByText(/val split of three classes: 30 images of 3 classes/).waitFor();
    await page
      .getByRole('region', { name: 'Tensors' })
      .getByRole('row', { name: /kernel/ })
      .first()
      .waitFor();
  });

  test("imported weights and a run's checkpoint are exported and downloaded; a folder comes as one archive", async () => {
    const { page, url } = studio;
    const dialog = page.getByRole('dialog', { name: 'Export weights' });
    const exported = async (format: string, name: string): Promise<string> => {
      await dialog.getByLabel('Format').selectOption(format);
      await dialog.getByRole('button', { name: 'Export', exact: true }).click();
      await dialog.getByRole('link', { name }).waitFor();
      const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('link', { name }).click()]);
      return readFile(await download.path(), 'latin1');
    };
    await page
      .getByRole('region', { name: 'tiny', exact: true })
      .getByRole('button', { name: 'Export', exact: true })
      .click();
    for (const [format, name, starts] of [
      ['safetensors', 'tiny.safetensors', /^.{8}\{"/s],
      ['onnx', 'tiny.onnx', /^\x08/],
      ['tfjs', 'tiny-tfjs.tar', /^tiny\//],
    ] as const)
      expect(await exported(format, name)).toMatch(starts);
    await studio.shot(page, 'weights-export');
    expect(await seriousFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.goto(`${url}#/runs`);
    await page.getByRole('link', { name: 'small one' }).first().click();
    await page
      .getByRole('table', { name: 'Checkpoints' })
      .getByRole('button', { name: 'Export the checkpoint of epoch 1.0' })
      .click();
    expect(JSON.parse(await exported('npy', 'its card'))).toMatchObject({ format: 'npy', source: { kind: 'run' } });
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.goto(`${url}#/weights`);
  });

  test('weights are removed and taken back', async () => {
    const { page } = studio;
    await page.getByRole('button', { name: 'Delete these weights' }).click();
    await page.getByText('No weights yet').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('navigation', { name: 'Weights' }).getByRole('link', { name: /tiny/ }).waitFor();
  });

  test("a protocol of one's own is kept, and its name never means another", async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/evaluate/protocols`);
    const form = page.getByRole('form', { name: 'New protocol' });
    await form.getByLabel('Name').fill('mine-40');
    await form.getByLabel('To, pixels').fill('40');
    await form.getByLabel('Views', { exact: true }).selectOption('five');
    await form.getByLabel('Crop, pixels').fill('48');
    await form.getByText('no smaller than the crop').waitFor();
    await form.getByLabel('Crop, pixels').fill('32');
    await form.getByLabel('mirrored views as well').check();
    await form.getByText('10 views per image').waitFor();
    await form.getByRole('button', { name: 'Save protocol' }).click();
    await page.getByRole('table', { name: 'Protocols' }).getByText('mine-40').waitFor();
    await form.getByLabel('Name').fill('mine-40');
    await form.getByLabel('Crop, pixels').fill('30');
    await form.getByRole('button', { name: 'Save protocol' }).click();
    await form.getByText('a name never changes its meaning').waitFor();
    await studio.shot(page, 'protocols');
  });

  test('a run and the weights are measured by two protocols, and the table is copied', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/evaluate/measure`);
    const networks = page.getByRole('list', { name: 'Runs and weights' });
    const protocols = page.getByRole('list', { name: 'Protocols' });
    await networks.getByLabel(/small one/).check();
    await networks.getByLabel(/^tiny/).check();
    for (const name of ['mine-40', 'caffe-12crop-224']) {
      await page.getByLabel('Search protocols').fill(name);
      await protocols.getByLabel(new RegExp(`^${name}`)).check();
    }
    await page.getByLabel('Crop sizes').fill('32, 40');
    await studio.shot(page, 'measure');
    await page.getByRole('button', { name: 'Evaluate 2 networks by 4 protocols' }).click();
    await page.waitForURL(/#\/evaluate\/sizes/);
    await page.getByRole('img', { name: /accuracy in per cent against crop size/ }).waitFor();
    expect(await page.getByRole('region', { name: 'Accuracy against crop size' }).getByRole('row').count()).toBe(1 + 4);
    await studio.shot(page, 'crop-sizes');
    await page.getByRole('tab', { name: 'Results' }).click();
    const table = page.getByRole('group', { name: /three classes, val, 30 images/ });
    await table.getByRole('columnheader', { name: 'mine-40', exact: false }).first().waitFor();
    expect(await table.getByRole('rowheader').allTextContents()).toEqual(['small one', 'tiny']);
    await page.getByLabel('95 % intervals').check();
    await page.getByLabel('Result', { exact: true }).selectOption('accuracy');
    await table.getByText('95 % interval of top-1 in brackets').waitFor();
    await page.getByRole('button', { name: 'Markdown' }).click();
    await page.getByText('in the clipboard as Markdown').waitFor();
    expect(await clipboard(page)).toMatch(/\| network \| .*accuracy %[^]*\| small one \| \d+\.\d+ \(/);
    for (const [name, mark] of [
      ['LaTeX', '\\begin{tabular}'],
      ['CSV', 'network,'],
    ] as const) {
      await page.getByRole('button', { name, exact: true }).click();
      await expect.poll(() => clipboard(page)).toContain(mark);
    }
    await studio.shot(page, 'figures');
  });

  test('a part of the classes under other names is measured by both readings, in columns of their own', async () => {
    const { page, url } = studio;
    for (const [reading, file] of [
      ['subset', 'bad.csv'],
      ['subset', 'map.csv'],
      ['all', 'map.csv'],
    ] as const) {
      await page.goto(`${url}#/evaluate`);
      await page.goto(`${url}#/evaluate/measure`);
      await page
        .getByRole('list', { name: 'Runs and weights' })
        .getByLabel(/small one/)
        .check();
      await page.getByLabel('Data set', { exact: true }).selectOption({ label: 'two renamed' });
      await page.getByLabel('Decide among').selectOption(reading);
      await page.getByText('Class map', { exact: true }).press('Enter');
      await page.getByLabel('Where to look').selectOption({ label: 'files' });
      await page.getByRole('button', { name: file }).press('Enter');
      await page.getByText(`Class map: ${file}`).waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await studio.shot(page, `reading-${reading}`);
      await page.getByRole('button', { name: 'Evaluate 1 network by 1 protocol' }).press('Enter');
      if (file === 'bad.csv') {
        await page.getByText('Line 2 of the class map bad.csv cannot be used').waitFor();
        continue;
      }
      await page.waitForURL(/#\/evaluate\/of\/v-/);
      await page.getByText('map.csv, 2 classes').waitFor();
      if (reading === 'subset') await page.getByText('classes of the data set only').waitFor();
    }
    await page.goto(`${url}#/evaluate`);
    const table = page.getByRole('group', { name: /two renamed, val, 20 images/ });
    await table.getByRole('columnheader', { name: /subset/ }).waitFor();
    expect(await table.getByRole('columnheader').count()).toBe(1 + 2);
    await studio.shot(page, 'readings');
  });

  test('images select the members of an ensemble and their weights', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/ensembles/new`);
    await page.getByRole('checkbox', { name: /small one/ }).check();
    await page.getByLabel('Voting rule').selectOption('select');
    await page.getByLabel('Name', { exact: true }).fill('chosen');
    await page.getByText('Select at least two candidates.').waitFor();
    await page.getByRole('checkbox', { name: /^tiny/ }).check();
    await page.getByLabel('Data set', { exact: true }).selectOption({ label: 'three classes' });
    await page.getByRole('button', { name: 'Select members' }).press('Enter');
    const result = page.getByRole('status', { name: 'What was selected' });
    await result.getByText(/On 15 images that had no say/).waitFor();
    const table = result.getByRole('table', { name: 'Candidates and their weights' });
    expect(await table.getByRole('rowheader').allTextContents()).toEqual(['small one', 'tiny']);
    expect(await seriousFindings(page)).toEqual([]);
    await studio.shot(page, 'selected');
    await result.getByRole('link', { name: 'Open chosen' }).press('Enter');
    await page.waitForURL(/#\/ensembles\/e-/);
    await page.getByRole('heading', { name: 'chosen' }).waitFor();
    await page.goto(`${url}#/ensembles`);
  });

  test('the checkpoints of chosen epochs make a series', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/evaluate/measure`);
    await page
      .getByRole('list', { name: 'Runs and weights' })
      .getByLabel(/small one/)
      .check();
    await page.getByLabel('Checkpoint of runs').selectOption('epochs');
    await page.getByText('kept: 1, 2').waitFor();
    await page.getByLabel('Epochs', { exact: true }).fill('1-2');
    await page.getByRole('button', { name: 'Evaluate 2 networks by 1 protocol' }).click();
    await page.waitForURL(/#\/evaluate$/);
    const table = page.getByRole('group', { name: /three classes, val, 30 images/ });
    await table.getByRole('rowheader', { name: 'small one, epoch 2' }).waitFor();
    await table.getByRole('rowheader', { name: 'small one, epoch 1' }).waitFor();
  });

  test('two on the same pictures: the test, and the pictures that flip', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/evaluate`);
    const rows = page.getByRole('table', { name: 'Evaluations' }).getByRole('row');
    for (const at of [1, 2]) await rows.nth(at).click({ modifiers: ['Control'] });
    await page.getByRole('link', { name: 'Compare these two' }).click();
    await page.getByText(/ignificant \(p /).waitFor();
    const flipped = page.getByRole('region', { name: /^Only the (first|second) is correct/ }).getByRole('button');
    if ((await flipped.count()) > 0) {
      await flipped.first().click();
      await page.getByRole('dialog').getByText('True class').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    await studio.shot(page, 'compare-two');
  });

  test('an evaluation opens by keyboard, with its classes, confusion and mistakes', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/evaluate`);
    await page.getByRole('table', { name: 'Evaluations' }).getByRole('row').nth(1).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/evaluate\/of\/v-/);
    await page.getByText('Calibration').waitFor();
    await page.getByText('It is not known whether they include training images').waitFor();
    await page.getByRole('tab', { name: 'Results' }).focus();
    for (const part of [
      page.getByText('Most confused pairs').first(),
      page.getByRole('table', { name: 'Precision, recall and F1 of each class' }),
      page.getByText(/Mistakes, highest loss first: \d+/),
    ]) {
      await page.keyboard.press('ArrowRight');
      await part.waitFor();
    }
    await studio.shot(page, 'evaluation');
  });

  test('networks are timed, forward and backward apart', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/evaluate/timing`);
    const form = page.getByRole('form', { name: 'Time networks' });
    await form.getByLabel('Search networks to time').fill('vgg1');
    await form.getByLabel('vgg11', { exact: true }).check();
    await form.getByLabel('Sides, pixels').fill('32');
    await form.getByLabel('Images per batch').fill('1, 4');
    await form.getByLabel('Iterations').fill('3');
    await form.getByLabel('Width factor').fill('0.125');
    await form.getByRole('button', { name: 'Time 2 models' }).click();
    const table = page.getByRole('table', { name: 'Times' });
    await expect.poll(() => table.getAttribute('aria-rowcount').catch(() => null)).toBe('3');
    await page.getByRole('button', { name: 'CSV' }).click();
    await expect.poll(() => clipboard(page)).toMatch(/^Network,Side,Batch/);
    await studio.shot(page, 'timing');
  });

  test('pictures that are there twice are found, left out and taken back; figures say what they are worth without them', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/datasets`);
    await page
      .getByRole('link', { name: /three classes/ })
      .first()
      .click();
    await page.getByRole('tab', { name: 'Duplicates' }).click();
    await page.getByRole('button', { name: 'Find duplicates' }).click();
    await page.getByText('1 validation image and 0 test images are also in train').waitFor();
    const twin = page.getByRole('listitem').filter({ hasText: 'exact duplicate' });
    await twin.getByRole('button', { name: /^Exclude val/ }).click();
    await page.getByText('1 image edited by you').waitFor();
    await studio.shot(page, 'duplicates');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Exclude duplicates from val and test' }).click();
    await twin.getByRole('button', { name: /^Include val/ }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await twin.getByRole('button', { name: /^Exclude val/ }).waitFor();
    await page.goto(`${url}#/evaluate`);
    await page.getByRole('table', { name: 'Evaluations' }).getByRole('link').first().click();
    await page.getByText(/1 of these images are duplicates of training images/).waitFor();
    await page.goto(`${url}#/evaluate`);
    await page.getByLabel('Exclude duplicates of training images').check();
    await page
      .getByText(/without 1 copies of training images/)
      .first()
      .waitFor();
  });

  test('in both themes: nothing serious for axe, nothing wider than a small window', async () => {
    const { page, url } = studio;
    const found: Record<string, string[]> = {};
    await followBrowserTheme(page, url);
    await page.goto(`${url}#/evaluate`);
    const link = page.getByRole('table', { name: 'Evaluations' }).getByRole('link').first();
    const one = ((await link.getAttribute('href')) ?? '').replace('#', '');
    for (const place of [
      '/weights',
      '/weights/import',
      '/evaluate',
      '/evaluate/measure',
      '/evaluate/sizes',
      '/evaluate/compare',
      '/evaluate/timing',
      '/evaluate/protocols',
      one,
      `${one}/confusion`,
      `${one}/classes`,
      `${one}/mistakes`,
    ]) {
      await page.goto(`${url}#${place}`);
      await settle(page);
      const findings = await inBothThemes(page, placeName(place));
      if (findings.length > 0) found[place] = findings;
      await page.setViewportSize({ width: 1024, height: 700 });
      expect(await page.evaluate<number>('document.documentElement.scrollWidth'), place).toBeLessThanOrEqual(1024);
      await page.setViewportSize({ width: 1440, height: 900 });
    }
    expect(found).toEqual({});
  });

  test('no page ever reported an error', () => {
    expect(studio.faults).toEqual([]);
  });
});
