/** The engine test job: does this device compute, learn, and agree with itself, in each precision it offers. */
import type { EngineTestReport } from '../../../../contract/engine.ts';
import type { Optimizer } from '../../../../contract/optimizers.ts';
import type { Precision } from '../../../../contract/runSpec.ts';
import { startAtRandom } from '../../startAtRandom.ts';
import type { Engine } from '../../../engine/engine.ts';
import { SCALAR_COUNT, scalarsAt } from '../../../engine/optimizers.ts';
import { networkProgram } from '../../../engine/program.ts';
import { getModel } from '../../../models/registry.ts';
import { openEngine } from '../../openEngine.ts';
import { type EngineTestJob, engineTestJob } from './messages.ts';
import { implementJob } from '../../jobContext.ts';

const STEPS = 8;
const SGD: Optimizer = { kind: 'sgd', momentum: 0.9, nesterov: false };
type Check = EngineTestReport['checks'][number];

export async function runEngineTestJob(job: EngineTestJob): Promise<EngineTestReport> {
  const engine = await openEngine(job.device);
  const checks: Check[] = [
    {
      name: 'device computes',
      ok: true,
      detail: `${engine.device.name} by ${engine.device.engine} ${engine.device.engineVersion}`,
    },
  ];
  const precisions: Precision[] = engine.device.engine === 'tensorflow' ? ['f32', 'bf16'] : ['f32'];
  for (const precision of precisions) checks.push(...learns(engine, precision));
  return { device: engine.device, checks };
}

/** A small VGG learns eight made-up pictures by heart: the loss must fall, and no tensor may be left behind. */
function learns(engine: Engine, precision: Precision): Check[] {
  const n = 8;
  const size = 32;
  const classes = 4;
  const program = networkProgram({
    model: getModel('vgg11'),
    shape: { size, channels: 3, classes, options: { widthFactor: 0.125, headWidth: 32 } },
    preprocessing: null,
    precision,
    optimizer: SGD,
  });
  const session = engine.load(program);
  try {
    startAtRandom(session, program, 1);
    const images = {
      shape: [n, size, size, 3],
      data: Float32Array.from({ length: n * size * size * 3 }, (_, i) =>
        Math.sin(i * (1 + Math.floor(i / (size * size * 3)))),
      ),
    };
    const losses: number[] = [];
    const live: number[] = [];
    for (let step = 0; step < STEPS; step++) {
      const { stats } = session.run('train', {
        images,
        labels: { shape: [n], data: Int32Array.from({ length: n }, (_, i) => i % classes) },
        weights: { shape: [n], data: new Float32Array(n).fill(1 / n) },
        seed: { shape: [2], data: Int32Array.of(0, step) },
        scalars: { shape: [SCALAR_COUNT], data: scalarsAt(SGD, 0.02, step) },
      });
      losses.push(stats!.data[0]!);
      live.push(engine.liveTensors());
    }
    const [first = NaN] = losses;
    const last = losses.at(-1) ?? NaN;
    return [
      {
        name: `training in ${precision}`,
        ok: last < first,
        detail: `loss ${first.toFixed(4)} → ${last.toFixed(4)} in ${STEPS} steps`,
      },
      {
        name: `no memory leak in ${precision}`,
        ok: new Set(live).size === 1,
        detail: `${live.at(-1) ?? 0} alive after each step`,
      },
    ];
  } finally {
    session.dispose();
  }
}

export const run = implementJob(engineTestJob, runEngineTestJob);
