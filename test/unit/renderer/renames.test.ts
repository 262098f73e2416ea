import { describe, expect, it } from 'vitest';
import type { MappingReport } from '../../../contract/weights/weights.ts';
import { tensorsFor, weightsToAssign } from '../../../renderer/features/weights/renames.ts';

const weight = (name: string, shape: number[], from: string | null): MappingReport['weights'][number] => ({
  name,
  shape,
  from: from === null ? null : { name: from, shape },
  made: false,
});
const mapping: MappingReport = {
  naming: 'torchvision',
  classes: 10,
  channels: 3,
  hasHead: true,
  weights: [
    weight('conv1/kernel', [7, 7, 3, 64], 'conv1.weight'),
    weight('fc/kernel', [512, 10], null),
    weight('fc/bias', [10], null),
  ],
  loaded: ['conv1/kernel'],
  missing: ['fc/kernel', 'fc/bias'],
  unused: ['top.w', 'top.b', 'other'],
  misshaped: [],
  notFinite: [],
  input: null,
  labels: null,
  outputs: null,
  protocol: null,
  notes: [],
};
const tensors = [
  { name: 'conv1.weight', dtype: 'f32', shape: [64, 3, 7, 7] },
  { name: 'other', dtype: 'f32', shape: [5120] },
  { name: 'top.w', dtype: 'f32', shape: [10, 512] },
  { name: 'top.b', dtype: 'f32', shape: [10] },
];

describe('weights without a tensor', () => {
  it('are those that are missing or of another shape', () => {
    expect(weightsToAssign(mapping).map(({ name }) => name)).toEqual(['fc/kernel', 'fc/bias']);
    const found = [5, 512];
    const misshaped = [{ name: 'conv1/kernel', foreignName: 'conv1.weight', expected: [7, 7, 3, 64], found }];
    expect(weightsToAssign({ ...mapping, misshaped })).toHaveLength(3);
  });

  it('are offered unused tensors of as many values, equal sides first', () => {
    const kernel = { name: 'fc/kernel', shape: [512, 10] };
    expect(tensorsFor(kernel, { tensors, mapping }, [])).toEqual(['top.w', 'other']);
    expect(tensorsFor(kernel, { tensors, mapping }, [{ from: 'top.w', to: 'elsewhere' }])).toEqual(['other']);
    expect(tensorsFor(kernel, { tensors, mapping }, [{ from: 'top.w', to: 'fc/kernel' }])).toContain('top.w');
  });
});
