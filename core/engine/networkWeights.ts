/** The weights of a network as variables of a graph. */
import { layerOfWeight, type WeightSpec } from '../models/weightSpecs.ts';
import type { Graph, Variable } from './graph.ts';

export interface Weight extends WeightSpec {
  readonly variable: Variable;
}

/**
 * The weights of one network; several forward passes (training, evaluation) share them. Those of a frozen layer are not
 * trainable.
 */
export class Weights {
  readonly list: Weight[] = [];
  readonly #graph: Graph;
  readonly #frozen: ReadonlySet<string>;
  constructor(graph: Graph, frozen: ReadonlySet<string> = new Set()) {
    this.#graph = graph;
    this.#frozen = frozen;
  }

  get(spec: WeightSpec): Variable {
    const known = this.#graph.variables.get(spec.name);
    if (known) return known;
    const variable = this.#graph.variable(spec.name, spec.shape);
    this.list.push({ variable, ...spec, trainable: spec.trainable && !this.#frozen.has(layerOfWeight(spec.name)) });
    return variable;
  }
}
