/** Networks of a few layers for tests, and programs of them with weights from the formula. */
import type { Session } from '../../core/engine/engine.ts';
import { elements } from '../../core/engine/graph.ts';
import type { NetworkProgram } from '../../core/engine/program.ts';
import type { Builder, Value } from '../../core/models/builder.ts';
import type { Model } from '../../core/models/family.ts';
import { getModel } from '../../core/models/registry.ts';
import { formulaWeight } from './formulaWeights.ts';

/** A model that is nothing but `build`; the rest of its card is VGG-11's. */
export function tinyModel(name: string, build: <V extends Value>(b: Builder<V>, x: V, classes: number) => V): Model {
  return { ...getModel('vgg11'), name, build: (b, x, shape) => build(b, x, shape.classes) };
}

/** Formula weights, optimizer slots at zero. */
export function startFromFormula(session: Session, program: NetworkProgram): void {
  const values = new Map(program.weights.map((w) => [w.name, formulaWeight(w)]));
  for (const v of program.graph.variables.values())
    if (!values.has(v.name)) values.set(v.name, new Float32Array(elements(v.shape)));
  session.write(values);
}
