/** How each optimizer changes a weight: fused TensorFlow ops on variables, with PyTorch's formulas. */
import type { Optimizer, OptimizerKind } from '../../contract/optimizers.ts';
import type { Graph, GraphNode, GraphTensor, Variable } from './graph.ts';
import { binary, unary } from './ops/arrays.ts';

/** Numbers of an update that change with the step; a rule sets those it reads. */
export interface RuleScalars {
  /** Factor of the direction: the learning rate, or what makes TensorFlow's op the formula meant. */
  readonly rate: number;
  readonly epsilonHat?: number;
  /** Adam's and Lion's β₁, the momentum of SGD and RMSprop. */
  readonly momentum: number;
}

export interface WeightUpdate<Settings> {
  readonly settings: Settings;
  readonly variable: Variable;
  readonly gradient: GraphTensor;
  /** In the order of the optimizer's `slots`. */
  readonly slots: readonly Variable[];
  readonly scalar: (name: keyof RuleScalars) => GraphTensor;
  /** What has to happen before the weight changes. */
  readonly controls: readonly GraphNode[];
}

interface UpdateRule<Settings> {
  /** Weight decay is taken off the weight itself, instead of being added to the gradient. */
  readonly decoupledDecay: boolean;
  /** @param momentum in place of the settings' own; null: theirs */
  scalars(settings: Settings, lr: number, step: number, momentum: number | null): RuleScalars;
  /** The last node of the update. */
  apply(g: Graph, update: WeightUpdate<Settings>): GraphNode;
}

type SettingsOf<Kind extends OptimizerKind> = Extract<Optimizer, { kind: Kind }>;
type AdamSettings = SettingsOf<'adam'> | SettingsOf<'adamw'>;

const FLOAT = { T: { type: 'float32' }, use_locking: { bool: false } } as const;
const ASSIGNED = { dtype: { type: 'float32' } } as const;

/**
 * Adam's bias correction is worked into the rate here, in float64: rate = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ), and ε̂ = ε·√(1 −
 * β₂ᵗ) (Kingma and Ba 2015, §2, last paragraph), which makes TensorFlow's update PyTorch's. The moments are kept with β
 * rounded to float32, where 1 − β₂ is off by 1e-5; the same rounding here cancels it.
 */
function adamScalars(settings: AdamSettings, lr: number, step: number, momentum: number | null): RuleScalars {
  const root = Math.sqrt(1 - Math.fround(settings.beta2) ** (step + 1));
  const beta1 = momentum ?? settings.beta1;
  return {
    rate: (lr * root) / (1 - Math.fround(beta1) ** (step + 1)),
    epsilonHat: settings.epsilon * root,
    momentum: beta1,
  };
}

function applyAdam(
  g: Graph,
  { settings, variable, gradient, slots, scalar, controls }: WeightUpdate<AdamSettings>,
): GraphNode {
  const [mean, square] = slots;
  return g.add(
    'ResourceApplyAdam',
    [
      variable.handle,
      mean!.handle,
      square!.handle,
      g.float(0),
      g.float(0),
      scalar('rate'),
      scalar('momentum'),
      g.float(settings.beta2),
      scalar('epsilonHat'),
      gradient,
    ],
    { ...FLOAT, use_nesterov: { bool: false } },
    [],
    { controls },
  );
}

/** Along `direction`, with momentum where the optimizer has any; `slot` holds it. */
function descend(
  g: Graph,
  { settings, variable, scalar, controls }: WeightUpdate<{ readonly momentum: number }>,
  direction: GraphTensor,
  slot: Variable | undefined,
  nesterov: boolean,
): GraphNode {
  if (settings.momentum === 0)
    return g.add('ResourceApplyGradientDescent', [variable.handle, scalar('rate'), direction], FLOAT, [], { controls });
  return g.add(
    'ResourceApplyMomentum',
    [variable.handle, slot!.handle, scalar('rate'), direction, scalar('momentum')],
    { ...FLOAT, use_nesterov: { bool: nesterov } },
    [],
    { controls },
  );
}

/** share · a + (1 − share) · b. */
function blend(g: Graph, share: number, a: GraphTensor, b: GraphTensor): GraphTensor {
  return binary(g, 'AddV2', binary(g, 'Mul', a, g.float(share)), binary(g, 'Mul', b, g.float(1 - share)));
}

function assignSlot(g: Graph, slot: Variable, value: GraphTensor): GraphNode {
  return g.add('AssignVariableOp', [slot.handle, value], ASSIGNED, [], { controls: g.consumersOf(slot.value) });
}

/** Mean square ← α · mean square + (1 − α) · gradient²; direction = gradient / (√mean square + ε). */
function applyRmsprop(g: Graph, update: WeightUpdate<SettingsOf<'rmsprop'>>): GraphNode {
  const { settings, gradient, slots, controls } = update;
  const [square, momentum] = slots;
  const kept = blend(g, settings.alpha, square!.value, unary(g, 'Square', gradient));
  const assigned = assignSlot(g, square!, kept);
  const spread = binary(g, 'AddV2', unary(g, 'Sqrt', kept), g.float(settings.epsilon));
  const direction = binary(g, 'RealDiv', gradient, spread);
  return descend(g, { ...update, controls: [...controls, assigned] }, direction, momentum, false);
}

/** Along the sign of β₁ · momentum + (1 − β₁) · gradient; momentum ← β₂ · momentum + (1 − β₂) · gradient. */
function applyLion(
  g: Graph,
  { settings, variable, gradient, slots, scalar, controls }: WeightUpdate<SettingsOf<'lion'>>,
): GraphNode {
  const momentum = slots[0]!;
  const beta1 = scalar('momentum');
  const kept = binary(g, 'Mul', momentum.value, beta1);
  const added = binary(g, 'Mul', gradient, binary(g, 'Sub', g.float(1), beta1));
  const direction = unary(g, 'Sign', binary(g, 'AddV2', kept, added));
  const assigned = assignSlot(g, momentum, blend(g, settings.beta2, momentum.value, gradient));
  return g.add('ResourceApplyGradientDescent', [variable.handle, scalar('rate'), direction], FLOAT, [], {
    controls: [...controls, assigned],
  });
}

const UPDATE_RULES: { readonly [Kind in OptimizerKind]: UpdateRule<SettingsOf<Kind>> } = {
  adam: { decoupledDecay: false, scalars: adamScalars, apply: applyAdam },
  adamw: { decoupledDecay: true, scalars: adamScalars, apply: applyAdam },
  sgd: {
    decoupledDecay: false,
    scalars: (settings, rate, _step, momentum) => ({ rate, momentum: momentum ?? settings.momentum }),
    apply: (g, update) => descend(g, update, update.gradient, update.slots[0], update.settings.nesterov),
  },
  rmsprop: {
    decoupledDecay: false,
    scalars: (settings, rate, _step, momentum) => ({ rate, momentum: momentum ?? settings.momentum }),
    apply: applyRmsprop,
  },
  lion: {
    decoupledDecay: true,
    scalars: ({ beta1 }, rate, _step, momentum) => ({ rate, momentum: momentum ?? beta1 }),
    apply: applyLion,
  },
};

export function ruleOf(optimizer: Optimizer): UpdateRule<Optimizer> {
  return UPDATE_RULES[optimizer.kind];
}
