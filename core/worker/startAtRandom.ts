/** First values for a program that nobody trained. */
import type { Session } from '../engine/engine.ts';
import { elements } from '../engine/graph.ts';
import type { NetworkProgram } from '../engine/program.ts';
import { initialValues } from '../train/initializer.ts';

/** Writes first values of all weights by `seed`; the optimizer's slots and the accumulators start at 0. */
export function startAtRandom(session: Session, program: NetworkProgram, seed = 0): void {
  session.write(new Map(program.weights.map((weight) => [weight.name, initialValues(weight, seed)])));
  const slots = [...program.graph.variables.values()].filter(({ name }) => name.includes('#'));
  session.write(new Map(slots.map(({ name, shape }) => [name, new Float32Array(elements(shape))])));
}
