/**
 * Lion (Chen et al. 2023) has no goldens by PyTorch: its update is computed here in float64 from the engine's own
 * gradients.
 */
import { describe, expect, it } from 'vitest';
import { Optimizer } from '../../contract/optimizers.ts';
import type { HostTensor } from '../../core/engine/engine.ts';
import { SCALAR_COUNT, scalarsAt } from '../../core/engine/optimizers.ts';
import { networkProgram } from '../../core/engine/program.ts';
import { ENGINES } from '../support/engines.ts';
import { formulaLabels, formulaPictures } from '../support/formulaWeights.ts';
import { startFromFormula, tinyModel } from '../support/tinyModel.ts';

const SIZE = 16;
const BATCH = 8;
const CLASSES = 10;
const STEPS = 10;
const LR = 1e-3;
const DECAY = 0.1;
const lion = Optimizer.parse({ kind: 'lion', beta1: 0.8, beta2: 0.95 });
const { beta1, beta2 } = lion as Extract<Optimizer, { kind: 'lion' }>;

const model = tinyModel('plain', (b, x, units) =>
  b.dense(
    b.flatten(b.maxPool(b.relu(b.conv(x, 'a', { filters: 8, kernel: 3, padding: 1 })), { kernel: 4, stride: 4 })),
    'fc',
    { units },
  ),
);

describe.each(ENGINES)('Lion on $name', ({ available, open }) => {
  it.skipIf(!available)('moves every weight by the published formula', async () => {
    const engine = await open();
    const program = networkProgram({
      model,
      shape: { size: SIZE, channels: 3, classes: CLASSES, options: {} },
      preprocessing: null,
      precision: 'f32',
      optimizer: lion,
      weightDecay: DECAY,
    });
    const session = engine.load(program);
    const batch: Record<string, HostTensor> = {
      images: { shape: [BATCH, SIZE, SIZE, 3], data: formulaPictures([BATCH, SIZE, SIZE, 3]) },
      labels: { shape: [BATCH], data: formulaLabels(BATCH, CLASSES) },
      weights: { shape: [BATCH], data: new Float32Array(BATCH).fill(1 / BATCH) },
      seed: { shape: [2], data: Int32Array.of(0, 0) },
    };
    try {
      startFromFormula(session, program);
      const names = program.weights.map(({ variable }) => variable.name);
      const momenta = new Map<string, Float64Array>();
      for (let step = 0; step < STEPS; step++) {
        const before = session.read(names);
        const gradients = session.run('gradients', batch);
        const scalars = scalarsAt(lion, LR, step, { weightDecay: DECAY });
        session.run('train', { ...batch, scalars: { shape: [SCALAR_COUNT], data: scalars } });
        const after = session.read(names);
        for (const { variable, kind } of program.weights) {
          const { name } = variable;
          const gradient = gradients[name]!.data;
          const momentum = momenta.get(name) ?? new Float64Array(gradient.length);
          const weights = before.get(name)!;
          const expected = weights.map((weight, i) => {
            const direction = Math.sign(beta1 * momentum[i]! + (1 - beta1) * gradient[i]!);
            const decay = kind === 'kernel' ? DECAY : 0;
            return weight - LR * (direction + decay * weight);
          });
          momenta.set(
            name,
            momentum.map((value, i) => beta2 * value + (1 - beta2) * gradient[i]!),
          );
          const wrong = after.get(name)!.filter((value, i) => Math.abs(value - expected[i]!) > 1e-6);
          expect([step, name, wrong.length]).toEqual([step, name, 0]);
        }
      }
    } finally {
      session.dispose();
    }
  });
});
