import { describe, expect, it } from 'vitest';
import type { Optimizer } from '../../../contract/runSpec.ts';
import { SCALAR_COUNT, scalarsAt } from '../../../core/engine/optimizers.ts';
import { networkProgram } from '../../../core/engine/program.ts';
import { native, noTensorFlow } from '../../support/engines.ts';
import { formulaLabels, formulaPictures } from '../../support/formulaWeights.ts';
import { startFromFormula, tinyModel } from '../../support/tinyModel.ts';

const ADAM: Optimizer = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const MIB = 2 ** 20;

describe.skipIf(noTensorFlow !== null)('no memory is left behind', () => {
  it('live tensors stay constant over 1,000 steps, resident memory over 10,000', { timeout: 240_000 }, () => {
    const engine = native(), size = 16, n = 16, classes = 10;
    const model = tinyModel('small', (b, x, units) => b.dense(b.flatten(b.maxPool(b.relu(b.batchNorm(b.conv(x, 'a', { filters: 8, kernel: 3, padding: 1 }), 'bn')), { kernel: 4, stride: 4 })), 'fc', { units }));
    const program = networkProgram({ model, shape: { size, channels: 3, classes, options: {} }, preprocessing: null, precision: 'f32', optimizer: ADAM }), session = engine.load(program);
    try {
      startFromFormula(session, program);
      const images = { shape: [n, size, size, 3], data: formulaPictures([n, size, size, 3]) }, labels = { shape: [n], data: formulaLabels(n, classes) }, weights = { shape: [n], data: new Float32Array(n).fill(1 / n) };
      const step = (k: number): void => {
        session.run('train', { images, labels, weights, seed: { shape: [2], data: Int32Array.of(0, k) }, scalars: { shape: [SCALAR_COUNT], data: scalarsAt(ADAM, 1e-3, k) } });
        if (k % 10 === 0) session.run('infer', { images });
      };
      for (let k = 0; k < 1000; k++) step(k);
      const live = engine.liveTensors(), resident: number[] = [];
      for (let k = 1000; k < 2000; k++) { step(k); expect(engine.liveTensors()).toBe(live); }
      for (let k = 2000; k < 11_000; k++) { step(k); if (k % 1000 === 999) resident.push(process.memoryUsage.rss()); }
      // Buffers of the last steps may be anywhere between two collections; a leak of one batch a step would be 440 MiB by the end.
      expect(Math.min(...resident.slice(-3)) - Math.min(...resident.slice(0, 3))).toBeLessThan(24 * MIB);
    } finally {
      session.dispose();
    }
  });
});
