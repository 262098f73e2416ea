import { describe, expect, it } from 'vitest';
import type { Optimizer } from '../../../contract/optimizers.ts';
import type { HostTensor, Session } from '../../../core/engine/engine.ts';
import { networkProgram } from '../../../core/engine/program.ts';
import { type Activation, ACTIVATIONS } from '../../../core/models/activations.ts';
import type { Builder, Value } from '../../../core/models/builder.ts';
import { ENGINES } from '../../support/engines.ts';
import { formulaLabels, formulaPictures } from '../../support/formulaWeights.ts';
import { startFromFormula, tinyModel } from '../../support/tinyModel.ts';

type Build = <V extends Value>(b: Builder<V>, x: V, classes: number) => V;

/** Smooth networks (no kink within the difference step), so that finite differences are a fair judge. */
const NETWORKS: Readonly<Record<string, Build>> = {
  'grouped, strided and dilated convolutions': (b, x, n) => {
    let y = b.conv(x, 'a', { filters: 4, kernel: 3, padding: 1 });
    y = b.sigmoid(b.conv(y, 'grouped', { filters: 8, kernel: 3, padding: 1, groups: 2 }));
    y = b.sigmoid(b.conv(y, 'depthwise', { filters: 8, kernel: 3, padding: 1, groups: 8, stride: 2 }));
    y = b.conv(y, 'uneven', {
      filters: 4,
      kernel: [1, 3],
      padding: [
        [0, 0],
        [2, 1],
      ],
      bias: false,
    });
    return b.dense(b.globalAvgPool(y), 'fc', { units: n });
  },
  'batch normalisation, sums and concatenation': (b, x, n) => {
    const y = b.batchNorm(b.conv(x, 'a', { filters: 4, kernel: 3, padding: 1, bias: false }), 'bn', { epsilon: 1e-3 });
    const both = b.concat([b.add(y, b.conv(x, 'c', { filters: 4, kernel: 1 }), 0.3), b.sliceChannels(y, 1, 3)]);
    return b.dense(b.batchNorm(b.globalAvgPool(b.sigmoid(both)), 'bn1'), 'fc', { units: n });
  },
  'squeeze and excitation, subsampling, padded channels': (b, x, n) => {
    const y = b.conv(x, 'a', { filters: 6, kernel: 3, padding: 1 });
    const gate = b.sigmoid(b.dense(b.globalAvgPool(y), 'se', { units: 6 }));
    return b.dense(b.flatten(b.padChannels(b.subsample(b.scaleChannels(y, gate), 3), 1, 2)), 'fc', { units: n });
  },
  'average pooling in all its forms': (b, x, n) => {
    const y = b.sigmoid(b.conv(x, 'a', { filters: 4, kernel: 3, padding: 1 }));
    const pooled = [
      b.avgPool(y, { kernel: 3, stride: 2, padding: 1 }),
      b.avgPool(y, { kernel: 3, stride: 2, padding: 1, countPadding: true }),
      b.avgPool(y, { kernel: 2, stride: 2, ceil: true }),
      b.adaptiveAvgPool(y, 4),
    ];
    return b.dense(b.flatten(b.concat(pooled)), 'fc', { units: n });
  },
  'maximum pooling in all its forms': (b, x, n) => {
    const y = b.conv(x, 'a', { filters: 4, kernel: 3, padding: 1 });
    const pooled = [
      b.maxPool(y, { kernel: 3, stride: 2, padding: 1 }),
      b.maxPool(y, { kernel: 2, stride: 2, ceil: true }),
      b.adaptiveMaxPool(y, 4),
    ];
    return b.dense(b.leakyRelu(b.flatten(b.concat(pooled)), 0.2), 'fc', { units: n });
  },
  'covariance pooling': (b, x, n) =>
    b.dense(b.covariancePool(b.conv(x, 'a', { filters: 5, kernel: 3, padding: 1 }), 'cov', { ridge: 1e-3 }), 'fc', {
      units: n,
    }),
  'padding as TensorFlow pads': (b, x, n) => {
    let y = b.sigmoid(b.conv(x, 'a', { filters: 6, kernel: 3, stride: 2, padding: 'same' }));
    y = b.sigmoid(b.conv(y, 'depthwise', { filters: 6, kernel: 5, stride: 2, padding: 'same', groups: 6 }));
    return b.dense(b.globalAvgPool(y), 'fc', { units: n });
  },
  'normalisations of one picture': (b, x, n) => {
    const y = b.conv(x, 'a', { filters: 6, kernel: 3, padding: 1 });
    const normal = b.layerScale(b.layerNorm(y, 'norm'), 'scale', 1);
    const wide = b.responseNorm(b.dense(normal, 'cells', { units: 4 }), 'response');
    return b.dense(b.layerNorm(b.globalAvgPool(wide), 'last', { epsilon: 1e-3 }), 'fc', { units: n });
  },
  'attention among tokens': (b, x, n) => {
    const patches = b.tokens(b.conv(x, 'patches', { filters: 6, kernel: 3, stride: 2 }));
    const tokens = b.positionEmbedding(b.classToken(patches, 'class'), 'positions');
    const seen = b.attention(b.dense(tokens, 'qkv', { units: 18 }), 2);
    const mixed = b.transpose(b.dense(b.transpose(b.add(tokens, seen)), 'mix', { units: 5 }));
    return b.dense(b.concat([b.firstToken(mixed), b.globalAvgPool(mixed)]), 'fc', { units: n });
  },
  'attention inside windows': (b, x, n) => {
    const y = b.extendMap(b.roll(b.conv(x, 'a', { filters: 4, kernel: 3, padding: 1 }), 1), 8, 8);
    const seen = b.windowAttention(b.dense(y, 'qkv', { units: 12 }), 'windows', { heads: 2, window: 4, shift: 1 });
    const back = b.roll(b.cropMap(seen, SIZE, SIZE), -1);
    return b.dense(
      b.flatten(b.concat([b.subsample(back, 2, [1, 0]), b.subsample(back, 2, [1, 1])].map((v) => b.cropMap(v, 3, 3)))),
      'fc',
      { units: n },
    );
  },
  'channels interleaved': (b, x, n) => {
    const y = b.sigmoid(b.conv(x, 'a', { filters: 6, kernel: 3, padding: 1 }));
    const shuffled = b.shuffleChannels(b.concat([y, b.sliceChannels(y, 0, 2)]), 2);
    return b.dense(b.globalAvgPool(b.sigmoid(b.conv(shuffled, 'b', { filters: 4, kernel: 3, groups: 4 }))), 'fc', {
      units: n,
    });
  },
  'spectral normalisation': (b, x, n) =>
    b.dense(
      b.globalAvgPool(b.sigmoid(b.conv(x, 'a', { filters: 5, kernel: 3, padding: 1, spectralNorm: true }))),
      'fc',
      { units: n },
    ),
};

/** One network an activation; inputs small enough to stay away from the kinks of the piecewise ones. */
const ACTIVATION_NETWORKS = Object.fromEntries(
  (Object.keys(ACTIVATIONS) as Activation[]).map((kind): [string, Build] => [
    `activation ${kind}`,
    (b, x, n) => {
      const y = b.conv(x, 'a', { filters: 4, kernel: 3, padding: 1 });
      const bounded = b.add(b.sigmoid(y), b.sigmoid(y), 0.5);
      return b.dense(b.globalAvgPool(b.activation(bounded, kind)), 'fc', { units: n });
    },
  ]),
);

const SGD: Optimizer = { kind: 'sgd', momentum: 0.9, nesterov: false };
const SIZE = 7;
const BATCH = 3;
const CLASSES = 4;

function batch(): Record<'images' | 'labels' | 'weights' | 'seed', HostTensor> {
  const shape = [BATCH, SIZE, SIZE, 3];
  return {
    images: { shape, data: formulaPictures(shape) },
    labels: { shape: [BATCH], data: formulaLabels(BATCH, CLASSES) },
    weights: { shape: [BATCH], data: new Float32Array(BATCH).fill(1 / BATCH) },
    seed: { shape: [2], data: Int32Array.of(0, 0) },
  };
}

/** d loss along the gradient of one weight, by central differences, beside that gradient's length, which it must equal. */
function slope(
  session: Session,
  name: string,
  gradient: HostTensor,
  all: readonly string[],
): { numeric: number; exact: number } {
  const start = session.read(all);
  const own = start.get(name) ?? new Float32Array();
  const norm = Math.sqrt([...gradient.data].reduce((s, v) => s + v * v, 0));
  const h = 1e-2;
  const lossAt = (t: number): number => {
    session.write(new Map([...start, [name, own.map((v, i) => v + (t * (gradient.data[i] ?? 0)) / norm)]]));
    return session.run('gradients', batch())['loss']?.data[0] ?? NaN;
  };
  const far = (lossAt(h) - lossAt(-h)) / (2 * h);
  const near = (lossAt(h / 2) - lossAt(-h / 2)) / h;
  session.write(start);
  return { numeric: (4 * near - far) / 3, exact: norm };
}

describe.each(ENGINES)('gradients by $name', ({ available, open }) => {
  it.skipIf(!available).each(Object.entries({ ...NETWORKS, ...ACTIVATION_NETWORKS }))('%s', async (name, build) => {
    const engine = await open();
    const program = networkProgram({
      model: tinyModel(name, build),
      shape: { size: SIZE, channels: 3, classes: CLASSES, options: {} },
      preprocessing: null,
      precision: 'f32',
      optimizer: SGD,
    });
    const session = engine.load(program);
    try {
      startFromFormula(session, program);
      const trainable = program.weights.map((w) => w.name);
      const before = engine.liveTensors();
      const gradients = session.run('gradients', batch());
      expect(engine.liveTensors()).toBe(before);
      for (const w of program.weights.filter((w) => w.trainable))
        expect(gradients[w.name]?.shape, w.name).toEqual([...w.shape]);
      for (const w of program.weights.filter((w) => w.trainable)) {
        const gradient = gradients[w.name];
        if (!gradient) throw new Error(`no gradient of ${w.name}`);
        const { numeric, exact } = slope(session, w.name, gradient, trainable);
        // Losses are float32 near 1.4: differences below 1e-4 say nothing (a convolution's bias before BatchNorm has gradient 0).
        expect(Math.abs(numeric - exact), w.name).toBeLessThan(1e-4 + 1e-2 * exact);
      }
    } finally {
      session.dispose();
    }
  });
});

describe('the engines agree', () => {
  it.skipIf(!ENGINES[0]?.available).each(Object.entries({ ...NETWORKS, ...ACTIVATION_NETWORKS }))(
    '%s',
    async (name, build) => {
      const results: Record<string, HostTensor>[] = [];
      for (const { open } of ENGINES) {
        const program = networkProgram({
          model: tinyModel(name, build),
          shape: { size: SIZE, channels: 3, classes: CLASSES, options: {} },
          preprocessing: null,
          precision: 'f32',
          optimizer: SGD,
        });
        const session = (await open()).load(program);
        startFromFormula(session, program);
        results.push({ ...session.run('gradients', batch()), ...session.run('infer', { images: batch().images }) });
        session.dispose();
      }
      const [reference, ...others] = results;
      for (const [key, { data }] of Object.entries(reference ?? {})) {
        const scale = Math.max(1e-3, ...[...data].map(Math.abs));
        for (const other of others)
          expect(
            Math.max(...[...data].map((v, i) => Math.abs(v - (other[key]?.data[i] ?? NaN)) / scale)),
            key,
          ).toBeLessThan(1e-4);
      }
    },
  );
});
