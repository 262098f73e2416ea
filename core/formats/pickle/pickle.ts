/**
 * A pickle machine that only builds data. Nothing is imported and nothing is called: a global is looked up in a short
 * table of constructors of our own; any other is refused, or stays an inert name (`pickleGlobals`). Limits hold before
 * memory is taken, so that no pickle can cost more than its file.
 */
import { PickleMachine } from './pickleMachine.ts';
import { PICKLE_OPERATIONS } from './pickleOperations.ts';
import { badPickle, type PickleOptions, type PickleResult } from './pickleValues.ts';
import type { RandomAccess } from '../randomAccess.ts';

const STOP = '.';

/**
 * Reads one pickle from `source`.
 * @throws {StudioError} weights.hostile: a global or operation that is not allowed, named
 * @throws {StudioError} weights.damaged; weights.limit: 1,000,000 operations, 10,000 values on the stack, 100,000
 *   remembered
 */
export function readPickle(source: RandomAccess, options: PickleOptions): PickleResult {
  const machine = new PickleMachine(source, options);
  const { cursor } = machine;
  for (;;) {
    machine.spend();
    const opcode = String.fromCharCode(cursor.byte());
    if (opcode === STOP) return { value: machine.result(), end: cursor.position, foreign: [...machine.foreign] };
    const operation = PICKLE_OPERATIONS.get(opcode);
    if (!operation)
      throw badPickle(`byte 0x${opcode.charCodeAt(0).toString(16)} at ${cursor.position - 1} is no operation`);
    operation(machine);
    machine.checkFrame();
  }
}
