/**
 * Every optimizer, one row each: its settings, its name, the variables it keeps beside each weight. The form, the
 * command line, the memory estimate and the forecast read them here, since the first two may import nothing deeper; the
 * update rules are in core/engine/optimizers.ts.
 */
import { z } from 'zod';
import { FRACTION, numberIn, type Setting } from './setting.ts';

const fraction = numberIn(FRACTION);
const epsilon = z.number().positive().default(1e-8);

interface OptimizerRow<Schema extends z.ZodObject<{ kind: z.ZodLiteral<string> }>> {
  readonly label: string;
  readonly schema: Schema;
  /** Names of the variables kept beside each trained weight, all of its shape. */
  readonly slots: (settings: z.infer<Schema>) => readonly string[];
}

function row<Schema extends z.ZodObject<{ kind: z.ZodLiteral<string> }>>(
  label: string,
  schema: Schema,
  slots: OptimizerRow<Schema>['slots'],
): OptimizerRow<Schema> {
  return { label, schema, slots };
}

const ROWS = [
  /** Kingma and Ba 2015. */
  row(
    'Adam',
    z.object({
      kind: z.literal('adam'),
      beta1: fraction.default(0.9),
      beta2: fraction.default(0.999),
      epsilon,
    }),
    () => ['m', 'v'],
  ),
  /** Weight decay apart from the gradient (Loshchilov and Hutter 2019). */
  row(
    'AdamW',
    z.object({
      kind: z.literal('adamw'),
      beta1: fraction.default(0.9),
      beta2: fraction.default(0.999),
      epsilon,
    }),
    () => ['m', 'v'],
  ),
  row(
    'SGD',
    z.object({
      kind: z.literal('sgd'),
      momentum: fraction.default(0.9),
      nesterov: z.boolean().default(false),
    }),
    ({ momentum }) => (momentum > 0 ? ['momentum'] : []),
  ),
  /** PyTorch's form: ε outside the root. `alpha` is the share of the old mean square. */
  row(
    'RMSprop',
    z.object({
      kind: z.literal('rmsprop'),
      alpha: fraction.default(0.99),
      epsilon,
      momentum: fraction.default(0),
    }),
    ({ momentum }) => (momentum > 0 ? ['meanSquare', 'momentum'] : ['meanSquare']),
  ),
  /**
   * Chen et al. 2023, algorithm 2: the sign of a blend of momentum and gradient; weight decay apart from the gradient.
   */
  row(
    'Lion',
    z.object({
      kind: z.literal('lion'),
      beta1: fraction.default(0.9),
      beta2: fraction.default(0.99),
    }),
    () => ['momentum'],
  ),
] as const;

type SchemasOf<Rows extends readonly { readonly schema: unknown }[]> = {
  -readonly [Index in keyof Rows]: Rows[Index]['schema'];
};

export const Optimizer = z.discriminatedUnion(
  'kind',
  ROWS.map(({ schema }) => schema) as unknown as SchemasOf<typeof ROWS>,
);
export type Optimizer = z.infer<typeof Optimizer>;
export type OptimizerKind = Optimizer['kind'];

export const OPTIMIZER_KINDS: readonly OptimizerKind[] = ROWS.map(({ schema }) => schema.shape.kind.value);

/** Names of the variables that this optimizer keeps beside each trained weight. */
export function slotNames(optimizer: Optimizer): readonly string[] {
  const found = ROWS.find(({ schema }) => schema.shape.kind.value === optimizer.kind)!;
  return (found.slots as (settings: Optimizer) => readonly string[])(optimizer);
}

/** Optimizers that have a setting of this name. */
function kindsWith(setting: string): readonly OptimizerKind[] {
  return ROWS.filter(({ schema }) => setting in schema.shape).map(({ schema }) => schema.shape.kind.value);
}

/** The optimizer and its settings, as rows of the table of settings. */
export const OPTIMIZER_SETTINGS = {
  optimizer: {
    kind: 'choice',
    path: 'optimizer.kind',
    initial: 'adam',
    choices: ROWS.map(({ label, schema }) => ({ label, value: schema.shape.kind.value })),
    flag: 'optimizer <kind>',
    help: 'update rule',
    label: 'Optimizer',
    group: 'optimisation',
  },
  momentum: {
    kind: 'number',
    path: 'optimizer.momentum',
    range: FRACTION,
    initial: 0.9,
    when: { setting: 'optimizer', is: kindsWith('momentum') },
    flag: 'momentum <x>',
    help: 'momentum of sgd (default 0.9) and rmsprop (default 0)',
    label: 'Momentum',
    group: 'optimisation',
    more: true,
  },
  beta1: {
    kind: 'number',
    path: 'optimizer.beta1',
    range: FRACTION,
    initial: 0.9,
    when: { setting: 'optimizer', is: kindsWith('beta1') },
    flag: 'beta1 <x>',
    help: 'decay rate of the mean gradient (default 0.9)',
    label: 'β₁',
    group: 'optimisation',
    more: true,
  },
  beta2: {
    kind: 'number',
    path: 'optimizer.beta2',
    range: FRACTION,
    initial: 0.999,
    when: { setting: 'optimizer', is: kindsWith('beta2') },
    flag: 'beta2 <x>',
    help: 'decay rate of the mean square (adam, adamw: default 0.999) or of the momentum (lion: 0.99)',
    label: 'β₂',
    group: 'optimisation',
    more: true,
  },
  nesterov: {
    kind: 'switch',
    path: 'optimizer.nesterov',
    initial: false,
    when: { setting: 'optimizer', is: kindsWith('nesterov') },
    flag: 'nesterov',
    help: 'look-ahead momentum',
    label: 'Nesterov',
    group: 'optimisation',
    more: true,
  },
} as const satisfies Record<string, Setting>;
