/**
 * The first hour of somebody who has nothing: no engine, no data folder. From `npm start` to the predictions of
 * networks, computed by TensorFlow; and what is said where the engine cannot be had. pip really runs, against a folder
 * with the wheel, which is downloaded once and kept beside the user's engines. Two train for one epoch here, and with
 * QUORUM_SLOW=1 all five for as many as a user's. Times go to test-output/e2e/firstHour.json; nothing judges by them.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { StudioError } from '../../contract/errors.ts';
import { cacheFolder } from '../../core/provision/cacheFolder.ts';
import { fetchWheel } from '../../core/provision/download.ts';
import { findPython } from '../../core/provision/python.ts';
import { wheelsFor } from '../../core/provision/wheels.ts';
import { noSmallDisk, smallDisk } from '../support/smallDisk.ts';
import { chromiumPath, launchBrowser, NO_CHROMIUM } from './support/chromium.ts';

const root = resolve(import.meta.dirname, '../..');
const WHEELS = join(cacheFolder(), 'test-wheels');
const REPORT = join(root, 'test-output/e2e/firstHour.json');
const SLOW = process.env['QUORUM_SLOW'] === '1';
const SHOTS = process.env['QUORUM_SCREENSHOTS'];
const MINUTES = 60_000;
/** Nothing listens there. */
const NO_INDEX = 'http://127.0.0.1:9/simple';

let browser: Browser;
let wheelProblem: string | null = null;
const folders: string[] = [];
const started: ChildProcess[] = [];

interface FreshStudio {
  readonly page: Page;
  readonly folder: string;
}

/** `npm start` on a machine that has nothing yet. */
function freshStudio(env: NodeJS.ProcessEnv): Promise<FreshStudio> {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-first-'));
  folders.push(folder);
  return startStudio(folder, env);
}

async function startStudio(folder: string, env: NodeJS.ProcessEnv): Promise<FreshStudio> {
  const { DISPLAY, WAYLAND_DISPLAY, ...without } = process.env;
  const child = spawn('npm', ['start', '--silent', '--', '--data-dir', join(folder, 'data'), '--port', '0'], {
    cwd: root,
    detached: true,
    // no desktop: the page is for a browser, and none is opened
    env: { ...without, QUORUM_CACHE: join(folder, 'cache'), PIP_CONFIG_FILE: '/dev/null', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  // without motion: minutes of a moving bar cost as much as the training
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    acceptDownloads: true,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(await linkOf(child));
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  return { page, folder };
}

function linkOf(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const [link] = /http:\/\/\S+#code=\S+/.exec(said) ?? [];
      if (link) done(link);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => fail(new Error(`npm start ended (${code}): ${said}`)));
  });
}

const Demo = z.object({
  files: z.object({ predictions: z.string() }),
  report: z.object({ members: z.array(z.unknown()) }),
});
const Runs = z.object({ runs: z.array(z.object({ device: z.object({ engine: z.string() }).nullable() })) });

/** The command line on a fresh folder, with its JSON. */
async function quorum(folder: string, ...args: string[]): Promise<string> {
  const all = [inject('commandLine'), '--data-dir', join(folder, 'data'), '--json', ...args];
  const env = { ...process.env, QUORUM_CACHE: join(folder, 'cache'), PIP_NO_INDEX: '1', PIP_FIND_LINKS: WHEELS };
  return (await promisify(execFile)(process.execPath, all, { cwd: root, env, maxBuffer: 1 << 26 })).stdout;
}

/** The whole group: npm, the start script, the host, and its jobs. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = new Promise((done) => {
    child.once('exit', done);
  });
  process.kill(-child.pid, 'SIGTERM');
  await ended;
}

/** The networks that vote; in short two of the preset's. */
const [FIRST, SECOND, ...OTHERS] = ['vgg11_bn', 'vgg13_bn', 'vgg16_bn', 'vgg16_c1_bn', 'vgg19_bn'] as const;
const NETWORKS = SLOW ? [FIRST, SECOND, ...OTHERS] : [FIRST, SECOND];

/** The sample, and the preset that is chosen already: three clicks. */
async function queueSample(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Try with sample data' }).click();
  await page.waitForURL(/#\/datasets\/d-/, { timeout: 2 * MINUTES });
  await page.getByRole('link', { name: 'Train', exact: true }).click();
  if (!SLOW) {
    for (const network of OTHERS)
      await page.getByRole('group', { name: 'Networks', exact: true }).getByText(network, { exact: true }).click();
    await page.getByLabel('Epochs', { exact: true }).fill('1');
  }
  await page.getByRole('button', { name: `Queue ${NETWORKS.length} runs` }).click();
  await page.waitForURL(/#\/runs$/);
}

const times: Record<string, number> = {};

/** Notes how many seconds have passed when a step is done. */
function stopWatch(): (step: string) => void {
  const began = performance.now();
  return (step) => {
    times[step] = Math.round((performance.now() - began) / 100) / 10;
    mkdirSync(dirname(REPORT), { recursive: true });
    writeFileSync(REPORT, `${JSON.stringify(times, null, 2)}\n`);
  };
}

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `first-hour-${name}.png`) });
}

describe('a machine without an engine', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    browser = await launchBrowser();
    try {
      for (const wheel of wheelsFor('cpu')) await fetchWheel(wheel, { python: () => findPython({}), folder: WHEELS });
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
      wheelProblem = `the engine cannot be downloaded here: ${error.message}`;
    }
  }, 15 * MINUTES);
  afterAll(async () => {
    if (chromiumPath() !== null) await browser.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });
  afterEach(async () => {
    for (const child of started.splice(0)) await end(child);
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  test(
    'from npm start to a voted CSV, computed by TensorFlow',
    async (context) => {
      if (wheelProblem !== null) context.skip(wheelProblem);
      const seconds = stopWatch();
      const { page, folder } = await freshStudio({ PIP_NO_INDEX: '1', PIP_FIND_LINKS: WHEELS });
      seconds('first start');
      await queueSample(page);
      // the engine first, and it is said
      await page.getByRole('status', { name: 'Installing the engine' }).waitFor();
      await shoot(page, 'installing-runs');
      await page.getByRole('link', { name: 'Home' }).click();
      await page.getByRole('status', { name: 'Installing the engine' }).waitFor();
      await shoot(page, 'installing-home');
      await page
        .getByRole('status', { name: 'Installing the engine' })
        .waitFor({ state: 'hidden', timeout: 9 * MINUTES });
      seconds('engine installed');
      await page.getByRole('link', { name: 'Predict & vote' }).waitFor({ timeout: 14 * MINUTES });
      seconds('networks trained');
      await shoot(page, 'trained-home');
      await page.getByRole('link', { name: 'Predict & vote' }).click();
      await page.getByRole('button', { name: 'Predict & vote' }).click();
      await page.getByRole('button', { name: 'Export CSV' }).click({ timeout: 9 * MINUTES });
      await shoot(page, 'voted');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export', exact: true }).click(),
      ]);
      const csv = await readFile(await download.path(), 'utf8');
      // a line of names, and one for each test image
      expect(csv.trim().split('\n')).toHaveLength(501);
      const { runs } = Runs.parse(JSON.parse(await quorum(folder, 'runs', 'list')));
      expect(runs.map(({ device }) => device?.engine)).toEqual(NETWORKS.map(() => 'tensorflow'));
      seconds('voted and exported');
      await page.context().close();
      for (const child of started.splice(0)) await end(child);
      // the second start finds packages, page, engine and runs as they are, and asks pip for nothing
      const again = stopWatch();
      const second = await startStudio(folder, { PIP_INDEX_URL: NO_INDEX });
      await second.page.getByRole('heading', { name: 'Latest results' }).waitFor();
      await second.page.getByRole('link', { name: SECOND }).first().waitFor();
      again('second start');
      expect(await second.page.getByRole('status', { name: 'Installing the engine' }).count()).toBe(0);
    },
    25 * MINUTES,
  );

  test(
    'quorum demo does the same without a window',
    async (context) => {
      if (!SLOW) context.skip('takes long: set QUORUM_SLOW=1');
      if (wheelProblem !== null) context.skip(wheelProblem);
      const folder = mkdtempSync(join(tmpdir(), 'quorum-first-'));
      folders.push(folder);
      const { files, report } = Demo.parse(JSON.parse(await quorum(folder, 'demo')));
      const csv = await readFile(files.predictions, 'utf8');
      expect(csv.trim().split('\n')).toHaveLength(501);
      expect(report.members).toHaveLength(5);
      const { runs } = Runs.parse(JSON.parse(await quorum(folder, 'runs', 'list')));
      expect(runs.map(({ device }) => device?.engine)).toEqual(new Array(5).fill('tensorflow'));
    },
    25 * MINUTES,
  );

  test.for([
    {
      name: 'no package index',
      env: () => ({ PIP_INDEX_URL: NO_INDEX }),
      cause: /could not be reached/,
      remedy: /network|proxy/i,
      skip: null,
    },
    {
      name: 'no compiler',
      env: () => ({ CXX: '/nowhere/c++' }),
      cause: /does not run/,
      remedy: /g\+\+/,
      skip: null,
    },
    {
      name: 'a full disk',
      env: () => {
        const disk = smallDisk(64 << 20);
        disks.push(disk);
        return { QUORUM_CACHE: disk.path };
      },
      cause: /needs .* on disk/,
      remedy: /Free some space/,
      skip: noSmallDisk,
    },
  ])(
    '$name: the cause, the remedy, and the slow engine as a choice',
    { timeout: 10 * MINUTES },
    async ({ env, cause, remedy, skip, name }, context) => {
      if (skip !== null) context.skip(skip);
      const { page } = await freshStudio(env());
      await queueSample(page);
      const notice = page.getByRole('alert').filter({ hasText: cause });
      await notice.waitFor({ timeout: 3 * MINUTES });
      expect(await notice.textContent()).toMatch(remedy);
      await shoot(page, name.replaceAll(' ', '-'));
      // nothing trains before it is chosen
      expect(await page.getByRole('table', { name: 'Runs' }).getByText('Queued').count()).toBe(NETWORKS.length);
      await notice.getByRole('button', { name: 'Use the slow engine anyway' }).click();
      await page
        .getByRole('table', { name: 'Runs' })
        .getByText('Training')
        .first()
        .waitFor({ timeout: 3 * MINUTES });
    },
  );
});

const disks: ReturnType<typeof smallDisk>[] = [];
afterAll(() => {
  for (const disk of disks) disk.remove();
});
