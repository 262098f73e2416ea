/** A Slurm cluster in the window: added, asked, sent to; the run says where it stands, and stops with a save. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { NO_SLURM, type SlurmCluster, startSlurm } from '../support/slurmCluster.ts';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { openTestStudio, SAMPLES, type TestStudio } from './support/studio.ts';

const SLOW = process.env['QUORUM_SLOW'] === '1' ? null : 'takes long: set QUORUM_SLOW=1';
const missing = chromiumPath() === null ? NO_CHROMIUM : (NO_SLURM ?? SLOW);
const SMALL = [
  '--width-factor',
  '0.1',
  '--head-width',
  '16',
  '--limit-train',
  '128',
  '--epochs',
  '1',
  '--device',
  'cpu',
];
let first = '';
let studio: TestStudio;
let cluster: SlurmCluster;

describe('places', () => {
  beforeAll(async () => {
    if (missing !== null) return;
    cluster = await startSlurm();
    studio = await openTestStudio({
      async prepare(_, quorum) {
        await quorum('dataset', 'import', join(SAMPLES, 'noto-emoji'));
        const trained = await quorum('--json', 'train', '--model', 'vgg11', ...SMALL);
        first = z.object({ id: z.string() }).parse(JSON.parse(trained)).id;
      },
    });
  });
  afterAll(async () => {
    if (missing !== null) return;
    await studio.close();
    await cluster.close();
  });
  beforeEach((context) => {
    if (missing !== null) context.skip(missing);
  });

  test('a cluster is added and asked, and a run that is sent there is followed and stopped', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/settings`);
    const places = page.getByRole('region', { name: 'Places' });
    await places.getByRole('button', { name: 'Add a Slurm cluster' }).click();
    await places.getByLabel('Name').fill('cluster');
    await places.getByLabel('Cores').fill('1');
    await places.getByLabel('Time limit').fill('soon');
    await places.getByRole('button', { name: 'Save' }).click();
    await places.getByText('is no time limit such as 90').waitFor();
    await places.getByLabel('Time limit').fill('1:00:00');
    await places.getByRole('button', { name: 'Save' }).click();
    await places.getByRole('button', { name: 'Test connection to cluster' }).click();
    await places.getByText(/Connected: slurm-wlm .*, 1 node/).waitFor();
    await studio.shot(page, 'places-settings');

    await page.goto(`${url}#/runs/new?from=${first}`);
    // the earlier run has filled the form
    await expect.poll(() => page.getByLabel('Epochs', { exact: true }).inputValue()).toBe('1');
    await page.getByLabel('Where').selectOption('cluster');
    await page.getByLabel('Epochs', { exact: true }).fill('500');
    await page.getByRole('button', { name: 'Queue this run' }).click();
    await page
      .getByText(/job \d+ on cluster is running on/)
      .first()
      .waitFor();
    await expect.poll(() => page.getByText(/img\/s/).count()).toBeGreaterThan(0);
    await studio.shot(page, 'places-run');
    await page.getByRole('main').getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByText('Stopped').first().waitFor();
    expect(studio.faults).toEqual([]);
  });
});
