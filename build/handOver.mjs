/** Hands this process over to Node 24. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { compileCache } from './compileCache.mjs';

/**
 * Runs `node` with `args` in our place: same terminal, same signals, same exit code. Does not return.
 * @param {string} node
 * @param {string[]} args
 */
export function handOver(node, args) {
  const env = { NODE_COMPILE_CACHE: compileCache, ...process.env };
  // where Node can (22.15 and newer), this process becomes the other one
  const replace = /** @type {{ execve?: (file: string, args: string[], env: NodeJS.ProcessEnv) => void }} */ (process)
    .execve;
  if (replace && process.platform !== 'win32') replace.call(process, node, [node, ...args], env);
  const child = spawn(node, args, { stdio: 'inherit', env });
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])) {
    process.on(signal, () => {
      // a terminal sends Ctrl-C to the child as well, and a second one would mean "at once"
      if (signal !== 'SIGINT' || !terminal) child.kill(signal);
    });
  }
  child.once('error', (error) => {
    console.error(`${node} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1));
  });
}
