/**
 * Places in the window: a workstation is added by its form and tested; a Slurm cluster is added, asked, sent to, the run
 * says where it stands, and stops with a save.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { NO_SLURM, type SlurmCluster, startSlurm } from '../support/slurmCluster.ts';
import { DESK, NO_SSH, type SshServer, startSsh } from '../support/sshServer.ts';
import { queueSmallRuns } from './support/newRun.ts';
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

describe('a cluster', () => {
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
    await places.getByRole('button', { name: 'Add a place' }).click();
    await places.getByLabel('Kind').selectOption('slurm');
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

  test('five networks go there as one array job, and vote', async () => {
    const { page, url } = studio;
    const networks = ['vgg11', 'vgg13', 'vgg16', 'vgg16_c1', 'vgg19'];
    await queueSmallRuns(page, url, { networks, epochs: 1, place: 'cluster' });
    const finished = page.getByRole('table', { name: 'Runs' }).getByText('Finished');
    // the run that was trained here is one
    await expect.poll(() => finished.count()).toBe(1 + networks.length);
    const jobs = execFileSync('squeue', ['--noheader', '--states=all', '--array', '--format=%F'], { encoding: 'utf8' });
    const tasks = Map.groupBy(jobs.trim().split('\n'), (id) => id.trim());
    expect([...tasks.values()].filter((ids) => ids.length === networks.length)).toHaveLength(1);
    await page
      .getByRole('link', { name: /^vgg13/ })
      .first()
      .click();
    await page.getByRole('link', { name: 'Predict & vote' }).click();
    await page.getByRole('button', { name: 'Predict & vote' }).click();
    await page.getByRole('button', { name: 'Export CSV' }).waitFor();
    await studio.shot(page, 'places-vote');
    expect(studio.faults).toEqual([]);
  });
});

const noWorkstation = chromiumPath() === null ? NO_CHROMIUM : NO_SSH;

describe('a workstation over SSH', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-e2e-ssh-'));
  let server: SshServer;
  let window: TestStudio;
  beforeAll(async () => {
    if (noWorkstation !== null) return;
    server = await startSsh();
    writeFileSync(join(folder, 'quorum'), `#!/bin/sh\nexec '${process.execPath}' '${inject('commandLine')}' "$@"\n`, {
      mode: 0o755,
    });
    window = await openTestStudio();
  });
  afterAll(async () => {
    if (noWorkstation === null) {
      await window.close();
      await server.close();
    }
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach((context) => {
    if (noWorkstation !== null) context.skip(noWorkstation);
  });

  test('the form says what is missing, and is filled by keyboard; the test lists what is there', async () => {
    const { page, url } = window;
    await page.goto(`${url}#/settings`);
    const places = page.getByRole('region', { name: 'Places' });
    await places.getByRole('button', { name: 'Add a place' }).press('Enter');
    const form = places.getByRole('form', { name: 'Add a place' });
    // what only Slurm takes is not asked
    expect(await form.getByLabel('Partition').count()).toBe(0);
    const fill = async (label: string, text: string): Promise<void> => {
      await form.getByLabel(label, { exact: true }).focus();
      await page.keyboard.press('Control+a');
      await page.keyboard.type(text);
    };
    await fill('Name', 'desk');
    await fill('Host', '-oProxyCommand=id');
    await page.keyboard.press('Enter');
    await form.getByText('is no host such as desk').waitFor();
    await form.getByText('is needed over SSH').waitFor();
    await fill('Host', DESK);
    await fill('SSH configuration', server.wrong.key);
    await fill('Data folder there', join(folder, 'there'));
    await fill('Program there', join(folder, 'quorum'));
    await page.keyboard.press('Enter');
    await places.getByText('Workstation, over SSH to desk, 1 job at once').waitFor();
    await places.getByRole('button', { name: 'Test connection to desk' }).press('Enter');
    await page.getByText('refuses the SSH key of this machine').first().waitFor();

    await places.getByRole('button', { name: 'Change desk' }).press('Enter');
    const change = places.getByRole('form', { name: 'Change desk' });
    await change.getByLabel('SSH configuration').fill(server.config);
    await change.getByLabel('Jobs at once').fill('2');
    await page.keyboard.press('Enter');
    await places.getByText('2 jobs at once').waitFor();
    await places.getByRole('button', { name: 'Test connection to desk' }).press('Enter');
    await places.getByText(/Connected: ssh connects to desk .*; rsync copies files; 2 jobs at once; quorum /).waitFor();
    await window.shot(page, 'places-workstation');
    expect(window.faults).toEqual([]);
  });
});
