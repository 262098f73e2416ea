import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { asJavaScript } from '../../build/package/appSources.ts';
import { builderConfig as config } from '../../build/package/builderConfig.ts';
import { ICON_SIZES } from '../../build/package/icons.ts';
import { doubtful, licencesText, shippedPackages } from '../../build/package/licences.ts';

const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const require = createRequire(import.meta.url);

interface Validator { validateConfiguration(config: object, logger: { isEnabled: boolean; add(): void }): Promise<void> }

function validator(): Validator {
  const own = createRequire(require.resolve('electron-builder/package.json'));
  return require(join(dirname(own.resolve('app-builder-lib/package.json')), 'out/util/config/config.js')) as Validator;
}

const logger = { isEnabled: false, add: () => undefined };

test('electron-builder accepts the configuration, and would not accept a wrong one', async () => {
  await validator().validateConfiguration(config, logger);
  await expect(validator().validateConfiguration({ ...config, linux: { ...config.linux, targets: ['AppImage'] } }, logger)).rejects.toThrow(/Invalid configuration/);
});

test('AppImage and deb for Linux, installers for Windows and macOS are defined', () => {
  const names = (target: unknown): unknown[] => (Array.isArray(target) ? target.map((one: { target: string }) => one.target) : []);
  expect([names(config.linux?.target), names(config.win?.target), names(config.mac?.target)]).toEqual([['AppImage', 'deb'], ['nsis'], ['dmg']]);
});

test('what the configuration names is there', () => {
  const places = [config.linux?.icon, config.win?.icon, config.mac?.icon, 'LICENSE', 'resources'];
  for (const place of places) expect(existsSync(join(projectRoot, String(place))), String(place)).toBe(true);
  const main: string = (config.extraMetadata as { main: string }).main;
  expect(existsSync(join(projectRoot, main.replace('dist/app/', '').replace(/\.js$/, '.ts')))).toBe(true);
  expect((JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { main?: string }).main).toBe(main);
});

test.for(ICON_SIZES)('the icon of %i pixels is a drawing of that size', async (size) => {
  const image = sharp(join(projectRoot, 'resources/icons', `${size}x${size}.png`));
  const { width, height, hasAlpha } = await image.metadata();
  expect([width, height, hasAlpha]).toEqual([size, size, true]);
  const { channels } = await image.stats();
  expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(20);
});

test('every shipped package has a licence that allows it', () => {
  const packages = shippedPackages(projectRoot);
  expect(packages.length).toBeGreaterThan(20);
  expect(packages.map(({ name }) => name)).toContain('better-sqlite3');
  expect(doubtful(packages).map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
  expect(doubtful([{ name: 'x', version: '1', license: 'GPL-3.0', texts: [] }])).toHaveLength(1);
  const text = licencesText(packages);
  for (const { name, version } of packages) expect(text).toContain(`${name} ${version}`);
});

test('sources become JavaScript that names JavaScript', () => {
  const source = "import type { A } from './a.ts';\nimport { b } from '../b.ts';\nconst c: URL = new URL('./c.ts', import.meta.url);\nconst d = await import('./d.cts');\nexport const e = (x: A): number => b(x, c, d, 'notes.ts');\n";
  const result = asJavaScript(source);
  expect(result).toContain("from '../b.js'");
  expect(result).toContain("'./c.js'");
  expect(result).toContain("'./d.cjs'");
  expect(result).toContain("'notes.ts'");
  expect(result).not.toMatch(/: URL|: A|: number|import type/);
});
