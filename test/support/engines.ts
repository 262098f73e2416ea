/**
 * The engines that tests compare: TensorFlow in a session and op by op where it is installed, WebAssembly everywhere.
 */
import type { Engine } from '../../core/engine/engine.ts';
import { NativeEngine } from '../../core/engine/native/nativeEngine.ts';
import { engineEnvironment } from '../../core/provision/environment.ts';
import { locateEngine } from '../../core/provision/installation.ts';

const installed = locateEngine('cpu');
if (installed) Object.assign(process.env, engineEnvironment(installed));

/** Why TensorFlow is not tested here, or null. */
export const noTensorFlow: string | null = installed ? null : 'TensorFlow is not installed: quorum engine install';

/** How many threads TensorFlow computes with in this process; before an engine is opened. */
export function useThreads(count: number): void {
  process.env['TF_NUM_INTRAOP_THREADS'] = String(count);
}

export const ENGINES: readonly {
  readonly name: string;
  readonly available: boolean;
  readonly open: () => Promise<Engine>;
}[] = [
  { name: 'TensorFlow session', available: installed !== null, open: () => Promise.resolve(native()) },
  { name: 'TensorFlow eager', available: installed !== null, open: () => Promise.resolve(native(true)) },
  { name: 'WebAssembly', available: true, open: webAssembly },
];

/** Loaded by those who compute with it: most tests do not. */
export async function webAssembly(): Promise<Engine> {
  const { openWasmEngine } = await import('../../core/engine/wasm/wasmEngine.ts');
  return openWasmEngine();
}

export function native(eager = false): NativeEngine {
  if (!installed) throw new Error('TensorFlow is not installed');
  return new NativeEngine(installed.bindingPath, 'cpu', { eager });
}
