/** A finished run is trained on in the window: the run itself, with the choice of its schedule, and a branch of it. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { fewSamples, openTestStudio, type TestStudio } from './support/studio.ts';

const SMALL = [
  '--width-factor',
  '0.1',
  '--head-width',
  '32',
  '--batch-size',
  '64',
  '--limit-train',
  '128',
  '--size',
  '32',
];
const Shown = z.object({
  state: z.string(),
  spec: z.object({
    epochs: z.number(),
    schedule: z.object({ kind: z.string() }),
    branchedFrom: z.object({ run: z.string(), epoch: z.number() }).optional(),
    resumedWith: z.array(z.object({ epoch: z.number() })).optional(),
  }),
});

let studio: TestStudio;
let first = '';
const shown = async (id: string): Promise<z.infer<typeof Shown>> =>
  Shown.parse(JSON.parse(await studio.quorum('--json', 'runs', 'show', id)));

describe('train on', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    studio = await openTestStudio({
      async prepare(_, quorum) {
        await quorum('dataset', 'import', join(fewSamples(), 'noto-emoji'));
        const trained = await quorum(
          '--json',
          'train',
          '--model',
          'vgg11',
          ...SMALL,
          '--epochs',
          '1',
          '--schedule',
          'cosine',
        );
        first = z.object({ id: z.string() }).parse(JSON.parse(trained)).id;
      },
    });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('a schedule that looked ahead is asked about, then the run goes on', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs/${first}/curves`);
    await page.getByRole('button', { name: 'Continue training…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Continue training' });
    const queue = dialog.getByRole('button', { name: 'Queue' });
    await dialog.getByText('The cosine schedule was planned for 1 epoch.').waitFor();
    expect(await queue.isDisabled()).toBe(true);
    await dialog.getByLabel('Total epochs').fill('2');
    await dialog.getByRole('radio', { name: /the rate above, constant/ }).check();
    await studio.shot(page, 'train-on');
    await queue.click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('All 2 epochs done.').waitFor();
    const { state, spec } = await shown(first);
    expect([state, spec.epochs]).toEqual(['finished', 2]);
    expect(spec.schedule.kind).toBe('constant');
    expect(spec.resumedWith?.map(({ epoch }) => epoch)).toEqual([1]);
  });

  test('a branch is a new run that names its parent', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs/${first}/curves`);
    await page.getByRole('button', { name: 'Continue training…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Continue training' });
    await dialog.getByRole('radio', { name: /A new run from a checkpoint/ }).check();
    await dialog.getByLabel('Total epochs').fill('3');
    await dialog.getByRole('button', { name: 'Queue' }).click();
    await expect.poll(() => page.url()).not.toContain(first);
    const branch = /runs\/(r-[^/]+)/.exec(page.url())![1]!;
    await page.getByText('All 3 epochs done.').waitFor();
    expect(await shown(branch)).toMatchObject({
      state: 'finished',
      spec: { epochs: 3, branchedFrom: { run: first, epoch: 2 } },
    });
    expect((await shown(first)).spec.epochs).toBe(2);
    await page.goto(`${url}#/runs/compare?runs=${first},${branch}`);
    await page.getByText('after its validation figures could be seen').first().waitFor();
    expect(studio.faults).toEqual([]);
  });
});
