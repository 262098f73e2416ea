import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { entryOf, ENTRIES } from '../../../build/program/entries.ts';
import { sourceUrls } from '../../../build/program/sourceUrls.ts';
import { buildProgram, ensureProgram, programFolder } from '../../../build/programBuild.mjs';

const root = resolve(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'quorum-program-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The sources somewhere else, with the packages of this clone. */
function copyOfSources(): string {
  const copy = mkdtempSync(join(scratch, 'clone-'));
  for (const name of ['cli', 'contract', 'core', 'pure', 'resources', 'build', 'package.json', 'package-lock.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

const versionOf = (program: string): string =>
  execFileSync(process.execPath, [program, '--version'], { encoding: 'utf8' });

describe('the built program', () => {
  test('is of these very sources where a test begins a job, also after an older run', () => {
    const job = fileURLToPath(new URL('../../../core/worker/main.ts', import.meta.url));
    expect(job).toBe(join(programFolder(root), 'job.mjs'));
  });

  test('is built once for a state of the sources, and anew for another', () => {
    const project = copyOfSources();
    const built: number[] = [];
    const ensure = (): string =>
      ensureProgram(project, process.execPath, (seconds) => {
        built.push(seconds);
      });
    const first = ensure();
    expect(ensure()).toBe(first);
    expect(built).toHaveLength(1);
    expect(versionOf(join(first, 'cli.mjs'))).toBe(versionOf(join(root, 'cli/main.ts')));

    const card = join(project, 'package.json');
    writeFileSync(card, readFileSync(card, 'utf8').replace(/"version": "[^"]+"/, '"version": "9.8.7"'));
    // as from an archive of last year
    utimesSync(card, new Date(2025, 0, 1), new Date(2025, 0, 1));
    const second = ensure();
    expect(built).toHaveLength(2);
    expect(versionOf(join(second, 'cli.mjs')).trim()).toBe('9.8.7');
    // what still runs from the first one keeps its files
    expect(existsSync(join(first, 'cli.mjs'))).toBe(true);
  });

  test('a fault in the sources is told, and leaves nothing half-made', () => {
    const project = copyOfSources();
    writeFileSync(join(project, 'cli/main.ts'), "import './nowhere.ts';\n");
    expect(() => ensureProgram(project, process.execPath)).toThrow(/nowhere/);
    expect(existsSync(programFolder(project))).toBe(false);
  });

  test('a folder that may not be written is told', () => {
    const project = copyOfSources();
    writeFileSync(join(project, 'dist'), 'a file where the folder should be');
    expect(() => buildProgram(programFolder(project), project, process.execPath)).toThrow(/ENOTDIR|EEXIST/);
  });

  test('has a file for everything that begins in a process or thread of its own', () => {
    const program = join(inject('commandLine'), '..');
    for (const name of Object.keys(ENTRIES)) expect(existsSync(join(program, `${name}.mjs`)), name).toBe(true);
  });

  test('finds what lies beside the sources', () => {
    const home = mkdirSync(join(scratch, 'home'), { recursive: true }) ?? join(scratch, 'home');
    const list = (program: string): unknown =>
      JSON.parse(
        execFileSync(process.execPath, [program, '--data-dir', home, 'fetch', 'list', '--json'], {
          encoding: 'utf8',
        }),
      );
    expect(list(inject('commandLine'))).toEqual(list(join(root, 'cli/main.ts')));
  });
});

describe('addresses in the built program', () => {
  const plugin = sourceUrls({
    projectRoot: '/project',
    entryUrl: (name) => `'./${name}.mjs', import.meta.url`,
    sourceUrl: (source) => `new URL('../../${source}', import.meta.url).href`,
  });
  function changed(source: string, code: string): unknown {
    const { transform } = plugin;
    if (typeof transform !== 'function') throw new Error('the plugin transforms');
    const result: unknown = transform.call({} as never, code, source);
    return typeof result === 'object' && result !== null && 'code' in result ? result.code : result;
  }

  test('lead to what begins in a file of its own', () => {
    expect(changed('/project/core/studio/context.ts', "new URL('../worker/main.ts', import.meta.url)")).toBe(
      "new URL('./job.mjs', import.meta.url)",
    );
  });

  test('else to where the source lies', () => {
    expect(changed('/project/core/studio/createStudio.ts', "new URL('../../resources/', import.meta.url)")).toBe(
      "new URL('../../resources/', new URL('../../core/studio/createStudio.ts', import.meta.url).href)",
    );
    expect(changed('/project/core/studio/a.ts', "new URL('./b.ts', import.meta.url)")).toBe(
      "new URL('./b.ts', new URL('../../core/studio/a.ts', import.meta.url).href)",
    );
  });

  test('of packages and of other code stay as they are', () => {
    expect(changed('/project/node_modules/zod/index.js', 'import.meta.url')).toBeNull();
    expect(changed('/elsewhere/file.ts', 'import.meta.url')).toBeNull();
    expect(changed('/project/core/studio/a.ts', 'const a = 1;')).toBeNull();
  });

  test('a cluster starts the command line from its source', () => {
    expect(entryOf('cli/main.ts')).toBeUndefined();
    expect(entryOf('core/worker/main.ts')).toBe('job');
  });
});
