/**
 * Averages of a network's weights beside the weights themselves, for evaluation (Polyak and Juditsky 1992; exponential
 * form).
 */
import type { WeightSpec } from '../models/weightSpecs.ts';
import type { Graph, GraphNode, GraphTensor, Variable } from './graph.ts';
import { type Weight, Weights } from './networkWeights.ts';
import { binary } from './ops/arrays.ts';

export const AVERAGE_SUFFIX = '#average';

/** The averages in the place of the weights: a forward pass over them. */
export class AveragedWeights extends Weights {
  override get(spec: WeightSpec): Variable {
    return super.get({ ...spec, name: `${spec.name}${AVERAGE_SUFFIX}` });
  }
}

/**
 * average ← average − share · (average − weight), each after the weight's own update in this run, if it has one.
 * Statistics are averaged like weights.
 */
export function averageUpdates(
  g: Graph,
  weights: readonly Weight[],
  share: GraphTensor,
  updatesOf: (variable: Variable) => readonly GraphNode[],
): GraphNode[] {
  return weights.map(({ variable }) => {
    const average = g.variable(`${variable.name}${AVERAGE_SUFFIX}`, variable.shape);
    const after = updatesOf(variable);
    const value =
      after.length === 0
        ? variable.value
        : g.one('ReadVariableOp', [variable.handle], { dtype: { type: 'float32' } }, variable.shape, 'float32', {
            controls: after,
          });
    const change = binary(g, 'Mul', binary(g, 'Sub', average.value, value), share);
    return g.add('AssignSubVariableOp', [average.handle, change], { dtype: { type: 'float32' } }, []);
  });
}
