import { describe, expect, it } from 'vitest';
import { fineTuningSettings, lrGroups, unfreezing } from '../../../cli/options/fineTuningOptions.ts';
import { trainRequest } from '../../../cli/trainRequest.ts';

describe('options of fine-tuning', () => {
  it('groups of the learning rate', () => {
    expect(lrGroups('head=10,conv1*=0.1')).toEqual([
      { layers: 'head', factor: 10 },
      { layers: 'conv1*', factor: 0.1 },
    ]);
    expect(lrGroups('conv1*, conv2*=0.1')).toEqual([{ layers: 'conv1*,conv2*', factor: 0.1 }]);
    for (const wrong of ['head', 'head=', '=3', 'head=ten', 'head=1,conv'])
      expect(() => lrGroups(wrong), wrong).toThrow();
  });

  it('unfreezing', () => {
    expect(unfreezing('2:conv5*,bn5*,5:*')).toEqual([
      { epoch: 2, layers: 'conv5*,bn5*' },
      { epoch: 5, layers: '*' },
    ]);
    for (const wrong of ['conv5*', '2:', '2', ',2:conv']) expect(() => unfreezing(wrong), wrong).toThrow();
  });

  it('one way to say what trains', () => {
    expect(fineTuningSettings({ freeze: 'conv*' }, undefined, undefined)).toEqual({
      trains: { kind: 'except', layers: 'conv*' },
    });
    expect(fineTuningSettings({ trainFrom: 'fc6' }, undefined, undefined)).toEqual({
      trains: { kind: 'from', layer: 'fc6' },
    });
    expect(() => fineTuningSettings({ freeze: 'conv*', trainOnly: 'head' }, undefined, undefined)).toThrow(
      expect.objectContaining({ code: 'input.invalid' }),
    );
    expect(() => fineTuningSettings({ initEntry: 'ema' }, undefined, { kind: 'imported', weights: 'w' })).toThrow(
      expect.objectContaining({ code: 'input.invalid' }),
    );
  });

  it('over a preset or a spec file; nothing said leaves them as they are', () => {
    expect(trainRequest({}, {})).not.toHaveProperty('fineTuning');
    expect(
      trainRequest(
        { init: 'vgg16.npy', newHead: false },
        { fineTuning: { newHead: true, loads: 'conv*' } },
        { kind: 'file', path: '/a/vgg16.npy' },
      ).fineTuning,
    ).toEqual({ newHead: false, loads: 'conv*', from: { kind: 'file', path: '/a/vgg16.npy' } });
  });
});
