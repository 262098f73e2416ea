import { expect, test } from 'vitest';
import { Optimizer, OPTIMIZER_KINDS, slotNames } from '../../../contract/optimizers.ts';
import { checkpointBytes } from '../../../core/studio/api/runs/runForecast.ts';
import { describeNetwork } from '../../../core/models/describe.ts';
import { getModel } from '../../../core/models/registry.ts';

const NETWORK = { learnable: 1000, statistics: 10 };

test.each<[string, Parameters<typeof Optimizer.parse>[0], number]>([
  ['Adam keeps two moments', { kind: 'adam' }, 2],
  ['AdamW too', { kind: 'adamw' }, 2],
  ['SGD with momentum keeps one velocity', { kind: 'sgd' }, 1],
  ['SGD without momentum keeps nothing', { kind: 'sgd', momentum: 0 }, 0],
  ['RMSprop keeps the mean square', { kind: 'rmsprop' }, 1],
  ['Lion keeps one momentum', { kind: 'lion' }, 1],
  ['RMSprop with momentum keeps both', { kind: 'rmsprop', momentum: 0.9 }, 2],
])('%s', (_what, settings, slots) => {
  const optimizer = Optimizer.parse(settings);
  expect(slotNames(optimizer)).toHaveLength(slots);
  expect(checkpointBytes({ optimizer, averaging: null }, NETWORK)).toBe(4 * (1010 + slots * 1000));
  expect(checkpointBytes({ optimizer, averaging: null }, NETWORK, 200)).toBe(4 * (1010 + slots * 200));
  const averaging = { decay: 0.9, warmUp: true };
  expect(checkpointBytes({ optimizer, averaging }, NETWORK)).toBe(4 * (2 * 1010 + slots * 1000));
});

test('the memory of a step goes by the slots of the optimizer', () => {
  const network = describeNetwork(getModel('vgg11'), { size: 32, channels: 3, classes: 10, options: {} });
  const bytes = (slots: number): number => network.memory(8, 'f32', { slots }).optimizerBytes;
  expect([0, 1, 2].map(bytes)).toEqual([0, 4 * network.learnable, 8 * network.learnable]);
  expect(network.memory(8, 'f32').optimizerBytes).toBe(bytes(2));
  expect(network.memory(8, 'f32', { trained: 7, slots: 1 }).optimizerBytes).toBe(28);
});

test('every optimizer has defaults for all its settings', () => {
  for (const kind of OPTIMIZER_KINDS) expect(Optimizer.parse({ kind }).kind).toBe(kind);
});
