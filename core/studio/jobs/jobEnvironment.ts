/** Environment of a job process: what it needs to find its engine, for that process alone. */
import { availableParallelism } from 'node:os';
import type { DeviceChoice } from '../../../contract/runSpec.ts';
import { engineEnvironment } from '../../provision/environment.ts';
import { locateEngine } from '../../provision/installation.ts';

/**
 * The host's own environment, the library path of the engine that `device` means, and where asked for the number of
 * threads of TensorFlow and oneDNN. The loader reads the library path once, when a process starts: a job cannot set it
 * for itself.
 */
export function jobEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  device: DeviceChoice,
  threads?: number,
): Record<string, string> {
  const engine =
    device === 'wasm'
      ? null
      : device === 'cpu'
        ? locateEngine('cpu', own)
        : (locateEngine('gpu', own) ?? (device === 'auto' ? locateEngine('cpu', own) : null));
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) if (value !== undefined) env[name] = value;
  // Pictures are decoded on libuv's threads, four unless told otherwise.
  env['UV_THREADPOOL_SIZE'] ??= String(Math.max(4, availableParallelism()));
  if (engine) Object.assign(env, engineEnvironment(engine, own));
  if (threads !== undefined) {
    env['TF_NUM_INTRAOP_THREADS'] = String(threads);
    env['OMP_NUM_THREADS'] = String(threads);
  }
  return env;
}
