/** The optimizer's part of a training program: its scalars, its slots, one update for each weight, clipping. */
import { type Optimizer, slotNames } from '../../contract/optimizers.ts';
import type { Graph, GraphNode, GraphTensor, Variable } from './graph.ts';
import { output } from './graph.ts';
import { binary, unary } from './ops/arrays.ts';
import { ruleOf } from './updateRules.ts';

/** The scalars an update needs, in the order of the program's `scalars` input. */
const SCALARS = ['rate', 'epsilonHat', 'decay', 'averageShare', 'momentum'] as const;
export const SCALAR_COUNT = SCALARS.length;
type Scalar = (name: (typeof SCALARS)[number]) => GraphTensor;

/** What besides the optimizer changes with the step. */
export interface StepSettings {
  readonly weightDecay?: number;
  /** Share of the new weights in the weights' average; 0 = no averaging. */
  readonly averageShare?: number;
  /** In place of the optimizer's momentum or β₁; null: as the optimizer says. */
  readonly momentum?: number | null;
}

/** Values of those scalars for `step` (0-based). */
export function scalarsAt(
  optimizer: Optimizer,
  lr: number,
  step: number,
  { weightDecay = 0, averageShare = 0, momentum = null }: StepSettings = {},
): Float32Array {
  const rule = ruleOf(optimizer);
  const own = rule.scalars(optimizer, lr, step, momentum);
  const decay = rule.decoupledDecay ? lr * weightDecay : 0;
  return Float32Array.of(own.rate, own.epsilonHat ?? 0, decay, averageShare, own.momentum);
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
  /**
   * Nodes of the same run that read the variable's value, which its update has to wait for, so that it happens in
   * place.
   */
  readonly readersOf: (variable: Variable) => readonly GraphNode[];
}

/** `scalars` float32 `[clocks · SCALAR_COUNT]`: those of each clock, one after another. */
export function unpackScalars(g: Graph, scalars: GraphTensor): Scalar[] {
  const num = scalars.shape[0]!;
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
  const own = scalars[clock]!;
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

function applyOne(
  g: Graph,
  { optimizer, weightDecay, readersOf }: UpdateOptions,
  { variable, gradient, decays }: Update,
  slots: readonly Variable[],
  scalar: Scalar,
): GraphNode {
  const rule = ruleOf(optimizer);
  const decaying = decays && weightDecay > 0;
  const update = { settings: optimizer, variable, slots, scalar };
  if (decaying && rule.decoupledDecay) {
    const taken = binary(g, 'Mul', variable.value, scalar('decay'));
    const readers = [...readersOf(variable)];
    const shrunk = g.add('AssignSubVariableOp', [variable.handle, taken], { dtype: { type: 'float32' } }, [], {
      controls: readers,
    });
    return rule.apply(g, { ...update, gradient, controls: [...readers, shrunk] });
  }
  const whole = decaying
    ? binary(g, 'AddV2', gradient, binary(g, 'Mul', variable.value, g.float(weightDecay)))
    : gradient;
  return rule.apply(g, { ...update, gradient: whole, controls: readersOf(variable) });
}

/**
 * Scales all gradients so that their common Euclidean norm is at most `limit` (Pascanu et al. 2013; PyTorch's
 * clip_grad_norm_, with its 1e-6). Returns them and the norm before.
 */
export function clipByNorm(
  g: Graph,
  gradients: readonly GraphTensor[],
  limit: number,
): { readonly clipped: GraphTensor[]; readonly norm: GraphTensor } {
  const halves = gradients.map((d) => g.one('L2Loss', [d], { T: { type: 'float32' } }, [], 'float32'));
  const sum =
    halves.length === 1
      ? halves[0]!
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
