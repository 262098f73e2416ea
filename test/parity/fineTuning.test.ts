import { describe, expect, it } from 'vitest';
import type { Optimizer } from '../../contract/optimizers.ts';
import type { HostTensor, Session } from '../../core/engine/engine.ts';
import { networkProgram, type NetworkProgram } from '../../core/engine/program.ts';
import { layerNames, type FineTuningPlan } from '../../core/models/layerChoice.ts';
import { clockScalars, rolesAt, startsAt } from '../../core/train/phases.ts';
import { averageShareAt } from '../../core/train/trainer.ts';
import goldens from '../fixtures/models/fine-tuning-goldens.json' with { type: 'json' };
import { relativeError, type Digest } from '../support/digest.ts';
import { ENGINES, native, noTensorFlow } from '../support/engines.ts';
import { formulaLabels, formulaPictures } from '../support/formulaWeights.ts';
import { startFromFormula, tinyModel } from '../support/tinyModel.ts';

interface Case {
  readonly name: string;
  readonly optimizer: Optimizer;
  readonly lr: number;
  readonly startSteps: Readonly<Record<string, number>>;
  readonly weightDecay: number;
  readonly clipNorm: number | null;
  readonly averaging: { decay: number; warmUp: boolean } | null;
  readonly lrFactors: Readonly<Record<string, number>>;
  readonly losses: number[];
  readonly gradNorms: number[] | null;
  readonly weights: [string, Digest, number][];
  readonly averages: [string, Digest, number][] | null;
}

const TOLERANCE = 1e-4;
const SIZE = 16;
const BATCH = 8;
const CLASSES = 10;
const PICTURE = SIZE * SIZE * 3;
const STEPS_PER_EPOCH = 5;
const pictures = formulaPictures([32, SIZE, SIZE, 3]);
const labels = formulaLabels(32, CLASSES);
const shape = { size: SIZE, channels: 3, classes: CLASSES, options: {} };
const model = tinyModel('two blocks', (b, x, units) => {
  const block = (from: typeof x, conv: string, norm: string, pool: number): typeof x =>
    b.maxPool(b.relu(b.batchNorm(b.conv(from, conv, { filters: 8, kernel: 3, padding: 1, bias: false }), norm)), {
      kernel: pool,
      stride: pool,
    });
  return b.dense(b.flatten(block(block(x, 'a', 'bn_a', 2), 'b', 'bn_b', 4)), 'fc', { units });
});
const names = layerNames(model, shape);
const cases = goldens.cases as unknown as Case[];

function planOf({ startSteps, lrFactors }: Case): FineTuningPlan {
  return {
    loaded: new Set(),
    startEpoch: new Map(Object.entries(startSteps).map(([layer, step]) => [layer, step / STEPS_PER_EPOCH])),
    lrFactor: new Map(Object.entries(lrFactors)),
  };
}

function programOf(c: Case, starts: readonly number[]): NetworkProgram {
  return networkProgram({
    model,
    shape,
    preprocessing: null,
    precision: 'f32',
    optimizer: c.optimizer,
    weightDecay: c.weightDecay,
    clipNorm: c.clipNorm,
    average: c.averaging !== null,
    layers: rolesAt(planOf(c), names, starts),
  });
}

function feedOf(c: Case, step: number, starts: readonly number[]): Record<string, HostTensor> {
  const from = BATCH * (step % 4);
  const scalars = clockScalars(c.optimizer, c.lr, step, starts, STEPS_PER_EPOCH, {
    weightDecay: c.weightDecay,
    averageShare: averageShareAt(c.averaging, step),
  });
  return {
    images: { shape: [BATCH, SIZE, SIZE, 3], data: pictures.slice(from * PICTURE, (from + BATCH) * PICTURE) },
    labels: { shape: [BATCH], data: labels.slice(from, from + BATCH) },
    weights: { shape: [BATCH], data: new Float32Array(BATCH).fill(1 / BATCH) },
    seed: { shape: [2], data: Int32Array.of(0, step) },
    scalars: { shape: [scalars.length], data: scalars },
  };
}

/** All variables of a program that is no longer needed become those of the next; slots it did not have are zero. */
function carryOver(from: Session, old: NetworkProgram, to: Session, next: NetworkProgram): void {
  const values = from.read(old.graph.variables.keys());
  from.dispose();
  to.write(
    new Map(
      [...next.graph.variables].map(([name, v]) => [
        name,
        values.get(name) ?? new Float32Array(v.shape.reduce((n, d) => n * d, 1)),
      ]),
    ),
  );
}

const off = (value: number | undefined, expected: number) => Math.abs((value ?? NaN) - expected) / Math.abs(expected);

describe.each(ENGINES)('$name fine-tunes as PyTorch does', ({ available, open }) => {
  it.skipIf(!available).each(cases)('ten steps: $name', async (c) => {
    const engine = await open();
    const plan = planOf(c);
    let starts = startsAt(plan, 0);
    let program = programOf(c, starts);
    let session = engine.load(program);
    try {
      startFromFormula(session, program);
      const start = session.read(program.weights.map((w) => w.variable.name));
      if (c.averaging) session.write(new Map([...start].map(([name, v]) => [`${name}#average`, v])));
      c.losses.forEach((loss, step) => {
        const due = startsAt(plan, Math.floor(step / STEPS_PER_EPOCH));
        if (due.length > starts.length) {
          const next = programOf(c, due);
          const opened = engine.load(next);
          carryOver(session, program, opened, next);
          [starts, program, session] = [due, next, opened];
        }
        const { stats } = session.run('train', feedOf(c, step, starts));
        expect(off(stats?.data[0], loss), `loss of step ${step}`).toBeLessThan(TOLERANCE);
        if (c.gradNorms)
          expect(off(stats?.data[2], c.gradNorms[step] ?? NaN), `gradients' norm of step ${step}`).toBeLessThan(
            TOLERANCE,
          );
      });
      const after = session.read(program.weights.map((w) => w.variable.name));
      for (const [name, digest] of c.weights)
        expect(relativeError(after.get(name) ?? [], digest), name).toBeLessThan(TOLERANCE);
      for (const [name, values] of start)
        if (!(name.slice(0, name.lastIndexOf('/')) in c.startSteps))
          expect(after.get(name), `${name} is frozen`).toEqual(values);
      if (!c.averages) return;
      const averages = session.read(program.weights.map((w) => `${w.variable.name}#average`));
      for (const [name, digest] of c.averages)
        expect(relativeError(averages.get(`${name}#average`) ?? [], digest), `average of ${name}`).toBeLessThan(
          TOLERANCE,
        );
    } finally {
      session.dispose();
    }
  });
});

describe('what is frozen costs nothing in the backward pass', () => {
  const backwardOps = (c: Case): string[] =>
    programOf(c, startsAt(planOf(c), 0))
      .graph.nodes.filter(({ op }) => /Backprop|Grad/.test(op) && !op.startsWith('ResourceApply'))
      .map(({ op }) => op)
      .sort();
  const find = (name: string): Case => {
    const found = cases.find((c) => c.name === name);
    if (!found) throw new Error(name);
    return found;
  };

  it('only the head: no gradient of a convolution, a normalisation or a pooling', () => {
    expect(backwardOps(find('only the head'))).toEqual(['BiasAddGrad']);
  });
  it('ends above the lowest layer that trains', () => {
    expect(backwardOps(find('frozen below, groups'))).toEqual([
      'BiasAddGrad',
      'Conv2DBackpropFilter',
      'FusedBatchNormGradV3',
      'MaxPoolGrad',
      'ReluGrad',
    ]);
  });
  it('keeps no optimizer state for it', () => {
    expect(
      [...programOf(find('only the head'), [0]).graph.variables.keys()].filter((name) => name.includes('#')),
    ).toEqual(['fc/kernel#momentum', 'fc/bias#momentum']);
  });
  it.skipIf(noTensorFlow)('in bfloat16 a frozen normalisation passes gradients on', () => {
    const c = find('frozen BatchNorm between layers that train');
    const layers = rolesAt(planOf(c), names, [0]);
    const gradientOf = (precision: 'f32' | 'bf16'): Float32Array => {
      const program = networkProgram({ model, shape, preprocessing: null, precision, optimizer: c.optimizer, layers });
      const session = native().load(program);
      try {
        startFromFormula(session, program);
        const { scalars: _, ...feed } = feedOf(c, 0, [0]);
        return session.run('gradients', feed)['a/kernel']?.data as Float32Array;
      } finally {
        session.dispose();
      }
    };
    const [exact, near] = [gradientOf('f32'), gradientOf('bf16')];
    const scale = Math.hypot(...exact);
    expect(Math.hypot(...exact.map((v, i) => v - (near[i] ?? NaN))) / scale).toBeLessThan(0.2);
  });
});
