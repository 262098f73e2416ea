import { describe, expect, it } from 'vitest';
import { METRIC } from '../../../contract/metrics.ts';
import { type RunOutlook, resultWarnings, settingsWarnings } from '../../../pure/runWarnings.ts';

const ended = (
  trainLoss: number | undefined,
  valLoss?: number,
  valTop1?: number,
): Parameters<typeof resultWarnings>[0] => ({
  state: 'finished',
  bestEpoch: 1,
  best: {
    ...(trainLoss !== undefined && { [METRIC.trainLoss]: trainLoss }),
    ...(valLoss !== undefined && { [METRIC.valLoss]: valLoss }),
    ...(valTop1 !== undefined && { [METRIC.valTop1]: valTop1 }),
  },
});

describe('of a run that has ended', () => {
  it('nothing is said where it learned', () => {
    expect(resultWarnings(ended(2.31, 1.9, 0.3), 10)).toEqual([]);
    expect(resultWarnings(ended(0.4, 0.6, 0.5), 2)).toEqual([]);
    expect(resultWarnings({ ...ended(9, 9, 0.1), state: 'stopped' }, 2)).toEqual([]);
  });

  it('the loss of guessing is named, and anything above it', () => {
    expect(resultWarnings(ended(2.303, 2.3026, 0.1), 10)).toEqual([expect.stringContaining('not below ln 10 = 2.303')]);
    expect(resultWarnings(ended(1.7e12, undefined, 0.1), 10)).toHaveLength(1);
  });

  it('an empty validation split is named', () => {
    expect(resultWarnings(ended(0.2), 3)).toEqual([expect.stringContaining('no validation images')]);
  });
});

describe('of a run that is about to start', () => {
  const outlook = (changes: Partial<RunOutlook['spec']>, train = 33, val = 10): RunOutlook => ({
    spec: { batchSize: 32, epochs: 2, limit: {}, warmUp: null, ...changes },
    splits: {
      train: { count: train, labelled: true, perClass: [] },
      val: { count: val, labelled: true, perClass: [] },
    },
    hasBatchNorm: true,
  });

  it('batches of one under BatchNorm are named, all of them or the last', () => {
    expect(settingsWarnings(outlook({ batchSize: 1 }))).toEqual([expect.stringContaining('batches of one')]);
    expect(settingsWarnings(outlook({}))).toEqual([expect.stringContaining('33 in batches of 32')]);
    expect(settingsWarnings(outlook({ batchSize: 16, limit: { train: 32 } }))).toEqual([]);
    expect(settingsWarnings({ ...outlook({}), hasBatchNorm: false })).toEqual([]);
  });

  it('a batch of all images is named', () => {
    expect(settingsWarnings(outlook({}, 32))).toEqual([expect.stringContaining('all 32 training images')]);
  });

  it('validation images that are missing are named', () => {
    expect(settingsWarnings(outlook({}, 64, 0))).toEqual([expect.stringContaining('no validation images')]);
  });

  it('a warm-up that leaves little of the run is named', () => {
    const warmUp = (epochs: number): string[] =>
      settingsWarnings(outlook({ warmUp: { epochs, startFactor: 0.01 } }, 64));
    expect(warmUp(1)).toEqual([]);
    expect(warmUp(1.5)).toEqual([expect.stringContaining('3 of 4 steps')]);
    expect(warmUp(5)).toEqual([expect.stringContaining('never reaches')]);
  });
});
