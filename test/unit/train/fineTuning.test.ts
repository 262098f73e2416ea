import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSpec } from '../../../contract/runSpec.ts';
import { initialSource } from '../../../core/worker/initialSource.ts';
import { readTensors } from '../../../core/train/checkpoint.ts';
import { layerOfWeight } from '../../../core/models/weightSpecs.ts';
import { native, noTensorFlow } from '../../support/engines.ts';
import { attempt, smallSpec } from '../../support/smallRun.ts';

const OPTIONS = { widthFactor: 0.125, headWidth: 32 };
const NORMED = { name: 'vgg11_bn', options: OPTIONS };
const HEAD_ONLY = { from: null, newHead: false, trains: { kind: 'only', layers: 'head' } };
const digest = async (path: string, file = 'weights.safetensors') =>
  createHash('sha256')
    .update(await readFile(join(path, file)))
    .digest('hex');

describe.skipIf(noTensorFlow)('fine-tuning', () => {
  let folder = '';
  let source = '';
  let whole = '';
  let spec: RunSpec;
  const seen: string[][] = [];
  const engine = noTensorFlow ? null : native();
  const run = (of: RunSpec, name: string, options: Parameters<typeof attempt>[3] = {}) =>
    attempt(of, engine!, join(folder, name), {
      ...(of.fineTuning?.from && {
        initial: initialSource(of, { path: join(source, 'weights.safetensors'), outputs: null }),
      }),
      ...options,
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quorum-fine-tuning-'));
    source = (await run(smallSpec({ model: NORMED, epochs: 1 }), 'source')).lastCheckpoint;
    const from = { kind: 'run', run: 'r', name: 'source', checkpoint: 1, sha256: await digest(source) };
    spec = smallSpec({
      model: NORMED,
      epochs: 4,
      seed: 9,
      lr: 1e-3,
      optimizer: { kind: 'adam' },
      weightDecay: 1e-3,
      averaging: { decay: 0.9 },
      fineTuning: {
        from,
        newHead: true,
        trains: { kind: 'only', layers: 'head' },
        lrFactors: [{ layers: 'head', factor: 3 }],
        unfreeze: [
          { epoch: 2, layers: 'conv5*,bn5*' },
          { epoch: 3, layers: 'fc*' },
        ],
      },
    });
    whole = (
      await run(spec, 'whole', {
        dieAfter: (event) => {
          if (event.type === 'checkpointSaved' && event.checkpoint.trigger === 'epoch')
            seen.push([...stateAt(event.checkpoint.path).slots].sort());
          return false;
        },
      })
    ).lastCheckpoint;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const stateAt = (path: string) => {
    const optimizer = readTensors(path, 'optimizer.safetensors');
    return {
      trained: new Map(
        [...optimizer]
          .filter(([name]) => name.endsWith('#trained'))
          .map(([name, values]) => [name.replace('#trained', ''), values]),
      ),
      slots: new Set(
        [...optimizer.keys()].filter((name) => !name.endsWith('#trained')).map((name) => layerOfWeight(name)),
      ),
    };
  };

  it('starts from the weights but for the head, which is the seed’s; what is frozen stays to the bit, statistics too', async () => {
    const before = readTensors(source, 'weights.safetensors');
    const heads = await Promise.all(
      [9, 9, 10].map(async (seed, i) => {
        const { lastCheckpoint } = await run({ ...spec, seed }, `trial-${i}`, {
          dieAfter: (event) => event.type === 'checkpointSaved',
        });
        const { trained } = stateAt(lastCheckpoint);
        for (const [name, values] of trained)
          if (layerOfWeight(name) !== 'fc8') expect(values, name).toEqual(before.get(name));
        return trained.get('fc8/kernel');
      }),
    );
    expect(heads[0]).toEqual(heads[1]);
    expect(heads[0]).not.toEqual(heads[2]);
    expect(heads[0]).not.toEqual(before.get('fc8/kernel'));

    const { lastCheckpoint } = await run(
      { ...spec, epochs: 2, fineTuning: { ...spec.fineTuning!, unfreeze: [] } },
      'frozen',
    );
    const { trained, slots } = stateAt(lastCheckpoint);
    for (const [name, values] of trained)
      if (layerOfWeight(name) !== 'fc8') expect(values, name).toEqual(before.get(name));
    expect(trained.get('fc8/kernel')).not.toEqual(heads[0]);
    expect([...slots]).toEqual(['fc8']);
  });

  it('layers thaw at their epochs', () => {
    const five = ['bn5_1', 'bn5_2', 'conv5_1', 'conv5_2'];
    expect(seen).toEqual([['fc8'], ['fc8'], [...five, 'fc8'], [...five, 'fc6', 'fc7', 'fc8']]);
    const { trained } = stateAt(whole);
    const before = readTensors(source, 'weights.safetensors');
    for (const name of ['conv5_1/kernel', 'bn5_1/mean', 'fc6/kernel'])
      expect(trained.get(name), name).not.toEqual(before.get(name));
    for (const name of ['conv4_2/kernel', 'bn4_2/mean', 'bn4_2/gamma'])
      expect(trained.get(name), name).toEqual(before.get(name));
  });

  // Five steps an epoch: layers thaw before the 11th and before the 16th step.
  it.each([
    ['before a thaw', 9],
    ['at the last step before a thaw', 10],
    ['after a thaw', 12],
    ['after the second thaw', 17],
  ])('stopped %s and resumed without its source, it ends with the same bytes', async (where, at) => {
    const cut = await run(spec, `cut ${where}`, {
      onBatch: (split, epoch, step, stop) => {
        if (split === 'train' && epoch * 5 + step + 1 === at) stop();
      },
    });
    const resumed = await attempt(spec, engine!, join(folder, `cut ${where}`), { resumeFrom: cut.lastCheckpoint });
    expect(resumed.events.at(-1)).toMatchObject({ type: 'finished', state: 'finished' });
    for (const file of ['weights.safetensors', 'optimizer.safetensors'])
      expect(await digest(resumed.lastCheckpoint, file), file).toBe(await digest(whole, file));
  });

  it('dies at the edge of an epoch where layers thaw, and resumes from that checkpoint to the same bytes', async () => {
    const cut = await run(spec, 'cut edge', {
      dieAfter: (event) =>
        event.type === 'checkpointSaved' && event.checkpoint.trigger === 'epoch' && event.checkpoint.epoch === 2,
    });
    const resumed = await attempt(spec, engine!, join(folder, 'cut edge'), { resumeFrom: cut.lastCheckpoint });
    for (const file of ['weights.safetensors', 'optimizer.safetensors'])
      expect(await digest(resumed.lastCheckpoint, file), file).toBe(await digest(whole, file));
  });

  it('weights that are not those of the spec are refused', async () => {
    const ended = async (of: RunSpec, name: string) => (await run(of, name)).events.at(-1);
    const other = {
      ...spec,
      fineTuning: { ...spec.fineTuning!, from: { ...spec.fineTuning!.from!, sha256: '0'.repeat(64) } },
    };
    expect(await ended(other, 'other')).toMatchObject({ state: 'failed', step: 0, error: { code: 'file.damaged' } });
    expect(
      await ended(
        {
          ...spec,
          fineTuning: { ...spec.fineTuning!, newHead: false },
          classNames: [...spec.classNames, 'e'],
          classIds: [...spec.classIds, 'e'],
        },
        'another head',
      ),
    ).toMatchObject({
      state: 'failed',
      error: { code: 'weights.mismatch', details: { misshaped: ['fc8/kernel', 'fc8/bias'] } },
    });
  });

  it('freezing needs no weights', async () => {
    const { lastCheckpoint } = await run(
      smallSpec({ model: NORMED, epochs: 1, fineTuning: HEAD_ONLY }),
      'random features',
    );
    const trial = await run(smallSpec({ model: NORMED, epochs: 1, fineTuning: HEAD_ONLY }), 'random start', {
      dieAfter: (event) => event.type === 'checkpointSaved',
    });
    const [after, before] = [lastCheckpoint, trial.lastCheckpoint].map((path) =>
      readTensors(path, 'weights.safetensors'),
    );
    for (const [name, values] of after ?? [])
      (layerOfWeight(name) === 'fc8' ? expect(values, name).not : expect(values, name)).toEqual(before?.get(name));
  });
});
