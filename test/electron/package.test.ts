import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flipFuses, FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import { asJavaScript } from '../../build/package/appSources.ts';
import { builderConfig as config } from '../../build/package/builderConfig.ts';
import { ICON_SIZES } from '../../build/package/icons.ts';
import { engineSources } from '../../build/package/engineSources.ts';
import { doubtful, licencesText, shippedPackages } from '../../build/package/licences.ts';
import { UNPACKED_GLOBS, unpackedList } from '../../build/package/unpackedList.ts';
import { fuseConfig } from '../../electron/fuses.ts';
import { foreignFiles, requireOwnFiles, sha256, UNPACKED_LIST } from '../../electron/unpackedFiles.ts';

const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const require = createRequire(import.meta.url);

interface Validator {
  validateConfiguration(config: object, logger: { isEnabled: boolean; add(): void }): Promise<void>;
}

function validator(): Validator {
  const own = createRequire(require.resolve('electron-builder/package.json'));
  return require(join(dirname(own.resolve('app-builder-lib/package.json')), 'out/util/config/config.js')) as Validator;
}

const logger = { isEnabled: false, add: () => undefined };

test('electron-builder accepts the configuration, and would not accept a wrong one', async () => {
  await validator().validateConfiguration(config, logger);
  await expect(
    validator().validateConfiguration({ ...config, linux: { ...config.linux, targets: ['AppImage'] } }, logger),
  ).rejects.toThrow(/Invalid configuration/);
});

test('AppImage and deb for Linux, installers for Windows and macOS are defined', () => {
  const names = (target: unknown): unknown[] =>
    Array.isArray(target) ? target.map((one: { target: string }) => one.target) : [];
  expect([names(config.linux?.target), names(config.win?.target), names(config.mac?.target)]).toEqual([
    ['AppImage', 'deb'],
    ['nsis'],
    ['dmg'],
  ]);
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
  expect(doubtful([{ name: 'x', folder: 'node_modules/x', version: '1', license: 'GPL-3.0', texts: [] }])).toHaveLength(
    1,
  );
  const text = licencesText(packages);
  for (const { name, version } of packages) expect(text).toContain(`${name} ${version}`);
});

test('sources become JavaScript that names JavaScript', () => {
  const source =
    "import type { A } from './a.ts';\nimport { b } from '../b.ts';\nconst c: URL = new URL('./c.ts', import.meta.url);\nconst d = await import('./d.cts');\nexport const e = (x: A): number => b(x, c, d, 'notes.ts');\n";
  const result = asJavaScript(source);
  expect(result).toContain("from '../b.js'");
  expect(result).toContain("'./c.js'");
  expect(result).toContain("'./d.cjs'");
  expect(result).toContain("'notes.ts'");
  expect(result).not.toMatch(/: URL|: A|: number|import type/);
});

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function folderHere(): string {
  folders.push(mkdtempSync(join(tmpdir(), 'quorum-package-')));
  return folders.at(-1) ?? '';
}

test.for(['linux', 'win32'])('all nine fuses are burnt into the program and read back (%s)', async (platform) => {
  // what Electron's binary holds: a mark, the version of the wire, its length, and one character a fuse
  const program = join(folderHere(), 'program');
  writeFileSync(
    program,
    Buffer.concat([
      Buffer.alloc(512, 0x90),
      Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
      Buffer.from([1, 9]),
      Buffer.from('101101011'),
      Buffer.alloc(512, 0x90),
    ]),
  );
  chmodSync(program, 0o755);
  await flipFuses(program, fuseConfig(platform));
  const wire = await getCurrentFuseWire(program);
  const on = Object.values(FuseV1Options)
    .filter((fuse) => typeof fuse === 'number')
    .filter((fuse) => wire[fuse] === FuseState.ENABLE)
    .map((fuse) => FuseV1Options[fuse]);
  expect(on).toEqual([
    'EnableCookieEncryption',
    ...(platform === 'win32' ? ['EnableEmbeddedAsarIntegrityValidation'] : []),
    'OnlyLoadAppFromAsar',
    'WasmTrapHandlers',
  ]);
  expect(Object.values(FuseV1Options).filter((fuse) => typeof fuse === 'number')).toHaveLength(9);
});

test('files beside the archive are those that were packed, byte for byte', async () => {
  const resources = folderHere();
  const archive = join(resources, 'app.asar');
  const unpacked = `${archive}.unpacked`;
  mkdirSync(join(archive, 'dist/app'), { recursive: true });
  mkdirSync(join(unpacked, 'node_modules/a'), { recursive: true });
  writeFileSync(join(unpacked, 'node_modules/a/a.node'), 'native');
  writeFileSync(join(unpacked, 'node_modules/a/package.json'), '{ "shortened": true }');
  const list = {
    'node_modules/a/a.node': await sha256(join(unpacked, 'node_modules/a/a.node')),
    'node_modules/b/left-out.node': '0'.repeat(64),
  };
  writeFileSync(join(archive, 'dist/app', UNPACKED_LIST), JSON.stringify(list));
  await requireOwnFiles(archive);
  writeFileSync(join(unpacked, 'node_modules/a/new.node'), 'native');
  expect(await foreignFiles(unpacked, list)).toEqual(['node_modules/a/new.node']);
  await expect(requireOwnFiles(archive)).rejects.toMatchObject({
    code: 'file.damaged',
    message: expect.stringContaining('node_modules/a/new.node'),
  });
  rmSync(join(unpacked, 'node_modules/a/new.node'));
  writeFileSync(join(unpacked, 'node_modules/a/a.node'), 'Native');
  expect(await foreignFiles(unpacked, list)).toEqual(['node_modules/a/a.node']);
});

test('what the engine is compiled from is shipped beside the archive, under names that the packager keeps', async () => {
  const list = await unpackedList(projectRoot);
  const names = [...engineSources().keys()];
  for (const name of ['node_api.h', 'js_native_api.h', 'tfjs_backend.cpp', 'tfjs_binding.cpp', 'utils.h'])
    expect(names).toContain(`dist/app/engine/${name}`);
  for (const [place, from] of engineSources()) expect(list[place], place).toBe(await sha256(from));
  expect(names.filter((name) => name.endsWith('.cc'))).toEqual([]);
  expect(config.asarUnpack).toEqual(UNPACKED_GLOBS);
  expect(Object.keys(list).some((place) => /better-sqlite3\/prebuilds\/linux-x64\.node$/.test(place))).toBe(true);
});

test('no source map is shipped, and no source', () => {
  expect(config.files).toContain('!**/*.map');
  expect(config.files).toContain('!node_modules/**/*.{md,ts,cts,mts}');
  for (const folder of ['renderer/**', 'core/**', 'cli/**', 'test/**']) expect(config.files).not.toContain(folder);
});
