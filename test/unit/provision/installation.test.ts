import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  bindingHash,
  type EngineManifest,
  engineFolder,
  fullProblems,
  locateEngine,
  quickProblems,
  readManifest,
} from '../../../core/provision/installation.ts';
import { TF_VERSION } from '../../../core/provision/wheels.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const BYTES = 'not a library, but bytes all the same';

/** A cache with an engine made of two small files and a link. */
function writeEngine(): { env: NodeJS.ProcessEnv; folder: string; manifest: EngineManifest } {
  const env = { QUORUM_CACHE: temporaryFolder() };
  const folder = engineFolder('cpu', env);
  mkdirSync(path.join(folder, 'lib'), { recursive: true });
  const names = ['tfjs_binding.node', 'lib/libtensorflow_cc.so.2'];
  for (const name of names) writeFileSync(path.join(folder, name), BYTES);
  symlinkSync('libtensorflow_cc.so.2', path.join(folder, 'lib/libtensorflow.so'));
  const manifest: EngineManifest = {
    formatVersion: 1,
    device: 'cpu',
    source: 'wheel',
    tfVersion: TF_VERSION,
    bindingHash: bindingHash(),
    createdAt: new Date(0).toISOString(),
    files: names.map((name) => ({
      path: name,
      sizeBytes: BYTES.length,
      sha256: createHash('sha256').update(BYTES).digest('hex'),
    })),
    links: { 'lib/libtensorflow.so': 'libtensorflow_cc.so.2' },
  };
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
  return { env, folder, manifest };
}

let env: NodeJS.ProcessEnv = {};
let folder = '';
let manifest: EngineManifest;
beforeEach(() => {
  ({ env, folder, manifest } = writeEngine());
});

describe('an installed engine', () => {
  test('is found when whole', async () => {
    expect(locateEngine('cpu', env)).toEqual({
      device: 'cpu',
      folder,
      bindingPath: path.join(folder, 'tfjs_binding.node'),
      tfVersion: TF_VERSION,
      source: 'wheel',
      sizeBytes: 2 * BYTES.length,
    });
    expect(await fullProblems(folder, manifest)).toEqual([]);
  });

  test('of one device is none for the other', () => {
    expect(locateEngine('gpu', env)).toBeNull();
  });

  test("is named after TensorFlow, device and binding; a TensorFlow of the user's own has another name", () => {
    expect(path.basename(folder)).toBe(`${TF_VERSION}-cpu-${bindingHash()}`);
    expect(path.basename(engineFolder('cpu', { ...env, QUORUM_LIBTENSORFLOW: '/opt/libtensorflow' }))).toMatch(
      /^local_[0-9a-f]{8}-cpu-/,
    );
  });

  test.each([
    [
      'a file is missing',
      () => {
        rmSync(path.join(folder, 'tfjs_binding.node'));
      },
      /tfjs_binding\.node is missing/,
    ],
    [
      'a file is cut short',
      () => {
        truncateSync(path.join(folder, 'lib/libtensorflow_cc.so.2'), 5);
      },
      /has 5 bytes, expected 37/,
    ],
    [
      'a link is missing',
      () => {
        rmSync(path.join(folder, 'lib/libtensorflow.so'));
      },
      /does not link/,
    ],
    [
      'a link leads nowhere',
      () => {
        rmSync(path.join(folder, 'lib/libtensorflow_cc.so.2'));
      },
      /is missing/,
    ],
  ])('is not found when %s', (_what, damage, problem) => {
    damage();
    expect(quickProblems(folder, manifest).join('; ')).toMatch(problem);
    expect(locateEngine('cpu', env)).toBeNull();
  });

  test('with a changed byte is found by the full look', async () => {
    writeFileSync(path.join(folder, 'lib/libtensorflow_cc.so.2'), BYTES.replace('bytes', 'bites'));
    expect(quickProblems(folder, manifest)).toEqual([]);
    expect(await fullProblems(folder, manifest)).toEqual(['lib/libtensorflow_cc.so.2 has the wrong SHA-256']);
  });

  test.each(['', '{"formatVersion": 1', '{"formatVersion": 2}', 'null'])('with the manifest %j is none', (text) => {
    writeFileSync(path.join(folder, 'manifest.json'), text);
    expect(readManifest(folder)).toBeNull();
    expect(locateEngine('cpu', env)).toBeNull();
  });
});
