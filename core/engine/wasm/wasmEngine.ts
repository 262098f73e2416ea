/** WebAssembly: slow, but runs wherever Node does. */
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import { StudioError } from '../../../contract/errors.ts';
import type { DeviceReport } from '../../../contract/run.ts';
import type { Engine, Program, Session } from '../engine.ts';
import { InterpretedSession } from '../interpreter.ts';
import { WasmKernels } from './kernels.ts';

export class WasmEngine implements Engine {
  readonly device: DeviceReport = {
    kind: 'wasm',
    name: cpus()[0]?.model.trim() ?? 'CPU',
    memoryBytes: 4 * 2 ** 30,
    engine: 'wasm',
    engineVersion: version_wasm,
    threads: 1,
    notice:
      'WebAssembly on one core: correct, but many times slower than TensorFlow. ' +
      '`quorum engine install` brings TensorFlow.',
  };

  load(program: Program): Session {
    if (program.graph.nodes.some((n) => n.outputs.some((o) => o.dtype === 'bfloat16'))) {
      throw new StudioError('engine.unsupported', 'bfloat16 needs TensorFlow; WebAssembly computes in float32 only.', {
        remedy: 'Choose precision f32, or install TensorFlow with `quorum engine install`.',
      });
    }
    return new InterpretedSession(program, new WasmKernels());
  }

  liveTensors(): number {
    return tf.memory().numTensors;
  }
}

export async function openWasmEngine(): Promise<WasmEngine> {
  setWasmPaths(`${join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), '/')}`);
  if (!(await tf.setBackend('wasm')))
    throw new StudioError('engine.unsupported', 'WebAssembly is not available in this Node.');
  await tf.ready();
  return new WasmEngine();
}
