import { cpSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointName } from '../../../contract/weights/checkpointManifest.ts';
import type { TrainEvent } from '../../../contract/run.ts';
import type { RunSpec } from '../../../contract/runSpec.ts';
import { native, noTensorFlow } from '../../support/engines.ts';
import { LENET } from '../../support/lenet.ts';
import { attempt, smallSpec, type Attempt, type AttemptOptions } from '../../support/smallRun.ts';

/** With batch norm and blocks, and few layers: TensorFlow prepares the network anew in each of the many attempts. */
const residual = (options: object = {}): object => ({
  name: 'resnet20_cifar',
  options: { widthFactor: 0.5, depthFactor: 0.1, ...options },
});

const recipes: Record<string, object> = {
  'Adam, dropout, flip and crop': {
    model: { ...LENET, options: { ...LENET.options, dropout: 0.5 } },
    augmentation: { flip: true, cropPadding: 4 },
  },
  'SGD with momentum, batch norm, every augmentation, weight averages, clipping': {
    model: residual(),
    optimizer: { kind: 'sgd', nesterov: true },
    weightDecay: 5e-4,
    averaging: { decay: 0.9 },
    clipNorm: 2,
    schedule: { kind: 'oneCycle' },
    augmentation: {
      flip: true,
      resizedCrop: { minArea: 0.4 },
      trivialAugment: true,
      colorJitter: { brightness: 0.3, hue: 0.1 },
      erasing: { probability: 0.5 },
      mixup: 0.2,
      cutmix: 1,
    },
  },
  'AdamW in three parts a batch, dropout, label smoothing, class weights, warm-up and cosine': {
    model: residual({ dropout: 0.3 }),
    optimizer: { kind: 'adamw' },
    weightDecay: 0.05,
    accumulate: 3,
    averaging: { decay: 0.99, warmUp: false },
    labelSmoothing: 0.1,
    classWeights: 'balanced',
    warmUp: { steps: 4 },
    schedule: { kind: 'cosine' },
  },
  'Stochastic depth, dropout, one cycle of rate and momentum': {
    model: residual({ dropPath: 0.5, dropout: 0.2 }),
    optimizer: { kind: 'sgd', nesterov: true },
    lr: 0.02,
    schedule: { kind: 'oneCycle', momentum: {} },
    augmentation: { flip: true },
  },
  'Repeated augmentation, RandAugment, slower lower blocks': {
    model: residual(),
    optimizer: { kind: 'adamw' },
    layerDecay: 0.75,
    repeatedAugment: 3,
    augmentation: { flip: true, cropPadding: 4, randAugment: {} },
  },
  'RMSprop, plateau, balanced sampling, early stopping': {
    model: LENET,
    optimizer: { kind: 'rmsprop', momentum: 0.9 },
    lr: 1e-4,
    schedule: { kind: 'plateau', patience: 0, factor: 0.5, threshold: 0.2 },
    balancedSampling: true,
    earlyStopping: { patience: 9, metric: 'val/top1' },
  },
};

/** Where a run is stopped, in the order in which it gets there. */
const STOPS: Record<string, NonNullable<AttemptOptions['onBatch']>> = {
  'after the first step': (split, epoch, step, stop) => {
    if (split === 'train' && epoch === 0 && step === 0) stop();
  },
  'at the last step of an epoch': (split, epoch, step, stop) => {
    if (split === 'train' && epoch === 0 && step === 4) stop();
  },
  'in the middle of a validation': (split, epoch, step, stop) => {
    if (split === 'val' && epoch === 0 && step === 1) stop();
  },
  'in the middle of an epoch': (split, epoch, step, stop) => {
    if (split === 'train' && epoch === 1 && step === 2) stop();
  },
};

/** Checkpoints after which a process dies: what lies there at that moment is all that is left of it. */
const DEATHS: Record<string, (event: TrainEvent) => boolean> = {
  'after the trial checkpoint': (event) => event.type === 'checkpointSaved' && event.checkpoint.trigger === 'trial',
  "at an epoch's edge": (event) => event.type === 'checkpointSaved' && event.checkpoint.epoch === 2,
};

const folderName = (words: string): string => words.replaceAll(/\W/g, '-');

/** Every recorded number but the clock's, the last record of a step counting. */
function metricsOf(...attempts: Attempt[]): Map<string, number | null> {
  const points = attempts.flatMap(({ events }) =>
    events.flatMap((e: TrainEvent) => (e.type === 'stepped' || e.type === 'epochEnded' ? e.points : [])),
  );
  return new Map(
    points
      .filter((p) => !p.name.startsWith('perf/'))
      .map((p) => [`${p.name} at ${p.step}`, p.value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Those of later steps. */
function metricsAfter(step: number, whole: Attempt): Map<string, number | null> {
  return new Map([...metricsOf(whole)].filter(([name]) => Number(name.split(' at ')[1]) > step));
}

async function hashes(checkpoint: string): Promise<Record<string, string>> {
  const { files } = JSON.parse(await readFile(join(checkpoint, 'manifest.json'), 'utf8')) as {
    files: { name: string; sha256: string }[];
  };
  return Object.fromEntries(files.filter((f) => f.name.endsWith('.safetensors')).map((f) => [f.name, f.sha256]));
}

describe.skipIf(noTensorFlow !== null).each(Object.entries(recipes))('%s', (_, change) => {
  let folder: string;
  let whole: Attempt;
  let spec: RunSpec;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quorum-resume-'));
    spec = smallSpec(change);
    whole = await attempt(spec, native(), join(folder, 'whole'), {
      dieAfter: (event) => {
        for (const [name, isThere] of Object.entries(DEATHS))
          if (isThere(event))
            cpSync(join(folder, 'whole'), join(folder, folderName(name)), { recursive: true, errorOnExist: true });
        return false;
      },
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  // from the trial checkpoint this is the whole run once more
  it.each(Object.keys(DEATHS))('dead %s and resumed, it ends with the same bytes and metrics', async (name) => {
    const again = await attempt(spec, native(), join(folder, folderName(name)));
    const [resumed] = again.events;
    expect(resumed).toMatchObject({ type: 'resumed' });
    expect(again.events.at(-1)).toMatchObject({ type: 'finished', state: 'finished' });
    expect(await hashes(again.lastCheckpoint)).toEqual(await hashes(whole.lastCheckpoint));
    const from = resumed?.type === 'resumed' ? resumed.step : Infinity;
    expect(metricsOf(again)).toEqual(metricsAfter(from, whole));
  });

  it(`stopped ${Object.keys(STOPS).join(', ')}, and resumed each time, it ends with the same bytes and metrics`, async () => {
    const directory = join(folder, 'stopped');
    const parts: Attempt[] = [];
    for (const [name, onBatch] of Object.entries(STOPS)) {
      parts.push(
        await attempt(spec, native(), directory, { resumeFrom: parts.at(-1)?.lastCheckpoint ?? null, onBatch }),
      );
      expect(parts.at(-1)?.events.at(-1), name).toMatchObject({ type: 'finished', state: 'stopped' });
      // what was recorded so far is what the whole run recorded
      expect([...metricsOf(whole)], name).toEqual(expect.arrayContaining([...metricsOf(...parts)]));
    }
    const last = await attempt(spec, native(), directory, { resumeFrom: parts.at(-1)?.lastCheckpoint ?? null });
    expect(last.events.at(-1)).toMatchObject({ type: 'finished', state: 'finished' });
    expect(await hashes(last.lastCheckpoint)).toEqual(await hashes(whole.lastCheckpoint));
    expect(metricsOf(...parts, last)).toEqual(metricsOf(whole));
  });
});

describe.skipIf(noTensorFlow !== null)('a run that is cut again and again', () => {
  it('ends as one that was not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quorum-resume-'));
    const spec = smallSpec(recipes['Adam, dropout, flip and crop']);
    const engine = native();
    try {
      const whole = await attempt(spec, engine, join(folder, 'whole'));
      const attempts: Attempt[] = [];
      for (let from: string | null = null, left = 20; left > 0; left--) {
        let batches = 0;
        const part: Attempt = await attempt(spec, engine, join(folder, 'cut'), {
          resumeFrom: from,
          onBatch: (_split, _epoch, _step, stop) => {
            if (++batches === 3) stop();
          },
        });
        attempts.push(part);
        from = part.lastCheckpoint;
        const last = part.events.at(-1);
        if (last?.type === 'finished' && last.state === 'finished') break;
      }
      expect(attempts.length).toBeGreaterThan(4);
      expect(await hashes(attempts.at(-1)?.lastCheckpoint ?? '')).toEqual(await hashes(whole.lastCheckpoint));
      expect(metricsOf(...attempts)).toEqual(metricsOf(whole));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(noTensorFlow !== null)('a finished run that is extended', () => {
  it.each([
    ['at the same rate', { epochs: 2 }, { epochs: 4 }],
    ['at milestones', { epochs: 2, schedule: { kind: 'milestones', epochs: [1, 3] } }, { epochs: 4 }],
    ['after a rate that fell on a plateau', { epochs: 2, schedule: { kind: 'plateau', patience: 0 } }, { epochs: 4 }],
  ])('ends as one that was made so long: %s', async (_, change, longer) => {
    const folder = await mkdtemp(join(tmpdir(), 'quorum-extend-'));
    try {
      const engine = native();
      const whole = await attempt(smallSpec({ model: LENET, ...change, ...longer }), engine, join(folder, 'whole'));
      const first = await attempt(smallSpec({ model: LENET, ...change }), engine, join(folder, 'two'));
      expect(first.events.at(-1)).toMatchObject({ type: 'finished', state: 'finished' });
      const second = await attempt(smallSpec({ model: LENET, ...change, ...longer }), engine, join(folder, 'two'), {
        resumeFrom: first.lastCheckpoint,
      });
      expect(await hashes(second.lastCheckpoint)).toEqual(await hashes(whole.lastCheckpoint));
      expect(metricsOf(first, second)).toEqual(metricsOf(whole));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(noTensorFlow !== null)('a run whose host stands still', () => {
  it('keeps what the host goes by, and goes on from the newest that lies there, of which nobody was told', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quorum-resume-'));
    const spec = smallSpec(recipes['Adam, dropout, flip and crop']);
    try {
      const whole = await attempt(spec, native(), join(folder, 'whole'));
      const directory = join(folder, 'orphan');
      const seen: number[] = [];
      const orphan = await attempt(spec, native(), directory, {
        // the host has heard of the trial checkpoint, and of none after it
        recordedSeq: () => 0,
        dieAfter: (event) => event.type === 'checkpointSaved' && seen.push(event.checkpoint.seq) === 3,
      });
      expect(await readdir(join(directory, 'checkpoints'))).toEqual(expect.arrayContaining([checkpointName(0)]));
      expect(await readdir(join(folder, 'whole', 'checkpoints'))).not.toContain(checkpointName(0));
      const again = await attempt(spec, native(), directory);
      expect(again.events[0]).toMatchObject({ type: 'resumed', seq: seen.at(-1), setAside: [] });
      expect(await hashes(again.lastCheckpoint)).toEqual(await hashes(whole.lastCheckpoint));
      expect(metricsOf(orphan, again)).toEqual(metricsOf(whole));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
