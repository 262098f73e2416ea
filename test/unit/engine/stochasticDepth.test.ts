import { describe, expect, it } from 'vitest';
import type { HostTensor, Session } from '../../../core/engine/engine.ts';
import { networkProgram } from '../../../core/engine/program.ts';
import type { Builder, Value } from '../../../core/models/builder.ts';
import { describeNetwork } from '../../../core/models/describe.ts';
import { getModel, listModels } from '../../../core/models/registry.ts';
import { stochasticDepth } from '../../../core/models/stochasticDepth.ts';
import { ENGINES } from '../../support/engines.ts';
import { formulaLabels, formulaPictures } from '../../support/formulaWeights.ts';
import { startFromFormula, tinyModel } from '../../support/tinyModel.ts';

const RATE = 0.4;
const BATCH = 16;
const SIZE = 4;
const CLASSES = 5;
const SGD = { kind: 'sgd', momentum: 0, nesterov: false } as const;
const images: HostTensor = { shape: [BATCH, SIZE, SIZE, 3], data: formulaPictures([BATCH, SIZE, SIZE, 3]) };
const labels = formulaLabels(BATCH, CLASSES);

/** The loss of one picture at a step. */
function lossOf(session: Session, picture: number, step: number): number {
  const weights = new Float32Array(BATCH);
  weights[picture] = 1;
  const { loss } = session.run('gradients', {
    images,
    labels: { shape: [BATCH], data: labels },
    weights: { shape: [BATCH], data: weights },
    seed: { shape: [2], data: Int32Array.of(7, step) },
  });
  return loss?.data[0] ?? NaN;
}

function crossEntropy(logits: Float32Array, label: number): number {
  const most = Math.max(...logits);
  const sum = logits.reduce((total, v) => total + Math.exp(v - most), 0);
  return Math.log(sum) + most - (logits[label] ?? NaN);
}

describe.each(ENGINES)('a branch dropped by $name', ({ available, open }) => {
  it.skipIf(!available)(
    'is missing from a whole picture or divided by the probability that it is not, and is there in evaluation',
    async () => {
      const model = tinyModel('branch', (b, x, units) =>
        b.dense(
          b.globalAvgPool(b.dropout(b.conv(x, 'a', { filters: 8, kernel: 3, padding: 1 }), 'drop', RATE, 'picture')),
          'fc',
          { units, bias: false },
        ),
      );
      const program = networkProgram({
        model,
        shape: { size: SIZE, channels: 3, classes: CLASSES, options: {} },
        preprocessing: null,
        precision: 'f32',
        optimizer: SGD,
      });
      const session = (await open()).load(program);
      try {
        startFromFormula(session, program);
        const whole = session.run('infer', { images })['logits']?.data as Float32Array;
        const steps = 20;
        let dropped = 0;
        for (let step = 0; step < steps; step++) {
          for (let i = 0; i < BATCH; i++) {
            const logits = whole.slice(i * CLASSES, (i + 1) * CLASSES);
            const label = labels[i] ?? 0;
            const loss = lossOf(session, i, step);
            const without = Math.abs(loss - Math.log(CLASSES));
            const kept = Math.abs(
              loss -
                crossEntropy(
                  logits.map((v) => v / (1 - RATE)),
                  label,
                ),
            );
            expect(Math.min(without, kept), `picture ${i} at step ${step}: ${loss}`).toBeLessThan(1e-4);
            if (without < kept) dropped++;
          }
        }
        // Five standard deviations of the share of 320 draws.
        expect(Math.abs(dropped / (steps * BATCH) - RATE)).toBeLessThan(
          5 * Math.sqrt((RATE * (1 - RATE)) / (steps * BATCH)),
        );
        expect(lossOf(session, 3, 11)).toBe(lossOf(session, 3, 11));
      } finally {
        session.dispose();
      }
    },
  );

  it.skipIf(!available)('leaves a residual network as it is in evaluation', async () => {
    const engine = await open();
    const pictures: HostTensor = { shape: [2, 16, 16, 3], data: formulaPictures([2, 16, 16, 3]) };
    const logits = (dropPath?: number) => {
      const program = networkProgram({
        model: getModel('resnet18'),
        shape: {
          size: 16,
          channels: 3,
          classes: CLASSES,
          options: { widthFactor: 0.125, smallInput: true, ...(dropPath !== undefined && { dropPath }) },
        },
        preprocessing: null,
        precision: 'f32',
      });
      const session = engine.load(program);
      try {
        startFromFormula(session, program);
        return session.run('infer', { images: pictures })['logits']?.data;
      } finally {
        session.dispose();
      }
    };
    expect(logits(0.5)).toEqual(logits());
  });
});

describe('stochastic depth', () => {
  it("rises evenly from 0 at the first block to its full rate at the last, as timm's", () => {
    const seen: [string, number, string | undefined][] = [];
    const builder = {
      dropout: (x: Value, name: string, rate: number, unit?: string) => {
        seen.push([name, rate, unit]);
        return x;
      },
    } as unknown as Builder<Value>;
    const dropPath = stochasticDepth(builder, { dropPath: 0.2 }, 5);
    const branch = { shape: [4, 4, 8] };
    for (let block = 0; block < 5; block++) expect(dropPath(branch)).toBe(branch);
    expect(seen.map(([name]) => name)).toEqual(['drop_path2', 'drop_path3', 'drop_path4', 'drop_path5']);
    [0.05, 0.1, 0.15, 0.2].forEach((rate, i) => {
      expect(seen[i]?.[1]).toBeCloseTo(rate, 12);
    });
    expect(new Set(seen.map(([, , unit]) => unit))).toEqual(new Set(['picture']));
  });

  const families = [
    ...new Map(
      listModels()
        .filter((m) => m.supports.includes('dropPath'))
        .map((m) => [m.family, m]),
    ).values(),
  ];
  it('is known to every family of residual networks', () => {
    expect(families.map((m) => m.family).sort()).toEqual([
      '3g',
      'airnet',
      'cifar-resnet',
      'convnext',
      'deit',
      'dpn',
      'efficientnet',
      'efficientnet-lite',
      'efficientnetv2',
      'inception',
      'isqrt-cov',
      'mixer',
      'mnasnet',
      'mobilenet',
      'pyramidnet',
      'regnet',
      'resnet',
      'resnet-v2',
      'resnext',
      'resnext-cifar',
      'senet',
      'swin',
      'vit',
      'wide-resnet-cifar',
      'xception',
    ]);
  });

  it.each(families.map((m) => ({ name: m.name, size: Math.max(m.minSize, 32) })))(
    'is in every block of $name but the first',
    ({ name, size }) => {
      const shape = (dropPath?: number) => ({
        size,
        channels: 3,
        classes: 10,
        options: { widthFactor: 0.25, ...(dropPath !== undefined && { dropPath }) },
      });
      const model = getModel(name);
      const drops = describeNetwork(model, shape(0.3))
        .layers.filter((l) => l.name.startsWith('drop_path'))
        .map((l) => l.name);
      const plain = describeNetwork(model, shape());
      // The blocks of transformers have two branches.
      const branches = /^(vit|deit|swin|mixer)_/.test(name) ? 2 : 1;
      expect(drops.length).toBeGreaterThan(2);
      expect(drops).toEqual(drops.map((_, i) => `drop_path${i + 1 + branches}`));
      // Every sum of two paths has its draw, however the family writes its blocks.
      const sums = plain.layers.filter((l) => l.kind === 'add').length;
      if (!name.endsWith('_3g')) expect(drops.length).toBe(sums - branches);
    },
  );
});
