/** The gradients that oneDNN computes fast, against those of the ops that TensorFlow has for them. */
import { afterAll, describe, expect, test } from 'vitest';
import type { Engine, HostTensor, Program } from '../../../core/engine/engine.ts';
import { gradients } from '../../../core/engine/gradients.ts';
import { Graph } from '../../../core/engine/graph.ts';
import { binary, cast, reduce } from '../../../core/engine/ops/arrays.ts';
import { conv2d, depthwiseConv2d, type Pads } from '../../../core/engine/ops/neural.ts';
import { ENGINES, native, noTensorFlow } from '../../support/engines.ts';
import { formulaUnits } from '../../support/formulaWeights.ts';

interface Case {
  readonly kind: 'full' | 'depthwise';
  readonly side: number;
  /** `[height, width, inputs, filters]`, of a depthwise one `[height, width, channels, multiplier]` */
  readonly kernel: readonly number[];
  readonly groups?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly pads?: Pads;
  readonly dtype?: 'float32' | 'bfloat16';
}

const BATCH = 3;
const CASES: Readonly<Record<string, Case>> = {
  'one cell': { kind: 'full', side: 5, kernel: [1, 1, 4, 6] },
  'one cell at stride 2': { kind: 'full', side: 5, kernel: [1, 1, 4, 6], stride: 2 },
  'one cell, in groups': { kind: 'full', side: 5, kernel: [1, 1, 2, 6], groups: 2 },
  'depthwise, 5 × 5': { kind: 'depthwise', side: 6, kernel: [5, 5, 3, 1], pads: 'same' },
  'depthwise, 7 × 7 on a map of 2 × 2': { kind: 'depthwise', side: 2, kernel: [7, 7, 16, 1], pads: 'same' },
  'depthwise, 7 × 7, no zeros around': { kind: 'depthwise', side: 9, kernel: [7, 7, 3, 1] },
  'depthwise, 5 × 5 at stride 2, TensorFlow’s zeros': {
    kind: 'depthwise',
    side: 8,
    kernel: [5, 5, 3, 1],
    stride: 2,
    pads: 'same',
  },
  'depthwise, 5 × 5 at stride 2, zeros on both sides': {
    kind: 'depthwise',
    side: 8,
    kernel: [5, 5, 3, 1],
    stride: 2,
    pads: [
      [2, 2],
      [2, 2],
    ],
  },
  'depthwise, two filters a channel': { kind: 'depthwise', side: 6, kernel: [3, 4, 3, 2], pads: 'same' },
};
/** WebAssembly does not train them. */
const DILATED: Case = { kind: 'depthwise', side: 9, kernel: [5, 5, 3, 1], dilation: 2, pads: 'same' };

/** In float32 oneDNN is fast at these. */
const SMALL_MAPS: Readonly<Record<string, Case>> = {
  '3 × 3 on 8 × 8': { kind: 'full', side: 8, kernel: [3, 3, 256, 256], pads: 'same' },
  '3 × 3 on 2 × 2': { kind: 'full', side: 2, kernel: [3, 3, 256, 256], pads: 'same' },
  '3 × 3, no zeros around': { kind: 'full', side: 6, kernel: [3, 3, 256, 256] },
  '2 × 2, zeros on one side': { kind: 'full', side: 5, kernel: [2, 2, 256, 256], pads: 'same' },
  '1 × 7': { kind: 'full', side: 8, kernel: [1, 7, 256, 256], pads: 'same' },
  '3 × 3, zeros that TensorFlow would not put': {
    kind: 'full',
    side: 4,
    kernel: [3, 3, 256, 256],
    pads: [
      [2, 1],
      [0, 2],
    ],
  },
};

/** Gradients of Σ output · probe with respect to the map and the kernel. */
function program(
  { kind, side, kernel, groups = 1, dtype = 'float32', ...given }: Case,
  gradientsForOneDnn: boolean,
): Program {
  const g = new Graph({ gradientsForOneDnn });
  const x = g.placeholder('x', 'float32', [-1, side, side, groups * kernel[2]!]);
  const weights = g.placeholder('weights', 'float32', kernel);
  const attrs = {
    stride: 1,
    dilation: 1,
    pads: [
      [0, 0],
      [0, 0],
    ] as const,
    ...given,
  };
  const convolve = kind === 'full' ? conv2d : depthwiseConv2d;
  const output = cast(g, convolve(g, cast(g, x, dtype), cast(g, weights, dtype), attrs), 'float32');
  const probe = g.placeholder('probe', 'float32', [-1, ...output.shape.slice(1)]);
  const loss = reduce(g, 'Sum', binary(g, 'Mul', output, probe), [0, 1, 2, 3]);
  const [map, cells] = gradients(g, loss, [x, weights]);
  if (!map || !cells) throw new Error('no gradient');
  return { graph: g, signatures: { run: { inputs: { x, weights, probe }, outputs: { map, cells }, updates: [] } } };
}

function run(engine: Engine, made: Program) {
  const session = engine.load(made);
  const feeds = Object.entries(made.signatures['run']!.inputs).map(([name, tensor]) => {
    const shape = tensor.shape.map((side) => (side < 0 ? BATCH : side));
    const count = shape.reduce((product, side) => product * side, 1);
    return [name, { shape, data: Float32Array.from(formulaUnits(name, count)) }] as const;
  });
  try {
    return session.run('run', Object.fromEntries(feeds));
  } finally {
    session.dispose();
  }
}

/** The largest difference, as a share of the largest number expected. */
function distance(found: HostTensor, expected: HostTensor): number {
  let largest = 0;
  let difference = 0;
  for (const [i, value] of expected.data.entries()) {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - found.data[i]!));
  }
  expect(largest).toBeGreaterThan(0);
  return difference / largest;
}

describe.each(ENGINES)('$name', ({ available, open }) => {
  const opened: Engine[] = [];
  afterAll(() => {
    for (const engine of opened) expect(engine.liveTensors()).toBe(0);
  });

  test.skipIf(!available).each(Object.entries(CASES))('%s', async (_, convolution) => {
    const engine = opened[0] ?? (opened[0] = await open());
    const plain = run(engine, program(convolution, false));
    const fast = run(engine, program(convolution, true));
    for (const name of ['map', 'cells']) {
      expect(fast[name]!.shape).toEqual(plain[name]!.shape);
      expect(distance(fast[name]!, plain[name]!)).toBeLessThan(1e-5);
    }
  });
});

describe('in bfloat16, on small maps', () => {
  test.skipIf(noTensorFlow !== null).each(Object.entries(SMALL_MAPS))('%s', (_, convolution) => {
    const engine = native();
    const plain = run(engine, program({ ...convolution, dtype: 'bfloat16' }, false));
    const fast = run(engine, program({ ...convolution, dtype: 'bfloat16' }, true));
    const exact = run(engine, program(convolution, false));
    for (const name of ['map', 'cells']) {
      expect(fast[name]!.shape).toEqual(exact[name]!.shape);
      // as far from float32 as TensorFlow's own op is
      expect(distance(fast[name]!, exact[name]!)).toBeLessThanOrEqual(1.5 * distance(plain[name]!, exact[name]!));
    }
  });
});

test('only what oneDNN is slow at is put in other words', () => {
  const opsOf = (convolution: Case) => new Set(program(convolution, true).graph.nodes.map(({ op }) => op));
  expect(opsOf(CASES['one cell']!)).not.toContain('Conv2DBackpropFilter');
  expect(opsOf(CASES['one cell at stride 2']!)).toContain('Conv2DBackpropFilter');
  expect(opsOf(CASES['one cell, in groups']!)).toContain('Conv2DBackpropFilter');
  expect(opsOf(CASES['depthwise, 5 × 5']!)).toContain('ConcatV2');
  expect(opsOf(DILATED)).not.toContain('ConcatV2');
  const onSmallMap = SMALL_MAPS['3 × 3 on 8 × 8']!;
  expect(opsOf(onSmallMap)).toContain('Conv2DBackpropFilter');
  expect(opsOf({ ...onSmallMap, dtype: 'bfloat16' })).not.toContain('Conv2DBackpropFilter');
  expect(opsOf({ ...onSmallMap, dtype: 'bfloat16', kernel: [3, 3, 128, 256] })).toContain('Conv2DBackpropFilter');
  expect(opsOf({ ...onSmallMap, dtype: 'bfloat16', side: 9 })).toContain('Conv2DBackpropFilter');
  expect(opsOf({ ...onSmallMap, dtype: 'bfloat16', stride: 2 })).toContain('Conv2DBackpropFilter');
  expect(opsOf({ ...onSmallMap, dtype: 'bfloat16', groups: 2 })).toContain('Conv2DBackpropFilter');
});
