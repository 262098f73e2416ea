/**
 * A damaged engine repairs itself from what is whole: the real engine, its files linked into a cache of the test's own.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheFolder } from '../../../core/provision/cacheFolder.ts';
import { findCompiler } from '../../../core/provision/compile.ts';
import { engineEnvironment } from '../../../core/provision/environment.ts';
import { installEngine } from '../../../core/provision/install.ts';
import {
  engineFolder,
  type InstalledEngine,
  locateEngine,
  readManifest,
} from '../../../core/provision/installation.ts';
import { engineStatus } from '../../../core/provision/status.ts';
import { TF_VERSION } from '../../../core/provision/wheels.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const installed = process.env['QUORUM_LIBTENSORFLOW'] ? null : locateEngine('cpu');
const compiler = await findCompiler().catch(() => null);
const missing =
  installed === null
    ? 'the TensorFlow engine is not installed'
    : compiler === null
      ? 'no compiler on this machine'
      : null;
const OFFLINE = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: '', PIP_CONFIG_FILE: '/dev/null' };

/**
 * The installed engine in a new cache: same files by hard link, so nothing is copied; damage must replace a file, not
 * write into it.
 */
function linkedEngine(): { env: NodeJS.ProcessEnv; folder: string } {
  if (!installed) throw new Error('skipped');
  // beside the real one: hard links do not leave a file system
  const env = { ...process.env, ...OFFLINE, QUORUM_CACHE: temporaryFolder(cacheFolder()) };
  const folder = engineFolder('cpu', env);
  const manifest = readManifest(installed.folder);
  if (!manifest) throw new Error('no manifest');
  for (const name of [...manifest.files.map((file) => file.path), 'manifest.json']) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    linkSync(path.join(installed.folder, name), path.join(folder, name));
  }
  for (const [name, target] of Object.entries(manifest.links)) symlinkSync(target, path.join(folder, name));
  return { env, folder };
}

function tensorflowVersion(engine: InstalledEngine): string {
  const script = `const module = { exports: {} }; process.dlopen(module, ${JSON.stringify(engine.bindingPath)}); process.stdout.write(module.exports.TF_Version);`;
  return execFileSync(process.execPath, ['-e', script], {
    env: { ...process.env, ...engineEnvironment(engine) },
    encoding: 'utf8',
  });
}

// each compiles the binding: seconds of one processor, more where others compute too
describe('repair', () => {
  test('of a binding cut short needs no network, and the engine loads again', async (context) => {
    if (missing) return context.skip(missing);
    const { env, folder } = linkedEngine();
    rmSync(path.join(folder, 'tfjs_binding.node'));
    writeFileSync(path.join(folder, 'tfjs_binding.node'), 'cut short');
    expect(locateEngine('cpu', env)).toBeNull();
    const [status] = (await engineStatus({ env })).devices;
    expect(status).toMatchObject({
      device: 'cpu',
      state: 'damaged',
      problems: [expect.stringMatching(/^tfjs_binding\.node has 9 bytes/)],
    });
    const repaired = await installEngine('cpu', { env });
    expect(tensorflowVersion(repaired)).toBe(TF_VERSION);
    expect(readdirSync(path.dirname(folder))).toEqual([path.basename(folder)]);
  });

  test('of a library with a changed byte starts at the full look, and fetches the wheel', async (context) => {
    if (missing) return context.skip(missing);
    const { env, folder } = linkedEngine();
    const header = path.join(folder, 'include/tensorflow/c/tf_status.h');
    const { size } = statSync(header);
    const copy = `${header}.copy`;
    await copyFile(header, copy);
    rmSync(header);
    writeFileSync(header, ' '.repeat(size));
    expect(locateEngine('cpu', env)).not.toBeNull();
    await expect(installEngine('cpu', { env, verify: true })).rejects.toMatchObject({ code: 'engine.offline' });
    // what was there is untouched by the failure
    expect(existsSync(path.join(folder, 'lib/libtensorflow_cc.so.2'))).toBe(true);
    rmSync(header);
    await copyFile(copy, header);
    expect((await installEngine('cpu', { env, verify: true })).folder).toBe(folder);
  });

  test("is not needed for a TensorFlow of the user's own, which is linked, not copied", async (context) => {
    if (missing || !installed) return context.skip(missing ?? '');
    const env = { ...process.env, ...OFFLINE, QUORUM_CACHE: temporaryFolder(), QUORUM_LIBTENSORFLOW: installed.folder };
    const local = await installEngine('cpu', { env });
    expect(local).toMatchObject({ source: 'local', tfVersion: TF_VERSION });
    expect(local.sizeBytes).toBeLessThan(1e6);
    expect(tensorflowVersion(local)).toBe(TF_VERSION);
    expect(locateEngine('cpu', env)).toEqual(local);
  });
});
