import { describe, expect, it } from 'vitest';
import type { Optimizer } from '../../contract/optimizers.ts';
import type { HostTensor, Session } from '../../core/engine/engine.ts';
import { SCALAR_COUNT, scalarsAt } from '../../core/engine/optimizers.ts';
import { networkProgram, type NetworkProgram } from '../../core/engine/program.ts';
import { lossInputs } from '../../core/train/exampleWeights.ts';
import { averageShareAt } from '../../core/train/trainer.ts';
import goldens from '../fixtures/models/recipes-goldens.json' with { type: 'json' };
import { relativeError, type Digest } from '../support/digest.ts';
import { ENGINES } from '../support/engines.ts';
import { formulaLabels, formulaPictures } from '../support/formulaWeights.ts';
import { startFromFormula, tinyModel } from '../support/tinyModel.ts';

interface Case {
  readonly name: string;
  readonly batchNorm: boolean;
  readonly optimizer: Optimizer;
  readonly lrs: number[];
  readonly weightDecay: number;
  readonly decayAll: boolean;
  readonly clipNorm: number | null;
  readonly averaging: { decay: number; warmUp: boolean } | null;
  readonly labelSmoothing: number;
  readonly classWeights: number[] | null;
  readonly mix: number | null;
  readonly momenta: number[] | null;
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
const pictures = formulaPictures([32, SIZE, SIZE, 3]);
const labels = formulaLabels(32, CLASSES);
const plain = tinyModel('plain', (b, x, units) =>
  b.dense(
    b.flatten(b.maxPool(b.relu(b.conv(x, 'a', { filters: 8, kernel: 3, padding: 1 })), { kernel: 4, stride: 4 })),
    'fc',
    { units },
  ),
);
const normed = tinyModel('normed', (b, x, units) =>
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

const isSoft = (c: Case) => c.labelSmoothing > 0 || c.mix !== null;

function programOf(c: Case, parts = false): NetworkProgram {
  return networkProgram({
    model: c.batchNorm ? normed : plain,
    shape: { size: SIZE, channels: 3, classes: CLASSES, options: {} },
    preprocessing: null,
    precision: 'f32',
    optimizer: c.optimizer,
    parts,
    weightDecay: c.weightDecay,
    decayAll: c.decayAll,
    clipNorm: c.clipNorm,
    average: c.averaging !== null,
    softTargets: isSoft(c),
  });
}

interface StepFeed {
  readonly images: Float32Array;
  readonly labels: Int32Array;
  readonly weights: Float32Array;
  readonly targets: Float32Array | null;
}

/**
 * The step's batch as the trainer would feed it, its pictures mixed with those in reverse order where the case says so.
 */
function feedOf(c: Case, step: number): StepFeed {
  const from = BATCH * (step % 4);
  const own = labels.slice(from, from + BATCH);
  const images = pictures.slice(from * PICTURE, (from + BATCH) * PICTURE);
  const lam = c.mix;
  if (lam !== null)
    images.forEach((_, i) => {
      const row = Math.floor(i / PICTURE);
      images[i] =
        lam * (pictures[from * PICTURE + i] ?? NaN) +
        (1 - lam) * (pictures[(from + BATCH - 1 - row) * PICTURE + (i % PICTURE)] ?? NaN);
    });
  const batch = {
    images: new Uint8Array(0),
    labels: own,
    indices: own,
    count: BATCH,
    ...(lam !== null && { mix: { labels: own.toReversed(), lam } }),
  };
  return {
    images,
    labels: own,
    ...lossInputs(
      batch,
      {
        classes: CLASSES,
        labelSmoothing: c.labelSmoothing,
        classWeights: c.classWeights && Float64Array.from(c.classWeights),
      },
      isSoft(c),
    ),
  };
}

function tensors(f: StepFeed, from: number, to: number, step: number): Record<string, HostTensor> {
  const n = to - from;
  return {
    images: { shape: [n, SIZE, SIZE, 3], data: f.images.slice(from * PICTURE, to * PICTURE) },
    labels: { shape: [n], data: f.labels.slice(from, to) },
    weights: { shape: [n], data: f.weights.slice(from, to) },
    ...(f.targets && { targets: { shape: [n, CLASSES], data: f.targets.slice(from * CLASSES, to * CLASSES) } }),
    seed: { shape: [2], data: Int32Array.of(0, step) },
  };
}

const scalarsOf = (c: Case, step: number): HostTensor => ({
  shape: [SCALAR_COUNT],
  data: scalarsAt(c.optimizer, c.lrs[step] ?? NaN, step, {
    weightDecay: c.weightDecay,
    averageShare: averageShareAt(c.averaging, step),
    momentum: c.momenta?.[step] ?? null,
  }),
});
const off = (value: number | undefined, expected: number) => Math.abs((value ?? NaN) - expected) / Math.abs(expected);

function compareEnd(c: Case, session: Session, program: NetworkProgram): void {
  const after = session.read(program.weights.map((w) => w.variable.name));
  for (const [name, digest] of c.weights)
    expect(relativeError(after.get(name) ?? [], digest), name).toBeLessThan(TOLERANCE);
  if (!c.averages) return;
  const averages = session.read(program.weights.map((w) => `${w.variable.name}#average`));
  for (const [name, digest] of c.averages)
    expect(relativeError(averages.get(`${name}#average`) ?? [], digest), `average of ${name}`).toBeLessThan(TOLERANCE);
}

const cases = goldens.cases as unknown as Case[];

describe.each(ENGINES)('$name trains as PyTorch trains', ({ available, open }) => {
  it.skipIf(!available).each(cases)('twenty steps: $name', async (c) => {
    const engine = await open();
    const program = programOf(c);
    const session = engine.load(program);
    try {
      startFromFormula(session, program);
      if (c.averaging) {
        const start = session.read(program.weights.map((w) => w.variable.name));
        session.write(new Map([...start].map(([name, v]) => [`${name}#average`, v])));
      }
      c.losses.forEach((loss, step) => {
        const { stats } = session.run('train', {
          ...tensors(feedOf(c, step), 0, BATCH, step),
          scalars: scalarsOf(c, step),
        });
        expect(off(stats?.data[0], loss), `loss of step ${step}`).toBeLessThan(TOLERANCE);
        if (c.gradNorms)
          expect(off(stats?.data[2], c.gradNorms[step] ?? NaN), `gradients' norm of step ${step}`).toBeLessThan(
            TOLERANCE,
          );
      });
      compareEnd(c, session, program);
    } finally {
      session.dispose();
    }
  });

  // Without BatchNorm a batch computed in parts is the batch itself: the same goldens hold.
  it.skipIf(!available).each(cases.filter((c) => !c.batchNorm && c.mix === null))(
    'twenty steps in three parts each: $name',
    async (c) => {
      const engine = await open();
      const program = programOf(c, true);
      const session = engine.load(program);
      try {
        startFromFormula(session, program);
        if (c.averaging) {
          const start = session.read(program.weights.map((w) => w.variable.name));
          session.write(new Map([...start].map(([name, v]) => [`${name}#average`, v])));
        }
        c.losses.forEach((expected, step) => {
          const feed = feedOf(c, step);
          let loss = 0;
          [
            [0, 3],
            [3, 6],
            [6, 8],
          ].forEach(([from = 0, to = 0], part) => {
            loss +=
              session.run(part === 0 ? 'firstPart' : 'nextPart', tensors(feed, from, to, step))['stats']?.data[0] ??
              NaN;
          });
          expect(off(loss, expected), `loss of step ${step}`).toBeLessThan(TOLERANCE);
          const { stats } = session.run('apply', { scalars: scalarsOf(c, step) });
          if (c.gradNorms)
            expect(off(stats?.data[0], c.gradNorms[step] ?? NaN), `gradients' norm of step ${step}`).toBeLessThan(
              TOLERANCE,
            );
        });
        compareEnd(c, session, program);
      } finally {
        session.dispose();
      }
    },
  );
});
