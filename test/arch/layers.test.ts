/** A rule that never fires is no rule: each is given one violation, and one import that must stay possible. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const PACKAGES = [
  'zod',
  'sharp',
  'kysely',
  'better-sqlite3',
  'commander',
  'protobufjs',
  '@tensorflow/tfjs-core',
  'pinia',
];
const DEVELOPMENT_PACKAGES = ['vitest'];

/** A file of each layer, which everything below may import. */
const BASE: Readonly<Record<string, string>> = {
  'contract/errors.ts': "import 'zod'; export type Thing = number; export const thing = 1;",
  'core/models/registry.ts':
    "import type { Thing } from '../../contract/errors.ts'; export type Model = Thing; export const model = 1;",
  'core/engine/engine.ts':
    "import type { Model } from '../models/registry.ts'; import 'node:os'; export type Engine = Model; export const engine = 1;",
  'core/engine/native/binding.ts':
    "import '@tensorflow/tfjs-core'; import type { Engine } from '../engine.ts'; export type Binding = Engine; export const binding = 1;",
  'core/files/durableFile.ts':
    "import { thing } from '../../contract/errors.ts'; import 'node:fs'; export const durable = thing;",
  'core/formats/zip.ts': "import { durable } from '../files/durableFile.ts'; export const zip = durable;",
  'core/threads/pool.ts': "import 'node:worker_threads'; export const pool = 1;",
  'core/data/loader.ts': "import 'sharp'; import { zip } from '../formats/zip.ts'; export const loader = zip;",
  'core/weights/safetensors.ts': "import { zip } from '../formats/zip.ts'; export const weights = zip;",
  'core/evaluate/vote.ts': "import { loader } from '../data/loader.ts'; export const vote = loader;",
  'core/train/train.ts':
    "import { engine } from '../engine/engine.ts'; import { loader } from '../data/loader.ts'; import { weights } from '../weights/safetensors.ts'; export const train = [engine, loader, weights];",
  'core/provision/install.ts': "import { thing } from '../../contract/errors.ts'; export const install = thing;",
  'core/worker/jobMessages.ts': "import { thing } from '../../contract/errors.ts'; export const defineJob = thing;",
  'core/worker/jobs/train/messages.ts':
    "import { defineJob } from '../../jobMessages.ts'; export const messages = defineJob;",
  'core/worker/jobs/train/job.ts':
    "import { messages } from './messages.ts'; import { train } from '../../../train/train.ts'; import { binding } from '../../../engine/native/binding.ts'; import { vote } from '../../../evaluate/vote.ts'; export const job = [messages, train, binding, vote];",
  'core/db/open.ts': "import 'kysely'; import 'better-sqlite3'; export const open = 1;",
  'core/studio/createStudio.ts':
    "import { open } from '../db/open.ts'; import { defineJob } from '../worker/jobMessages.ts'; import { messages } from '../worker/jobs/train/messages.ts'; import { vote } from '../evaluate/vote.ts'; export const studio = [open, defineJob, messages, vote];",
  'cli/main.ts':
    "import 'commander'; import { studio } from '../core/studio/createStudio.ts'; export const main = studio;",
  'renderer/store.ts': "import 'pinia'; import { thing } from '../contract/errors.ts'; export const store = thing;",
  'test/support.ts': "import { model } from '../core/models/registry.ts'; export const support = model;",
};

/** What is planted: a file, its text, and the rule and target that must be reported for it. */
const VIOLATIONS: readonly (readonly [title: string, file: string, text: string, rule: string, target: string])[] = [
  ['contract imports no Node module', 'contract/a.ts', "import 'node:fs';", 'not-in-allowed', 'fs'],
  [
    'contract imports no core',
    'contract/b.ts',
    "import '../core/models/registry.ts';",
    'not-in-allowed',
    'core/models/registry.ts',
  ],
  [
    'models import no engine',
    'core/models/a.ts',
    "import '../engine/engine.ts';",
    'not-in-allowed',
    'core/engine/engine.ts',
  ],
  ['models import no Node module', 'core/models/b.ts', "import 'node:fs';", 'not-in-allowed', 'fs'],
  [
    'data imports no types of the engine',
    'core/data/a.ts',
    "import type { Engine } from '../engine/engine.ts'; export type A = Engine;",
    'not-in-allowed',
    'core/engine/engine.ts',
  ],
  [
    'data imports no training',
    'core/data/b.ts',
    "import '../train/train.ts';",
    'not-in-allowed',
    'core/train/train.ts',
  ],
  [
    'files import no formats',
    'core/files/a.ts',
    "import '../formats/zip.ts';",
    'not-in-allowed',
    'core/formats/zip.ts',
  ],
  [
    'formats import no data',
    'core/formats/a.ts',
    "import '../data/loader.ts';",
    'not-in-allowed',
    'core/data/loader.ts',
  ],
  [
    'threads import nothing of ours',
    'core/threads/a.ts',
    "import '../files/durableFile.ts';",
    'not-in-allowed',
    'core/files/durableFile.ts',
  ],
  [
    'weights import no types of the engine',
    'core/weights/a.ts',
    "import type { Engine } from '../engine/engine.ts'; export type A = Engine;",
    'not-in-allowed',
    'core/engine/engine.ts',
  ],
  [
    'weights import no data',
    'core/weights/b.ts',
    "import '../data/loader.ts';",
    'not-in-allowed',
    'core/data/loader.ts',
  ],
  [
    'evaluate imports no types of the engine',
    'core/evaluate/a.ts',
    "import type { Engine } from '../engine/engine.ts'; export type A = Engine;",
    'not-in-allowed',
    'core/engine/engine.ts',
  ],
  [
    'evaluate imports no training',
    'core/evaluate/b.ts',
    "import '../train/train.ts';",
    'not-in-allowed',
    'core/train/train.ts',
  ],
  [
    'evaluate imports no worker',
    'core/evaluate/c.ts',
    "import '../worker/jobMessages.ts';",
    'not-in-allowed',
    'core/worker/jobMessages.ts',
  ],
  [
    'evaluate imports no messages of a job',
    'core/evaluate/d.ts',
    "import '../worker/jobs/train/messages.ts';",
    'not-in-allowed',
    'core/worker/jobs/train/messages.ts',
  ],
  [
    "a job's messages import no engine",
    'core/worker/jobs/a/messages.ts',
    "import '../../../engine/engine.ts';",
    'not-in-allowed',
    'core/engine/engine.ts',
  ],
  [
    "a job's messages import no work",
    'core/worker/jobs/b/messages.ts',
    "import '../train/job.ts';",
    'not-in-allowed',
    'core/worker/jobs/train/job.ts',
  ],
  [
    'training imports no native engine',
    'core/train/a.ts',
    "import '../engine/native/binding.ts';",
    'not-in-allowed',
    'core/engine/native/binding.ts',
  ],
  [
    'training imports no tfjs',
    'core/train/b.ts',
    "import '@tensorflow/tfjs-core';",
    'not-in-allowed',
    'node_modules/@tensorflow/tfjs-core/index.js',
  ],
  [
    'the engine imports no values of models',
    'core/engine/a.ts',
    "import { model } from '../models/registry.ts'; model;",
    'not-in-allowed',
    'core/models/registry.ts',
  ],
  [
    'the engine imports no data',
    'core/engine/b.ts',
    "import '../data/loader.ts';",
    'not-in-allowed',
    'core/data/loader.ts',
  ],
  [
    'provisioning imports no engine',
    'core/provision/a.ts',
    "import type { Engine } from '../engine/engine.ts'; export type A = Engine;",
    'not-in-allowed',
    'core/engine/engine.ts',
  ],
  [
    'the worker imports no database',
    'core/worker/a.ts',
    "import '../db/open.ts';",
    'not-in-allowed',
    'core/db/open.ts',
  ],
  [
    'the worker imports no studio',
    'core/worker/b.ts',
    "import '../studio/createStudio.ts';",
    'not-in-allowed',
    'core/studio/createStudio.ts',
  ],
  [
    'the database imports no studio',
    'core/db/a.ts',
    "import '../studio/createStudio.ts';",
    'not-in-allowed',
    'core/studio/createStudio.ts',
  ],
  [
    'the database imports no models',
    'core/db/b.ts',
    "import '../models/registry.ts';",
    'not-in-allowed',
    'core/models/registry.ts',
  ],
  [
    'the studio imports no types of the engine',
    'core/studio/a.ts',
    "import type { Engine } from '../engine/engine.ts'; export type A = Engine;",
    'not-in-allowed',
    'core/engine/engine.ts',
  ],
  [
    "the studio imports a job's messages and nothing else of it",
    'core/studio/b.ts',
    "import '../worker/jobs/train/job.ts';",
    'not-in-allowed',
    'core/worker/jobs/train/job.ts',
  ],
  [
    'the studio imports no tfjs',
    'core/studio/c.ts',
    "import '@tensorflow/tfjs-core';",
    'not-in-allowed',
    'node_modules/@tensorflow/tfjs-core/index.js',
  ],
  [
    'the CLI imports no core but the studio and what concerns files',
    'cli/a.ts',
    "import '../core/db/open.ts';",
    'not-in-allowed',
    'core/db/open.ts',
  ],
  ['the CLI imports nothing of build', 'cli/b.ts', "import '../build/tool.ts';", 'not-in-allowed', 'build/tool.ts'],
  [
    'the renderer imports no core',
    'renderer/a.ts',
    "import '../core/models/registry.ts';",
    'not-in-allowed',
    'core/models/registry.ts',
  ],
  ['the renderer imports no Node module', 'renderer/b.ts', "import 'node:fs';", 'not-in-allowed', 'fs'],
  ['build imports no CLI', 'build/tool.ts', "import '../cli/main.ts';", 'not-in-allowed', 'cli/main.ts'],
  [
    'a package nobody listed',
    'core/train/c.ts',
    "import 'commander';",
    'not-in-allowed',
    'node_modules/commander/index.js',
  ],
  [
    'tests are imported by tests only',
    'core/data/c.ts',
    "import '../../test/support.ts';",
    'no-import-of-tests',
    'test/support.ts',
  ],
  ['no cycle', 'core/db/c.ts', "import './d.ts';", 'no-circular', ''],
  ['no orphan', 'core/db/e.ts', 'export const alone = 1;', 'no-orphans', ''],
  ['no import that leads nowhere', 'core/db/f.ts', "import './nowhere.ts';", 'no-unresolvable', './nowhere.ts'],
  [
    'no development package in what runs',
    'core/db/g.ts',
    "import 'vitest';",
    'no-development-package',
    'node_modules/vitest/index.js',
  ],
];

/** The host must not reach TensorFlow through somebody else either; `far.ts` itself imports an allowed layer only. */
const INDIRECT: Readonly<Record<string, string>> = {
  'core/db/d.ts': "import './c.ts';",
  'core/evaluate/heavy.ts': "import { binding } from '../engine/native/binding.ts'; export const heavy = binding;",
  'core/studio/far.ts': "import { heavy } from '../evaluate/heavy.ts'; export const far = heavy;",
};

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Writes a project of these files and checks it with the command that `npm run layers` runs. */
function check(files: Readonly<Record<string, string>>): { status: number | null; output: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'quorum-layers-'));
  folders.push(folder);
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  };
  for (const config of ['.dependency-cruiser.mjs', '.dependency-cruiser.runtime.mjs'])
    copyFileSync(path.join(root, config), path.join(folder, config));
  const any = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, '*']));
  write(
    'package.json',
    JSON.stringify({ type: 'module', dependencies: any(PACKAGES), devDependencies: any(DEVELOPMENT_PACKAGES) }),
  );
  for (const name of [...PACKAGES, ...DEVELOPMENT_PACKAGES]) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
  for (const [name, text] of Object.entries(files)) write(name, text);
  const result = spawnSync(process.execPath, [path.join(root, 'build', 'checkLayers.mjs'), folder], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  return { status: result.status, output: `${result.stdout}${result.stderr}` };
}

describe('layer rules', () => {
  test('let through what the layers may import', () => {
    const { status, output } = check(BASE);
    expect(output).not.toMatch(/error/);
    expect(status).toBe(0);
  });

  describe('find', () => {
    let output = '';
    beforeAll(() => {
      const planted = check({
        ...BASE,
        ...INDIRECT,
        ...Object.fromEntries(VIOLATIONS.map(([, file, text]) => [file, text])),
      });
      expect(planted.status).toBe(1);
      ({ output } = planted);
    });

    test.each(VIOLATIONS)('%s', (_title, file, _text, rule, target) => {
      const found = output.split('\n').map((line) => line.trim());
      // a cycle is told with all its members, on further lines
      expect(found).toContain(
        rule === 'no-circular' ? `error ${rule}: ${file} →` : `error ${rule}: ${file}${target && ` → ${target}`}`,
      );
    });

    test('the host reaching TensorFlow through another layer', () => {
      expect(output).toContain('error host-without-engine: core/studio/far.ts → core/engine/native/binding.ts');
    });
  });
});
