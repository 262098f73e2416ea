/** `npm run dev`: a label that is changed in a file appears in the open page, and what was typed in the page stays. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, launchBrowser, NO_CHROMIUM } from './support/chromium.ts';

const root = resolve(import.meta.dirname, '../..');
/** What the page and its host are made of. */
const COPIED = [
  'build',
  'cli',
  'contract',
  'core',
  'docs',
  'pure',
  'renderer',
  'resources',
  'package.json',
  'tsconfig.base.json',
  'vite.config.ts',
];

describe('hot reload', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-dev-'));
  let dev: ChildProcess;
  let browser: Browser;
  let url = '';

  beforeAll(async () => {
    if (chromiumPath() === null) return;
    // a copy: the test writes into a source
    for (const name of COPIED) cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    dev = spawn(process.execPath, ['build/devServer.mjs', '--data-dir', join(folder, 'data')], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    url = await new Promise<string>((done, fail) => {
      dev.once('exit', (code) => fail(new Error(`npm run dev ended (${code}).`)));
      createInterface({ input: dev.stdout! }).on('line', (line) => {
        const link = /^Quorum: (\S+)$/.exec(line)?.[1];
        if (link !== undefined) done(link);
      });
    });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    if (chromiumPath() === null) return;
    await browser.close();
    const ended = new Promise((done) => dev.once('exit', done));
    dev.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('a changed label appears without a reload', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    await page.evaluate('window.sameDocument = true');
    const file = join(folder, 'renderer/features/home/HomeView.vue');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('title="Home"');
    writeFileSync(file, text.replace('title="Home"', 'title="My studio"'));
    await page.getByRole('heading', { name: 'My studio' }).waitFor();
    expect(await page.evaluate('window.sameDocument')).toBe(true);
  });

  test('the host still refuses what another site sends', async () => {
    const { origin } = new URL(url);
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${origin}/session`, { headers })).status;
    expect(await ask({})).toBe(401);
    expect(await ask({ origin: 'http://evil.example' })).toBe(403);
    expect(await ask({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  });
});
