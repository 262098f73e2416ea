/** Optimizer updates as fused TensorFlow ops on variables, with PyTorch's formulas. */
import type { Optimizer } from '../../contract/recipe.ts';
import type { Graph, GraphNode, GraphTensor, Variable } from './graph.ts';
import { output } from './graph.ts';
import { binary, unary } from './ops/arrays.ts';

/** The scalars an update needs, in the order of the program's `scalars` input. */
const SCALARS = ['rate', 'epsilonHat', 'decay', 'averageShare', 'momentum'] as const;
export const SCALAR_COUNT = SCALARS.length;
type Scalar = (name: (typeof SCALARS)[number]) => GraphTensor;

/** What besides the optimizer changes with the step. */
export interface StepSettings {
  readonly weightDecay?: number;
  /** Share of the new weights in the weights' average; 0 = no averaging. */
  readonly averageShare?: number;
  /** In place of the optimizer's momentum, or of Adam's β₁; null: as the optimizer says. */
  readonly momentum?: number | null;
}

/**
 * Values of those scalars for `step` (0-based). Adam's bias correction is worked into the rate here, in float64: rate = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ), and
 * ε̂ = ε·√(1 − β₂ᵗ) (Kingma and Ba 2015, §2, last paragraph), which makes TensorFlow's update PyTorch's. The moments are kept with β rounded to
 * float32, where 1 − β₂ is off by 1e-5; the same rounding here cancels it.
 */
export function scalarsAt(
  optimizer: Optimizer,
  lr: number,
  step: number,
  { weightDecay = 0, averageShare = 0, momentum = null }: StepSettings = {},
): Float32Array {
  if (optimizer.kind === 'sgd' || optimizer.kind === 'rmsprop')
    return Float32Array.of(lr, 0, 0, averageShare, momentum ?? optimizer.momentum);
  const root = Math.sqrt(1 - Math.fround(optimizer.beta2) ** (step + 1));
  const beta1 = momentum ?? optimizer.beta1;
  return Float32Array.of(
    (lr * root) / (1 - Math.fround(beta1) ** (step + 1)),
    optimizer.epsilon * root,
    lr * weightDecay,
    averageShare,
    beta1,
  );
}

/** Slot variables are named `<weight>#<slot>` and start at zero. */
export function slotNames(optimizer: Optimizer): readonly string[] {
  switch (optimizer.kind) {
    case 'adam':
    case 'adamw':
      return ['m', 'v'];
    case 'sgd':
      return optimizer.momentum > 0 ? ['momentum'] : [];
    case 'rmsprop':
      return optimizer.momentum > 0 ? ['meanSquare', 'momentum'] : ['meanSquare'];
  }
}

export interface Update {
  readonly variable: Variable;
  readonly gradient: GraphTensor;
  /** Whether weight decay applies. */
  readonly decays: boolean;
  /** Of the learning rate, and with it of AdamW's decay. */
  readonly lrFactor: number;
  /** Which scalars count its steps. */
  readonly clock: number;
}
export interface UpdateOptions {
  readonly optimizer: Optimizer;
  readonly weightDecay: number;
  /** Nodes of the same run that read the variable's value, which its update has to wait for, so that it happens in place. */
  readonly readersOf: (variable: Variable) => readonly GraphNode[];
}

/** `scalars` float32 `[clocks · SCALAR_COUNT]`: those of each clock, one after another. */
export function unpackScalars(g: Graph, scalars: GraphTensor): Scalar[] {
  const num = scalars.shape[0] ?? 0;
  const one = { shape: [], dtype: 'float32' as const };
  const parts = g.add(
    'Unpack',
    [scalars],
    { T: { type: 'float32' }, num: { int: num }, axis: { int: 0 } },
    Array.from({ length: num }, () => one),
  );
  return Array.from(
    { length: num / SCALAR_COUNT },
    (_, clock) => (name) => output(parts, clock * SCALAR_COUNT + SCALARS.indexOf(name)),
  );
}

/** The scalars of one update: its own clock's, the rates times its factor. */
function scalarsOf(g: Graph, scalars: readonly Scalar[], { clock, lrFactor }: Update): Scalar {
  const own = need(scalars[clock]);
  return (name) =>
    lrFactor !== 1 && (name === 'rate' || name === 'decay')
      ? binary(g, 'Mul', own(name), g.float(lrFactor))
      : own(name);
}

/** The last node of each variable's update, in the order of `updates`. */
export function applyOptimizer(
  g: Graph,
  options: UpdateOptions,
  updates: readonly Update[],
  scalars: readonly Scalar[],
): GraphNode[] {
  return updates.map((update) => {
    const slots = slotNames(options.optimizer).map((slot) =>
      g.variable(`${update.variable.name}#${slot}`, update.variable.shape),
    );
    return applyOne(g, options, update, slots, scalarsOf(g, scalars, update));
  });
}

const FLOAT = { T: { type: 'float32' }, use_locking: { bool: false } } as const;

function applyOne(
  g: Graph,
  { optimizer, weightDecay, readersOf }: UpdateOptions,
  { variable, gradient: raw, decays }: Update,
  slots: readonly Variable[],
  scalar: Scalar,
): GraphNode {
  const decoupled = optimizer.kind === 'adamw';
  const [first, second] = slots;
  const gradient =
    decays && weightDecay > 0 && !decoupled
      ? binary(g, 'AddV2', raw, binary(g, 'Mul', variable.value, g.float(weightDecay)))
      : raw;
  const handle = variable.handle;
  if (optimizer.kind === 'adam' || optimizer.kind === 'adamw') {
    const taken = decays && weightDecay > 0 && decoupled ? binary(g, 'Mul', variable.value, scalar('decay')) : null;
    const readers = [...readersOf(variable)];
    const shrunk =
      taken && g.add('AssignSubVariableOp', [handle, taken], { dtype: { type: 'float32' } }, [], { controls: readers });
    return g.add(
      'ResourceApplyAdam',
      [
        handle,
        need(first).handle,
        need(second).handle,
        g.float(0),
        g.float(0),
        scalar('rate'),
        scalar('momentum'),
        g.float(optimizer.beta2),
        scalar('epsilonHat'),
        gradient,
      ],
      { ...FLOAT, use_nesterov: { bool: false } },
      [],
      { controls: shrunk ? [...readers, shrunk] : readers },
    );
  }
  if (optimizer.kind === 'rmsprop') {
    const square = need(first);
    const kept = binary(
      g,
      'AddV2',
      binary(g, 'Mul', square.value, g.float(optimizer.alpha)),
      binary(g, 'Mul', unary(g, 'Square', gradient), g.float(1 - optimizer.alpha)),
    );
    const assigned = g.add('AssignVariableOp', [square.handle, kept], { dtype: { type: 'float32' } }, [], {
      controls: g.consumersOf(square.value),
    });
    const direction = binary(
      g,
      'RealDiv',
      gradient,
      binary(g, 'AddV2', unary(g, 'Sqrt', kept), g.float(optimizer.epsilon)),
    );
    return descend(g, variable, optimizer.momentum, false, second, direction, scalar, [
      ...readersOf(variable),
      assigned,
    ]);
  }
  return descend(g, variable, optimizer.momentum, optimizer.nesterov, first, gradient, scalar, readersOf(variable));
}

function descend(
  g: Graph,
  { handle }: Variable,
  momentum: number,
  nesterov: boolean,
  slot: Variable | undefined,
  direction: GraphTensor,
  scalar: Scalar,
  controls: readonly GraphNode[],
): GraphNode {
  if (momentum === 0)
    return g.add('ResourceApplyGradientDescent', [handle, scalar('rate'), direction], FLOAT, [], { controls });
  return g.add(
    'ResourceApplyMomentum',
    [handle, need(slot).handle, scalar('rate'), direction, scalar('momentum')],
    { ...FLOAT, use_nesterov: { bool: nesterov } },
    [],
    { controls },
  );
}

/**
 * Scales all gradients so that their common Euclidean norm is at most `limit` (Pascanu et al. 2013; PyTorch's clip_grad_norm_, with its 1e-6).
 * Returns them and the norm before.
 */
export function clipByNorm(
  g: Graph,
  gradients: readonly GraphTensor[],
  limit: number,
): { readonly clipped: GraphTensor[]; readonly norm: GraphTensor } {
  const halves = gradients.map((d) => g.one('L2Loss', [d], { T: { type: 'float32' } }, [], 'float32'));
  const sum =
    halves.length === 1
      ? need(halves[0])
      : g.one('AddN', halves, { N: { int: halves.length }, T: { type: 'float32' } }, [], 'float32');
  const norm = unary(g, 'Sqrt', binary(g, 'Mul', sum, g.float(2)));
  const factor = binary(
    g,
    'RealDiv',
    g.float(limit),
    binary(g, 'Maximum', binary(g, 'AddV2', norm, g.float(1e-6)), g.float(limit)),
  );
  return { clipped: gradients.map((d) => binary(g, 'Mul', d, factor)), norm };
}

function need<X>(value: X | undefined): X {
  if (value === undefined) throw new Error('missing slot');
  return value;
}
