/** Optimizer updates as fused TensorFlow ops on variables, with PyTorch's formulas. */
import type { Optimizer } from '../../contract/runSpec.ts';
import type { Graph, GraphNode, GraphTensor, Variable } from './graph.ts';
import { output } from './graph.ts';

/** The scalars an update needs, in the order of the program's `scalars` input. */
const SCALARS = ['lr', 'beta1Power', 'beta2Power', 'epsilonHat'] as const;
export const SCALAR_COUNT = SCALARS.length;

/**
 * Values of those scalars for `step` (0-based). TensorFlow's Adam divides by √v + ε̂ where PyTorch has √(v / (1 − β₂ᵗ)) + ε;
 * with ε̂ = ε·√(1 − β₂ᵗ) both are the same (Kingma and Ba 2015, §2, last paragraph).
 */
export function scalarsAt(optimizer: Optimizer, lr: number, step: number): Float32Array {
  if (optimizer.kind === 'sgd') return Float32Array.of(lr, 0, 0, 0);
  const beta1Power = optimizer.beta1 ** (step + 1), beta2Power = optimizer.beta2 ** (step + 1);
  return Float32Array.of(lr, beta1Power, beta2Power, optimizer.epsilon * Math.sqrt(1 - beta2Power));
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
      return g.add('ResourceApplyAdam', [variable.handle, ...slots, scalar('beta1Power'), scalar('beta2Power'), scalar('lr'), g.float(optimizer.beta1), g.float(optimizer.beta2), scalar('epsilonHat'), gradient],
        { ...T, use_nesterov: { bool: false } }, [], { controls });
    }
    if (optimizer.momentum === 0) return g.add('ResourceApplyGradientDescent', [variable.handle, scalar('lr'), gradient], T, [], { controls });
    return g.add('ResourceApplyMomentum', [variable.handle, ...slots, scalar('lr'), gradient, g.float(optimizer.momentum)], { ...T, use_nesterov: { bool: optimizer.nesterov } }, [], { controls });
  });
}
