/** What a user is told when the engine cannot be installed: the real programs, on machines that lack something. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { StudioError } from '../../../contract/errors.ts';
import { wheelFolder } from '../../../core/provision/cacheFolder.ts';
import { findCompiler } from '../../../core/provision/compile.ts';
import { downloadError } from '../../../core/provision/download.ts';
import { installEngine, platformSupported } from '../../../core/provision/install.ts';
import { findPython } from '../../../core/provision/python.ts';
import { wheelsFor } from '../../../core/provision/wheels.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const [wheel] = wheelsFor('cpu');
if (!wheel) throw new Error('no wheel is pinned');
const OFFLINE = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: '', PIP_CONFIG_FILE: '/dev/null' };
const compiler = await findCompiler().catch(() => null);
const python = await findPython().catch(() => null);
const needsTools = compiler === null || python === null ? 'no compiler or no Python with pip on this machine' : null;

async function failure(env: NodeJS.ProcessEnv): Promise<StudioError> {
  const error: unknown = await installEngine('cpu', { env }).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof StudioError) return error;
  throw new Error('expected a StudioError', { cause: error });
}

describe.runIf(platformSupported())('installation', () => {
  test('without Python and compiler names both and the packages that bring them', async () => {
    const error = await failure({ PATH: temporaryFolder(), QUORUM_CACHE: temporaryFolder() });
    expect(error.code).toBe('engine.noCompiler');
    expect(error.message).toMatch(/No C\+\+ compiler.*No python3/);
    expect(error.remedy).toMatch(
      /apt install g\+\+.*dnf install gcc-c\+\+.*apt install python3-pip.*dnf install python3-pip/,
    );
  });

  test('with a Python that has no pip says so', async (context) => {
    if (compiler === null) return context.skip('no compiler on this machine');
    const bin = temporaryFolder();
    for (const name of ['python3', 'python'])
      writeFileSync(
        path.join(bin, name),
        '#!/bin/sh\nif [ "$1" = -m ]; then echo "No module named pip" >&2; exit 1; fi\necho 3\n',
        { mode: 0o755 },
      );
    const error = await failure({ PATH: `${bin}:${process.env['PATH']}`, QUORUM_CACHE: temporaryFolder() });
    expect(error).toMatchObject({ code: 'engine.noPython', details: { missing: 'pip', said: 'No module named pip' } });
  });

  test('offline says what to bring where, and a wheel cut short is not used', async (context) => {
    if (needsTools) return context.skip(needsTools);
    const env = { ...process.env, ...OFFLINE, QUORUM_CACHE: temporaryFolder() };
    const wheels = wheelFolder(env);
    mkdirSync(wheels, { recursive: true });
    writeFileSync(path.join(wheels, wheel.file), 'the beginning of a wheel');
    truncateSync(path.join(wheels, wheel.file), wheel.sizeBytes);
    const error = await failure(env);
    expect(error.code).toBe('engine.offline');
    expect(error.remedy).toContain(`copy ${wheel.file} from another machine into ${wheels}`);
    expect(readdirSync(wheels)).toEqual([]);
    expect(readdirSync(path.join(env.QUORUM_CACHE, 'engine'))).toEqual([]);
  });

  test('with a cache that is a file, not a folder, is refused before anything is fetched', async () => {
    const file = path.join(temporaryFolder(), 'cache');
    writeFileSync(file, '');
    await expect(installEngine('cpu', { env: { ...process.env, QUORUM_CACHE: file } })).rejects.toMatchObject({
      code: expect.stringMatching(/^file\.(notFound|exists)$/) as string,
    });
  });

  test('is stopped by a signal, and leaves nothing behind', async (context) => {
    if (needsTools) return context.skip(needsTools);
    const bin = temporaryFolder();
    const cache = temporaryFolder();
    // a pip that never ends, and a child of its own
    writeFileSync(
      path.join(bin, 'python3'),
      `#!/bin/sh\ncase "$*" in *sys.version*) echo 3;; *--version*) echo "pip 25.0 from x";; *) echo started > ${cache}/started; sleep 60; echo late > ${cache}/late;; esac\n`,
      { mode: 0o755 },
    );
    const abort = new AbortController();
    const installing = installEngine('cpu', {
      env: { ...process.env, PATH: `${bin}:${process.env['PATH']}`, QUORUM_CACHE: cache },
      signal: abort.signal,
      onProgress: () => {
        if (existsSync(path.join(cache, 'started'))) abort.abort();
      },
    });
    await expect(installing).rejects.toThrow(/abort/i);
    expect(readdirSync(cache, { recursive: true }).sort()).toEqual(['engine', 'started', 'wheels']);
  });
});

describe('a compiler or Python named by the user', () => {
  test('that does not run is named in the error', async () => {
    await expect(findCompiler({ env: { CXX: '/nowhere/c++' } })).rejects.toThrow(/CXX names \/nowhere\/c\+\+/);
    await expect(findPython({ env: { QUORUM_PYTHON: '/nowhere/python' } })).rejects.toThrow(
      /QUORUM_PYTHON names \/nowhere\/python/,
    );
  });

  test('is used', async (context) => {
    const bin = temporaryFolder();
    if (compiler === null) return context.skip('no compiler on this machine');
    const found =
      (process.env['PATH'] ?? '')
        .split(':')
        .map((folder) => path.join(folder, compiler))
        .find((file) => existsSync(file)) ?? compiler;
    symlinkSync(found, path.join(bin, 'my-c++'));
    expect(await findCompiler({ env: { CXX: path.join(bin, 'my-c++'), PATH: process.env['PATH'] } })).toBe(
      path.join(bin, 'my-c++'),
    );
  });
});

describe('what pip says', () => {
  test.each([
    ['ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device', 'file.diskFull'],
    ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.', 'engine.offline'],
    [
      "WARNING: Retrying (Retry(total=2)) after connection broken by 'NewConnectionError(Failed to establish a new connection: [Errno -3] Temporary failure in name resolution)'",
      'engine.offline',
    ],
    ['ERROR: No matching distribution found for tensorflow-cpu==2.21.0', 'engine.offline'],
  ])('%s', (said, code) => {
    const error = downloadError(wheel, said, '/wheels');
    expect(error.code).toBe(code);
    expect(error.remedy).toBeTruthy();
    expect(error.details).toMatchObject({ said });
  });
});
