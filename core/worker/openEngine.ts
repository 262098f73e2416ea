/** The engine of this job process, by the device that was asked for; never a slower one in silence. */
import { StudioError } from '../../contract/errors.ts';
import { type DeviceChoice, kindOf } from '../../contract/deviceChoice.ts';
import type { DeviceReport } from '../../contract/run.ts';
import type { Engine } from '../engine/engine.ts';
import { NativeEngine } from '../engine/native/nativeEngine.ts';
import { locateEngine } from '../provision/installation.ts';
import { DEVICE_VARIABLE } from './jobMessages.ts';

/**
 * @throws {StudioError} `engine.notInstalled`, `engine.noGpu`: when a device was asked for by name. `auto` takes the
 * best there is and says in `notice` what is missing.
 */
export async function openEngine(choice: DeviceChoice): Promise<Engine> {
  const kind = kindOf(choice);
  if (kind === 'wasm') return openWasm();
  if (kind !== 'auto') return openNative(kind);
  const gpu = process.env[DEVICE_VARIABLE] === 'cpu' ? null : locateEngine('gpu');
  if (gpu) {
    try {
      return new NativeEngine(gpu.bindingPath, 'gpu');
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
      // a process loads one TensorFlow, and that for the GPU computes on the processor as well
      return withNotice(new NativeEngine(gpu.bindingPath, 'cpu'), `The CPU is used, not the GPU: ${error.message}`);
    }
  }
  return locateEngine('cpu') ? openNative('cpu') : openWasm();
}

// only where it computes: a process that computes with TensorFlow has no use for loading TensorFlow.js
async function openWasm(): Promise<Engine> {
  const { openWasmEngine } = await import('../engine/wasm/wasmEngine.ts');
  return openWasmEngine();
}

function openNative(device: 'cpu' | 'gpu'): NativeEngine {
  const installed = locateEngine(device);
  if (!installed)
    throw new StudioError(
      'engine.notInstalled',
      `TensorFlow for the ${device === 'gpu' ? 'GPU' : 'CPU'} is not installed.`,
      { remedy: `Run \`quorum engine install --device ${device}\`.` },
    );
  return new NativeEngine(installed.bindingPath, device);
}

function withNotice(engine: NativeEngine, notice: string): Engine {
  const device: DeviceReport = { ...engine.device, notice };
  return { device, load: (program) => engine.load(program), liveTensors: () => engine.liveTensors() };
}
