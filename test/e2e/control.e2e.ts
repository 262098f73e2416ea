/** Stop, resume, delete and undo; the main path by keyboard alone; what a lost host looks like. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { queueSmallRuns } from './support/newRun.ts';
import { openTestStudio, type TestStudio } from './support/studio.ts';

let studio: TestStudio;

describe('a run under control', () => {
  beforeAll(async () => {
    if (chromiumPath() !== null) studio = await openTestStudio({ few: true });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('by keyboard alone: sample data, a run, its end', async () => {
    const { page } = studio;
    const focusOn = async (name: RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> => {
      for (let step = 0; step < 80; step++) {
        await page.keyboard.press(key);
        if (
          name.test(
            (
              await page.evaluate<string>(
                'document.activeElement?.getAttribute("aria-label") || document.activeElement?.textContent || ""',
              )
            ).trim(),
          )
        )
          return;
      }
      throw new Error(`Tab never reached ${String(name)}`);
    };
    await page.getByRole('button', { name: 'Try with sample data' }).waitFor();
    await focusOn(/Try with sample data/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/datasets\/d-/);
    await focusOn(/^Train$/);
    await page.keyboard.press('Enter');
    await page.getByText('Memory fits').waitFor();
    await focusOn(/^Quick look$/);
    await page.keyboard.press('Enter');
    await focusOn(/Queue this run/, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/runs\/r-/);
    await page.getByRole('img', { name: /Loss, accuracy and learning rate/ }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search commands' }).waitFor();
    await page.keyboard.type('stop vgg11');
    await page.getByRole('option', { name: /Stop vgg11/, selected: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('main').getByText('Stopped', { exact: true }).first().waitFor();
  });

  test('a stopped run resumes where it was and finishes', async () => {
    const { page, url } = studio;
    await queueSmallRuns(page, url, { epochs: 6, name: 'resumed' });
    await expect
      .poll(async () =>
        Number(
          await page
            .locator('[data-points]')
            .getAttribute('data-points')
            .catch(() => 0),
        ),
      )
      .toBeGreaterThan(4);
    // so that it cannot end before it hears of it
    for (const job of studio.jobs()) process.kill(job, 'SIGSTOP');
    await page.getByRole('main').getByRole('button', { name: 'Stop', exact: true }).click();
    for (const job of studio.jobs()) process.kill(job, 'SIGCONT');
    await page.getByRole('main').getByRole('button', { name: 'Resume', exact: true }).click();
    await page.getByText('All 6 epochs done.').waitFor();
    await page.getByRole('tab', { name: 'Configuration' }).click();
    await page.getByText('attempt 2').waitFor();
  });

  test('deleting is undone from where it was done', async () => {
    const { page } = studio;
    await page.getByRole('button', { name: 'Delete this run' }).click();
    await page.waitForURL(/#\/runs$/);
    await page.getByRole('status').getByText('“resumed” is in the trash.').waitFor();
    expect(await page.getByRole('link', { name: 'resumed' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('link', { name: 'resumed' }).waitFor();
  });

  test('rising learning rates are tried on the device, and the one where the loss falls fastest is taken', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs/new`);
    await page.getByRole('button', { name: 'Quick look' }).click();
    await page.getByText('Memory fits').waitFor();
    await page.getByRole('button', { name: 'Run LR range test' }).click();
    await page.getByText(/The loss falls from .* fastest at/).waitFor();
    const button = page.getByRole('button', { name: /^Use / });
    const rate = (await button.innerText()).replace('Use ', '');
    await button.click();
    expect(await page.getByLabel('Learning rate', { exact: true }).inputValue()).toBe(rate);
    expect(Number(rate)).toBeGreaterThan(1e-5);
  });

  test('a preset that the form shows only in part is queued whole', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs/new`);
    await page.getByLabel('More presets').selectOption('tiny-imagenet-best');
    await page.getByRole('button', { name: 'Update rule, regularisation' }).click();
    expect(await page.getByLabel('Weight decay', { exact: true }).inputValue()).toBe('0.0005');
    expect(await page.getByLabel('Warm-up, epochs', { exact: true }).inputValue()).toBe('5');
    expect(await page.getByLabel('EMA decay', { exact: true }).inputValue()).toBe('0.9995');
  });

  test('a field that the host would refuse says so as one types, and nothing can be queued', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs/new`);
    await page.getByRole('button', { name: 'Quick look' }).click();
    await page.getByLabel('Batch size', { exact: true }).fill('64, many');
    await page.getByText('Enter a number').waitFor();
    expect(await page.getByRole('button', { name: /^Queue/ }).isDisabled()).toBe(true);
    await page.getByLabel('Batch size', { exact: true }).fill('32, 64');
    await page.getByRole('button', { name: 'Queue 2 runs' }).waitFor();
    await page.getByLabel('Batch size', { exact: true }).fill('60000');
    // more than there are make one batch of all
    await page
      .getByText(/A batch holds all 340 training images/)
      .first()
      .waitFor();

    // what was begun outlives a reload and a look elsewhere, until it is thrown away
    const batch = (): Promise<string> => page.getByLabel('Batch size', { exact: true }).inputValue();
    await page.reload();
    await page.getByText('Restored your unfinished run.').waitFor();
    expect(await batch()).toBe('60000');
    await page.goto(`${url}#/datasets`);
    await page.getByRole('heading', { name: 'Data sets' }).waitFor();
    await page.goto(`${url}#/runs/new`);
    await page.getByText('Restored your unfinished run.').waitFor();
    await page.getByRole('button', { name: 'Start over' }).click();
    await expect.poll(batch).not.toBe('60000');
    await page.reload();
    await expect.poll(batch).not.toBe('60000');
    expect(await page.getByText('Restored your unfinished run.').count()).toBe(0);
    // one single change is kept as well
    await page.getByLabel('Batch size', { exact: true }).fill('16');
    await page.reload();
    await page.getByText('Restored your unfinished run.').waitFor();
    expect(await batch()).toBe('16');
    await page.getByRole('button', { name: 'Start over' }).click();
  });

  test('a browser without the link is told what to do', async () => {
    const stranger = await studio.context.browser()?.newContext();
    const page = await stranger?.newPage();
    await page?.goto(studio.url);
    await page?.getByText('This browser is not logged in').waitFor();
    await stranger?.close();
    expect(studio.faults).toEqual([]);
  });
});
