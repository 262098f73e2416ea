/**
 * From an empty window to a voted CSV by two fetched networks and a fetched data set, with the keyboard alone. A server
 * on loopback has the files; nothing is asked of it before the licence was accepted.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CatalogueFile } from '../../contract/catalogue.ts';
import { file, type FileServer, serveFiles } from '../unit/fetch/fileServer.ts';
import { makeZip } from '../unit/formats/zipFile.ts';
import { seriousFindings } from './support/axe.ts';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { openTestStudio, SAMPLES, type TestStudio } from './support/studio.ts';

const WEIGHTS = readFileSync(resolve(import.meta.dirname, '../fixtures/weights/pytorch_resnet20_cifar.safetensors'));
const CLASSES = ['apple', 'bread', 'cat', 'dog', 'egg'];
const IMAGES_OF_CLASS = 4;
const LICENCE = 'CC-BY-4.0';
/** More than any page has. */
const MOST_STOPS = 200;

let catalogue: string;
let server: FileServer;
let studio: TestStudio;

beforeAll(async () => {
  if (chromiumPath() === null) return;
  const archive = emojiArchive();
  server = await serveFiles({ '/emoji.zip': file(archive), '/weights.safetensors': file(WEIGHTS) });
  catalogue = mkdtempSync(join(tmpdir(), 'quorum-catalogue-'));
  mkdirSync(catalogue, { recursive: true });
  writeFileSync(join(catalogue, 'test.json'), JSON.stringify(catalogueFile(archive)));
  process.env['QUORUM_CATALOGUE'] = catalogue;
  studio = await openTestStudio();
});
afterAll(async () => {
  delete process.env['QUORUM_CATALOGUE'];
  if (chromiumPath() === null) return;
  await studio.close();
  await server.close();
  rmSync(catalogue, { recursive: true, force: true });
});
beforeEach((context) => {
  if (chromiumPath() === null) context.skip(NO_CHROMIUM);
});

test('two networks and a data set are fetched, and vote, by the keyboard alone', async () => {
  const { page, url } = studio;
  await page.goto(url);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await get('Get a published data set', 'Five emoji', /#\/datasets\/d-/);
  await get('Get published weights', 'Network one', /#\/weights\/w-/);
  await get('Get published weights', 'Network two', /#\/weights\/w-/);
  expect(server.requests.map(({ path }) => path)).toEqual([
    '/emoji.zip',
    '/weights.safetensors',
    '/weights.safetensors',
  ]);

  await command('New ensemble');
  for (const name of ['one', 'two'])
    await press('Space', page.getByRole('checkbox', { name: `resnet20_cifar.${name}` }));
  await tabTo(page.getByLabel('Name', { exact: true }));
  await page.keyboard.type('Both');
  expect(await seriousFindings(studio.page)).toEqual([]);
  await press('Enter', page.getByRole('button', { name: 'Predict & vote' }));
  await page.waitForURL(/#\/ensembles\/e-/);
  await press('Enter', page.getByRole('button', { name: 'Export CSV' }));
  const downloaded = page.waitForEvent('download');
  await press('Enter', page.getByRole('button', { name: 'Export', exact: true }));
  const csv = readFileSync(await (await downloaded).path(), 'utf8');
  const [header, ...rows] = csv.trim().split(/\r?\n/);
  expect(header).toBe('image,resnet20_cifar,resnet20_cifar (2),decision,truth,why');
  // the import keeps one image of each class for validation, and the window votes on those
  expect(rows).toHaveLength(CLASSES.length);
  for (const row of rows) {
    const [, one, two, decision] = row.split(',');
    expect(CLASSES).toContain(decision);
    // the same weights under two names
    expect([one, two]).toEqual([decision, decision]);
  }
  await page.keyboard.press('Escape');
  expect(await seriousFindings(studio.page)).toEqual([]);
  await studio.shot(page, 'fetched-vote');
  expect(studio.faults).toEqual([]);
});

/** Opens the dialog, reads and accepts the licence, and waits for the page of what arrived. */
async function get(place: string, title: string, arrived: RegExp): Promise<void> {
  const { page } = studio;
  const before = server.requests.length;
  await command(place);
  await press('Enter', page.getByRole('button', { name: `Get ${title}` }));
  const dialog = page.getByRole('dialog', { name: `Get ${title}` });
  await dialog.getByText(LICENCE, { exact: true }).waitFor();
  expect(await seriousFindings(studio.page)).toEqual([]);
  const button = dialog.getByRole('button', { name: 'Get', exact: true });
  expect(await button.isDisabled()).toBe(true);
  expect(server.requests).toHaveLength(before);
  await press('Space', dialog.getByRole('checkbox', { name: /I accept/ }));
  await press('Enter', button);
  await page.waitForURL(arrived);
  await dialog.waitFor({ state: 'detached' });
  expect(await seriousFindings(studio.page)).toEqual([]);
}

/** By the palette. */
async function command(title: string): Promise<void> {
  const { keyboard } = studio.page;
  await keyboard.press('Control+k');
  const box = studio.page.getByRole('combobox', { name: 'Search commands' });
  await box.waitFor();
  await keyboard.type(title);
  await studio.page.getByRole('option', { name: title }).first().waitFor();
  await keyboard.press('Enter');
  await box.waitFor({ state: 'detached' });
}

async function press(key: 'Enter' | 'Space', element: Locator): Promise<void> {
  await tabTo(element);
  await studio.page.keyboard.press(key);
}

/** Goes to an element as a keyboard does, from one to the next. */
async function tabTo(element: Locator): Promise<void> {
  await element.waitFor();
  for (let stops = 0; stops < MOST_STOPS; stops++) {
    if ((await element.and(studio.page.locator(':focus')).count()) > 0) return;
    await studio.page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${element.toString()}`);
}

function catalogueFile(archive: Buffer): CatalogueFile {
  const shared = {
    licence: { name: LICENCE, page: null },
    source: 'https://example.org/',
    paper: null,
    approximateBytes: null,
  };
  const served = (path: string, bytes: Buffer) => ({
    kind: 'files' as const,
    files: [
      {
        name: path,
        addresses: [`${server.address}/${path}`],
        sizeBytes: bytes.length,
        hash: { kind: 'md5' as const, hex: createHash('md5').update(bytes).digest('hex') },
      },
    ],
  });
  const weights = (name: string) => ({
    ...shared,
    kind: 'weights' as const,
    name: `resnet20_cifar.${name}`,
    title: `Network ${name}`,
    codeLicence: null,
    model: 'resnet20_cifar',
    // the fixture is a small one of its kind
    options: { widthFactor: 0.01, depthFactor: 0.34 },
    size: 32,
    classes: CLASSES.length,
    classList: 'cifar-10' as const,
    input: { color: 'rgb' as const, scale: 255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    published: [{ dataset: 'CIFAR-10', protocol: 'whole', crop: 32, shortSide: null, top1Pct: 91.73, top5Pct: null }],
    acquisition: served('weights.safetensors', WEIGHTS),
  });
  return CatalogueFile.parse({
    family: 'test',
    entries: [
      {
        ...shared,
        kind: 'dataset',
        name: 'five-emoji',
        title: 'Five emoji',
        layout: 'class-folders',
        classes: CLASSES.length,
        images: { train: CLASSES.length * IMAGES_OF_CLASS, val: 0, test: 0 },
        acquisition: served('emoji.zip', archive),
      },
      weights('one'),
      weights('two'),
    ],
  });
}

function emojiArchive(): Buffer {
  const images = readdirSync(join(SAMPLES, 'noto-emoji'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.png'))
    .slice(0, CLASSES.length * IMAGES_OF_CLASS);
  return makeZip(
    images.map((entry, i) => ({
      name: `${CLASSES[i % CLASSES.length]}/${i}.png`,
      data: readFileSync(join(entry.parentPath, entry.name)),
    })),
  );
}
