/** The whole job as a user does it: import, train two networks, vote, export, and the file is the command line's. */
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { queueSmallRuns } from './support/newRun.ts';
import { openTestStudio, SAMPLES, type TestStudio } from './support/studio.ts';

/** Ten images of each, in a folder of the user's. */
const FEW_CLASSES = ['bag', 'sneaker', 'trouser'] as const;
const EACH = 10;
/** Of the five networks of the first preset two are trained, and with QUORUM_SLOW=1 all. */
const SLOW = process.env['QUORUM_SLOW'] === '1';
const LEFT_OUT = SLOW ? [] : ['vgg16_bn', 'vgg16_c1_bn', 'vgg19_bn'];

let studio: TestStudio;

async function copyFewImages(dataDir: string): Promise<void> {
  const from = join(SAMPLES, 'fashion-mnist-mini', 'train');
  for (const name of FEW_CLASSES) {
    const to = join(dataDir, '../files/few', name);
    await mkdir(to, { recursive: true });
    const files = (await readdir(join(from, name))).sort();
    for (const file of files.slice(0, EACH)) await copyFile(join(from, name, file), join(to, file));
  }
}

describe('from a folder to the predictions file', () => {
  beforeAll(async () => {
    if (chromiumPath() !== null) studio = await openTestStudio({ few: true, files: true, prepare: copyFewImages });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('a folder is looked into, then imported', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/datasets/import`);
    await page.getByRole('button', { name: /fashion-mnist-mini/ }).click();
    await page.getByRole('button', { name: 'Inspect' }).click();
    await page.getByText('train 340, val 60, test 100').waitFor();
    expect(await page.getByRole('region', { name: 'Scan result' }).textContent()).toContain('ankle-boot');
    await studio.shot(page, 'import');
    await page.getByRole('button', { name: 'Import 500 images' }).click();
    await page.waitForURL(/#\/datasets\/d-/);
    await page
      .getByRole('button', { name: /ankle-boot/ })
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'sneaker 34' }).click();
    await page.getByText('34 of 340 images').waitFor();
    // large, and from there to its neighbours
    await page.getByRole('group', { name: 'Images', exact: true }).getByRole('button').first().click();
    const large = page.getByRole('dialog');
    const shown = (): Promise<string | null> => large.getByRole('heading').first().textContent();
    const first = await shown();
    await page.keyboard.press('ArrowRight');
    await expect.poll(shown).not.toBe(first);
    await large.getByRole('button', { name: 'Previous image' }).click();
    await expect.poll(shown).toBe(first);
    // there is none before the first
    await page.keyboard.press('ArrowLeft');
    expect(await shown()).toBe(first);
    await page.keyboard.press('Escape');
    await large.waitFor({ state: 'hidden' });
  });

  test('two networks queue, a reload and a second window see complete curves', async () => {
    const { page, url } = studio;
    await queueSmallRuns(page, url, { networks: ['vgg11', 'vgg13'], epochs: 3 });
    const queue = page.getByRole('region', { name: 'Queue' });
    await queue.getByText(/vgg13/).waitFor();
    await page
      .getByRole('link', { name: /^vgg11/ })
      .first()
      .click();
    await page.getByRole('img', { name: /Loss, accuracy and learning rate/ }).waitFor();
    await page.reload();
    const second = await studio.newPage(page.url().slice(page.url().indexOf('#') + 1));
    for (const window of [page, second]) await window.getByText('All 3 epochs done.').waitFor();
    const points = async (of: typeof page): Promise<string | null> =>
      of.locator('[data-points]').getAttribute('data-points');
    const fresh = await studio.newPage(page.url().slice(page.url().indexOf('#') + 1));
    await fresh.getByRole('img', { name: /Loss, accuracy and learning rate/ }).waitFor();
    const complete = await points(fresh);
    expect(Number(complete)).toBeGreaterThanOrEqual(3 * 4);
    // what is live is drawn a little after it has come
    for (const window of [page, second]) await expect.poll(() => points(window)).toBe(complete);
    await studio.shot(fresh, 'run');
    await second.close();
    await fresh.close();
    await page.goto(`${url}#/runs`);
    await expect.poll(() => page.getByRole('table', { name: 'Runs' }).getByText('Finished').count()).toBe(2);
  });

  test("they vote, and the exported file is the command line's byte for byte", async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs`);
    await page
      .getByRole('link', { name: /^vgg13/ })
      .first()
      .click();
    await page.getByRole('link', { name: 'Predict & vote' }).click();
    await page.getByRole('checkbox', { checked: true }).nth(1).waitFor();
    await page.getByRole('button', { name: 'Predict & vote' }).click();
    await page.waitForURL(/#\/ensembles\/e-/);
    // whoever looks elsewhere meanwhile finds the predictions on return
    const ensemble = page.url();
    await page.getByRole('link', { name: 'Home', exact: true }).click();
    await page.goto(ensemble);
    await page.getByRole('button', { name: 'Export CSV' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export', exact: true }).click(),
    ]);
    const ours = await readFile(await download.path());
    const name = (await page.getByRole('heading', { level: 2 }).first().textContent()) ?? '';
    const file = join(studio.folder, 'cli.csv');
    await studio.quorum('ensemble', 'predict', name.trim(), '--data', 'test', '--truth', '--why', '--output', file);
    expect(ours.length).toBeGreaterThan(2000);
    expect(ours.equals(await readFile(file))).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Disagree/ }).click();
    const disagree = Number((await page.getByRole('button', { name: /^Disagree/ }).textContent())?.replace(/\D/g, ''));
    await expect
      .poll(async () => Number(await page.getByRole('table', { name: 'Predictions' }).getAttribute('aria-rowcount')))
      .toBe(disagree + 1);
  });

  test('another rule is tried on what is known, a member is left out, and the trial is kept; a drawn sample shows what was decided', async () => {
    const { page } = studio;
    await page.getByRole('button', { name: /^All \d/ }).click();
    const says = page.getByRole('status').filter({ hasText: /top-1 on/ });
    const before = (await says.textContent()) ?? '';
    await page.getByLabel('Rule', { exact: true }).selectOption('mean');
    await page.getByText('The class with the highest mean probability over all members.').waitFor();
    const members = page.getByRole('group', { name: 'Members that vote' }).getByRole('button');
    await members.last().click();
    await expect.poll(() => page.getByRole('region', { name: 'Agreement' }).getByRole('rowheader').count()).toBe(1);
    await members.last().click();
    await page.getByRole('tab', { name: 'Sample' }).click();
    const sample = page.getByRole('group', { name: 'Random sample' }).getByRole('button');
    await sample.first().waitFor();
    const drawn = await sample.first().getAttribute('title');
    await studio.shot(page, 'vote-sample');
    await page.getByRole('button', { name: 'Shuffle' }).click();
    await expect.poll(() => sample.first().getAttribute('title')).not.toBe(drawn);
    await page.getByRole('tab', { name: 'Confusion' }).click();
    await page.getByRole('list', { name: 'Most confused pairs' }).getByRole('button').first().click();
    await page
      .getByRole('status')
      .getByText(/ → .*: \d/)
      .waitFor();
    const tried = page.url();
    await page.getByRole('button', { name: 'Save as new ensemble' }).click();
    // the list may know of it before its page is opened
    await expect.poll(() => page.url()).not.toBe(tried);
    await page
      .getByRole('navigation', { name: 'Ensembles' })
      .getByRole('link', { name: /mean probability/ })
      .waitFor();
    await page.goBack();
    await expect.poll(() => says.textContent()).toBe(before);
  });

  test('no page ever reported an error', () => {
    expect(studio.faults).toEqual([]);
  });

  test('thirty images of one folder train and vote without a setting being touched', async () => {
    const { page, url, folder } = studio;
    await page.goto(`${url}#/datasets/import`);
    await page.getByRole('combobox', { name: 'Path or filter' }).fill(join(folder, 'files/few'));
    await page.getByRole('combobox', { name: 'Path or filter' }).press('Enter');
    await page.getByRole('button', { name: /^sneaker/ }).waitFor();
    await page.getByRole('button', { name: 'Inspect' }).click();
    await page.getByRole('list', { name: 'Some of the images' }).getByText('sneaker').first().waitFor();
    await page.getByRole('button', { name: 'Import 30 images' }).click();
    await page.waitForURL(/#\/datasets\/d-/);
    await page.getByRole('link', { name: 'Train', exact: true }).click();
    await page.getByText(/Adjusted to 24 training images: batches of 8/).waitFor();
    for (const network of LEFT_OUT)
      await page.getByRole('group', { name: 'Networks', exact: true }).getByText(network, { exact: true }).click();
    await page.getByRole('button', { name: /^Queue \d runs/ }).click();
    await page.waitForURL(/#\/runs$/);
    const trained = page
      .getByRole('table', { name: 'Runs' })
      .getByRole('row')
      .filter({ hasText: /vgg\d+(_c1)?_bn/ });
    await expect.poll(() => trained.filter({ hasText: 'Finished' }).count()).toBe(5 - LEFT_OUT.length);
    await trained.first().getByRole('link').click();
    await page.getByRole('link', { name: 'Predict & vote' }).click();
    await page.getByRole('checkbox', { checked: true }).nth(1).waitFor();
    await page.getByRole('button', { name: 'Predict & vote' }).click();
    await page.getByRole('button', { name: 'Export CSV' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export', exact: true }).click(),
    ]);
    const rows = (await readFile(await download.path(), 'utf8')).trim().split('\n');
    expect(rows).toHaveLength(1 + 6);
    for (const row of rows.slice(1)) expect(row).toMatch(/bag|sneaker|trouser/);
    await page.keyboard.press('Escape');
    await studio.shot(page, 'few-images');
  });
});
