/**
 * Logits and gradients of the zoo against independent implementations: the published deploy files, timm, and the
 * formulas written down in PyTorch.
 */
import { describe, expect, it } from 'vitest';
import type { ModelOptions } from '../../contract/runSpec.ts';
import type { HostTensor, Session } from '../../core/engine/engine.ts';
import { networkProgram } from '../../core/engine/program.ts';
import { describeNetwork } from '../../core/models/describe.ts';
import { getModel } from '../../core/models/registry.ts';
import networks from '../fixtures/models/networks-goldens.json' with { type: 'json' };
import goldens from '../fixtures/models/zoo-goldens.json' with { type: 'json' };
import { wholeZoo } from '../support/distinctNetworks.ts';
import { ENGINES, useThreads } from '../support/engines.ts';
import { formulaLabels, formulaPictures, formulaProbe, formulaWeight } from '../support/formulaWeights.ts';

// gradients near a kink depend on the order of sums, and that on the number of threads
useThreads(2);

interface Case {
  readonly model: string;
  readonly size: number;
  readonly channels: number;
  readonly classes: number;
  readonly batch: number;
  readonly options: ModelOptions;
  readonly oracle: string;
  readonly logitsEval: number[][];
  readonly loss: number;
  readonly gradients: Record<string, [norm: number, probe: number, error: number]>;
  readonly float32Error: { readonly logitsEval: number; readonly logitsTrain: number; readonly gradients: number };
}

/** Ten times what PyTorch's own float32 is off by, at least 1e-4. */
const tolerance = (float32Error: number): number => Math.max(1e-4, 10 * float32Error);

/**
 * Where a unit lies near its kink, a forward error e moves gradients by about √e, whoever computes them: within 8 √e in
 * the mean over the weights and 30 √e (at most 0.3) for each. Networks without such a unit keep to ten times PyTorch's
 * error, at least 1e-4, for every weight.
 */
function gradientTolerances(c: Case, error: number): { readonly mean: number; readonly each: number } {
  if (c.float32Error.gradients < 1e-4 && c.float32Error.logitsTrain < 5e-6)
    return { mean: tolerance(error), each: tolerance(error) };
  const kink = Math.sqrt(c.float32Error.logitsTrain);
  return { mean: Math.max(tolerance(error), 8 * kink), each: Math.max(tolerance(error), Math.min(0.3, 30 * kink)) };
}

/**
 * Where PyTorch's float32 is that far from its float64 with the formula's moving averages, another order of the same
 * sums is as far off: batch statistics alone tell.
 */
const tellsByAverages = (c: Case): boolean => c.float32Error.logitsEval <= 5e-3;

const ofPackages = networks.cases as unknown as Case[];
/**
 * Of the families with many members, those that are compared at full width too stand for the others, here and on
 * WebAssembly; QUORUM_ZOO=all compares them all.
 */
const standing = new Set(
  ofPackages.filter(({ options }) => options.widthFactor === undefined).map(({ model }) => model),
);
const compared = [
  ...(goldens.cases as unknown as Case[]),
  ...ofPackages.filter(({ model }) => wholeZoo || standing.has(model)),
];
const cases = compared.map((c) => [c.model, c.size, c.oracle, c] as const);
type TestedEngine = (typeof ENGINES)[number];
const [session, eager, wasm] = ENGINES as readonly [TestedEngine, TestedEngine, TestedEngine];

const isNarrow = (c: Case): boolean => (c.options.widthFactor ?? 1) < 1;

/**
 * A session prepares its graph at the first call, which takes ten times as long as a narrow network computes.
 * Therefore full-width networks are compared in a session, and narrow ones op by op with the same kernels;
 * QUORUM_ZOO=all compares these in a session too.
 */
const nativeCases = cases.flatMap(([model, size, oracle, c]) => {
  const engines = isNarrow(c) ? (wholeZoo ? [eager, session] : [eager]) : [session];
  return engines.map((engine) => [model, size, oracle, engine.name, engine, c] as const);
});

interface Loaded {
  readonly session: Session;
  readonly images: HostTensor;
  readonly names: readonly string[];
}

async function load(c: Case, opened: TestedEngine): Promise<Loaded> {
  const engine = await opened.open();
  const program = networkProgram({
    model: getModel(c.model),
    shape: { size: c.size, channels: c.channels, classes: c.classes, options: c.options },
    preprocessing: null,
    precision: 'f32',
    optimizer: { kind: 'sgd', momentum: 0, nesterov: false },
  });
  const loaded = engine.load(program);
  loaded.write(
    new Map(
      program.weights.map(({ variable, kind }) => [
        variable.name,
        formulaWeight({ name: variable.name, shape: variable.shape, kind }),
      ]),
    ),
  );
  const shape = [c.batch, c.size, c.size, c.channels];
  return {
    session: loaded,
    images: { shape, data: formulaPictures(shape) },
    names: program.weights.map(({ variable }) => variable.name),
  };
}

describe.skipIf(!session.available)('the zoo computes what independent implementations compute', () => {
  it.for(nativeCases)('logits and gradients of %s at %i pixels (%s, %s)', async ([, , , , engine, c]) => {
    const { session: loaded, images, names } = await load(c, engine);
    try {
      const described = describeNetwork(getModel(c.model), {
        size: c.size,
        channels: c.channels,
        classes: c.classes,
        options: c.options,
      });
      expect([...names].sort()).toEqual(described.weights.map((weight) => weight.name).sort());
      const logits = loaded.run('infer', { images })['logits']?.data ?? [];
      const scale = Math.max(...c.logitsEval.flat().map(Math.abs));
      const worst = Math.max(...c.logitsEval.flat().map((value, i) => Math.abs((logits[i] ?? NaN) - value) / scale));
      if (tellsByAverages(c)) expect(worst, 'logits').toBeLessThan(tolerance(c.float32Error.logitsEval));
      const gradients = loaded.run('gradients', {
        images,
        labels: { shape: [c.batch], data: formulaLabels(c.batch, c.classes) },
        weights: { shape: [c.batch], data: new Float32Array(c.batch).fill(1 / c.batch) },
        seed: { shape: [2], data: Int32Array.of(0, 0) },
      });
      expect(Math.abs((gradients['loss']?.data[0] ?? NaN) - c.loss) / c.loss, 'loss').toBeLessThan(
        tolerance(c.float32Error.logitsTrain),
      );
      let meanDeviation = 0;
      let meanTolerance = 0;
      const compared = Object.entries(c.gradients);
      for (const [name, [norm, probe, error]] of compared) {
        const values = gradients[name]?.data ?? [];
        let squares = 0;
        for (const value of values) squares += value * value;
        const deviation =
          Math.max(Math.abs(Math.sqrt(squares) - norm), Math.abs(formulaProbe(name, values) - probe)) / norm;
        const { mean, each } = gradientTolerances(c, error);
        expect(deviation, `gradient of ${name}`).toBeLessThan(each);
        meanDeviation += deviation / compared.length;
        meanTolerance += mean / compared.length;
      }
      if (compared.length > 0) expect(meanDeviation, 'gradients').toBeLessThan(meanTolerance);
    } finally {
      loaded.dispose();
    }
  });
});

describe('WebAssembly gives the same logits', () => {
  // Full-width networks are too slow for it here; the narrow ones are made of the same ops.
  it.for(cases.filter(([model, , , c]) => (isNarrow(c) || model === 'lenet') && tellsByAverages(c)))(
    '%s at %i pixels (%s)',
    async ([, , , c]) => {
      const { session: loaded, images } = await load(c, wasm);
      try {
        const logits = loaded.run('infer', { images })['logits']?.data ?? [];
        const scale = Math.max(...c.logitsEval.flat().map(Math.abs));
        expect(
          Math.max(...c.logitsEval.flat().map((value, i) => Math.abs((logits[i] ?? NaN) - value) / scale)),
        ).toBeLessThan(tolerance(c.float32Error.logitsEval));
      } finally {
        loaded.dispose();
      }
    },
  );

  it.for(cases.filter(([, , , c]) => !tellsByAverages(c)))(
    'as TensorFlow for %s at %i pixels with fewer blocks',
    async ([, , , c], { skip }) => {
      skip(!session.available, 'TensorFlow is not there');
      const shallow: Case = { ...c, options: { ...c.options, depthFactor: 0.1 } };
      const logits: number[][] = [];
      for (const engine of [session, wasm]) {
        const { session: loaded, images } = await load(shallow, engine);
        try {
          logits.push([...(loaded.run('infer', { images })['logits']?.data ?? [])]);
        } finally {
          loaded.dispose();
        }
      }
      const [native = [], composed = []] = logits;
      const scale = Math.max(...native.map(Math.abs));
      expect(native).toHaveLength(c.batch * c.classes);
      expect(Math.max(...native.map((value, i) => Math.abs((composed[i] ?? NaN) - value) / scale))).toBeLessThan(1e-4);
    },
  );
});
