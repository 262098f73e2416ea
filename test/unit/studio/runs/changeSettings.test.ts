import { expect, test } from 'vitest';
import type { SettingsOnResume } from '../../../../contract/settings/resumedRun.ts';
import type { RunSpec } from '../../../../contract/runSpec.ts';
import { resumedSpec } from '../../../../core/studio/runs/changeSettings.ts';
import { flattenSettings } from '../../../../pure/settingsDiff.ts';
import { exampleSpec } from '../../cli/exampleSpec.ts';
import { exampleCard } from '../../db/examples.ts';

const AT = { step: 30, epoch: 3 };
const changed = (changes: SettingsOnResume, spec: RunSpec = exampleSpec): RunSpec =>
  resumedSpec(spec, changes, AT, exampleCard());

test('what changes is in the spec, with what it was until then', () => {
  const spec = changed({ epochs: 20, lr: 0.001 });
  expect(spec).toEqual({
    ...exampleSpec,
    epochs: 20,
    lr: 0.001,
    resumedWith: [{ step: 30, epoch: 3, before: { epochs: 10, lr: 0.01 } }],
  });
  expect(changed({ epochs: 30 }, spec).resumedWith).toHaveLength(2);
  expect(Object.fromEntries(flattenSettings(spec))['resumedWith']).toBe('1 values');
});

test('nothing that changes leaves the spec as it is', () => {
  expect(changed({ epochs: 10, schedule: { kind: 'constant' } })).toBe(exampleSpec);
});

test.each<[string, SettingsOnResume, string]>([
  ['fewer epochs than are trained', { epochs: 2 }, 'epochs'],
  ['a value out of range', { lr: -1 }, 'lr'],
  ['another metric than found the best epoch', { earlyStopping: { patience: 3, metric: 'val/top1' } }, 'metric'],
  ['a warm-up beside one cycle', { schedule: { kind: 'oneCycle' }, warmUp: { epochs: 1 } }, 'warmUp'],
])('refused: %s', (_what, changes, field) => {
  expect(() => changed(changes)).toThrow(expect.objectContaining({ code: 'run.badSpec' }));
  expect(() => changed(changes)).toThrow(field);
});
