import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Optimizer } from '../../../contract/optimizers.ts';
import { SCALAR_COUNT, scalarsAt } from '../../../core/engine/optimizers.ts';
import { networkProgram } from '../../../core/engine/program.ts';
import { native, noTensorFlow } from '../../support/engines.ts';
import { formulaLabels, formulaPictures } from '../../support/formulaWeights.ts';
import { startFromFormula, tinyModel } from '../../support/tinyModel.ts';

const ADAM: Optimizer = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const MIB = 2 ** 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe('no memory is left behind', () => {
  beforeEach((context) => {
    if (noTensorFlow !== null) context.skip(noTensorFlow);
  });

  it('live tensors stay constant over 1,000 steps, resident memory over 10,000', () => {
    const engine = native();
    const size = 16;
    const n = 16;
    const classes = 10;
    const model = tinyModel('small', (b, x, units) =>
      b.dense(
        b.flatten(
          b.maxPool(b.relu(b.batchNorm(b.conv(x, 'a', { filters: 8, kernel: 3, padding: 1 }), 'bn')), {
            kernel: 4,
            stride: 4,
          }),
        ),
        'fc',
        { units },
      ),
    );
    const program = networkProgram({
      model,
      shape: { size, channels: 3, classes, options: {} },
      preprocessing: null,
      precision: 'f32',
      optimizer: ADAM,
    });
    const session = engine.load(program);
    try {
      startFromFormula(session, program);
      const images = { shape: [n, size, size, 3], data: formulaPictures([n, size, size, 3]) };
      const labels = { shape: [n], data: formulaLabels(n, classes) };
      const weights = { shape: [n], data: new Float32Array(n).fill(1 / n) };
      const step = (k: number): void => {
        session.run('train', {
          images,
          labels,
          weights,
          seed: { shape: [2], data: Int32Array.of(0, k) },
          scalars: { shape: [SCALAR_COUNT], data: scalarsAt(ADAM, 1e-3, k) },
        });
        if (k % 10 === 0) session.run('infer', { images });
      };
      const live = new Set<number>();
      const resident: number[] = [];
      for (let k = 0; k < 11_000; k++) {
        step(k);
        if (k >= 1000 && k < 2000) live.add(engine.liveTensors());
        // The first thousand steps fill TensorFlow's and oneDNN's own caches.
        if (k >= 1000 && k % 1000 === 0) {
          collect();
          resident.push(process.memoryUsage.rss());
        }
      }
      expect(live.size).toBe(1);
      // A leak of one batch a step adds 47 MiB to every thousand. Other growth, such as huge pages, comes rarely.
      const growth = resident.slice(1).map((bytes, i) => bytes - resident[i]!);
      expect(growth.toSorted((a, b) => a - b)[growth.length >> 1]).toBeLessThan(MIB);
    } finally {
      session.dispose();
    }
  });
});
