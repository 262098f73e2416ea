/** Optimizer updates as fused TensorFlow ops on variables, with PyTorch's formulas. */
import type { Optimizer } from '../../contract/runSpec.ts';
import type { Graph, GraphNode, GraphTensor, Variable } from './graph.ts';
import { output } from './graph.ts';

/** The scalars an update needs, in the order of the program's `scalars` input. */
const SCALARS = ['rate', 'epsilonHat'] as const;
export const SCALAR_COUNT = SCALARS.length;

/**
 * Values of those scalars for `step` (0-based). Adam's bias correction is worked into the rate here, in float64: rate = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ), and
 * ε̂ = ε·√(1 − β₂ᵗ) (Kingma and Ba 2015, §2, last paragraph), which makes TensorFlow's update PyTorch's. The moments are kept with β rounded to
 * float32, where 1 − β₂ is off by 1e-5; the same rounding here cancels it.
 */
export function scalarsAt(optimizer: Optimizer, lr: number, step: number): Float32Array {
  if (optimizer.kind === 'sgd') return Float32Array.of(lr, 0);
  const root = Math.sqrt(1 - Math.fround(optimizer.beta2) ** (step + 1));
  return Float32Array.of((lr * root) / (1 - Math.fround(optimizer.beta1) ** (step + 1)), optimizer.epsilon * root);
}

/** Slot variables are named `<weight>#<slot>` and start at zero. */
export function slotNames(optimizer: Optimizer): readonly string[] {
  return optimizer.kind === 'adam' ? ['m', 'v'] : optimizer.momentum > 0 ? ['momentum'] : [];
}

/** One update node a variable, each after every other use of the variable, so that the update happens in place. */
export function applyOptimizer(g: Graph, optimizer: Optimizer, updates: readonly { readonly variable: Variable; readonly gradient: GraphTensor }[], scalars: GraphTensor): GraphNode[] {
  const parts = g.add('Unpack', [scalars], { T: { type: 'float32' }, num: { int: SCALAR_COUNT }, axis: { int: 0 } }, SCALARS.map(() => ({ shape: [], dtype: 'float32' as const })));
  const scalar = (name: (typeof SCALARS)[number]) => output(parts, SCALARS.indexOf(name));
  const T = { T: { type: 'float32' }, use_locking: { bool: false } } as const;
  return updates.map(({ variable, gradient }) => {
    const slots = slotNames(optimizer).map((slot) => g.variable(`${variable.name}#${slot}`, variable.shape).handle);
    const controls = g.consumersOf(variable.value);
    if (optimizer.kind === 'adam') {
      return g.add('ResourceApplyAdam', [variable.handle, ...slots, g.float(0), g.float(0), scalar('rate'), g.float(optimizer.beta1), g.float(optimizer.beta2), scalar('epsilonHat'), gradient],
        { ...T, use_nesterov: { bool: false } }, [], { controls });
    }
    if (optimizer.momentum === 0) return g.add('ResourceApplyGradientDescent', [variable.handle, scalar('rate'), gradient], T, [], { controls });
    return g.add('ResourceApplyMomentum', [variable.handle, ...slots, scalar('rate'), gradient, g.float(optimizer.momentum)], { ...T, use_nesterov: { bool: optimizer.nesterov } }, [], { controls });
  });
}
