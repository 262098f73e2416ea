/** TensorFlow through the binding: programs in a session, or op by op. */
import { InterpretedSession } from '../interpreter.ts';
import type { Engine, Program, Session } from '../engine.ts';
import type { DeviceReport } from '../../../contract/run.ts';
import { loadBinding, type Binding } from './binding.ts';
import { assertDevice } from './device.ts';
import { EagerKernels } from './eager.ts';
import { NativeSession } from './session.ts';

export class NativeEngine implements Engine {
  readonly device: DeviceReport;
  readonly #binding: Binding;
  readonly #eager: boolean;

  /**
   * `eager` runs ops one by one, to compare with.
   * @throws {StudioError} engine.noGpu: when a GPU is asked for and TensorFlow does not compute on one
   */
  constructor(bindingPath: string, device: 'cpu' | 'gpu', options: { readonly eager?: boolean } = {}) {
    this.#binding = loadBinding(bindingPath);
    this.device = assertDevice(this.#binding, device);
    this.#eager = options.eager ?? false;
  }

  load(program: Program): Session {
    return this.#eager
      ? new InterpretedSession(program, new EagerKernels(this.#binding))
      : new NativeSession(this.#binding, program);
  }

  liveTensors(): number {
    return this.#binding.getNumOfTensors();
  }
}
