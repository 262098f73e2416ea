import { expect, test } from 'vitest';
import { nameApart } from '../../../../core/studio/results/tablesByDataset.ts';

test('runs of one name have rows of their own; a run under several protocols stays one row', () => {
  const named = nameApart([
    { network: 'vgg11 on photos', runId: 'r-1' },
    { network: 'vgg11 on photos', runId: 'r-2' },
    { network: 'vgg11 on photos', runId: 'r-1' },
    { network: 'vgg13 on photos', runId: 'r-3' },
    { network: 'vgg13 on photos', runId: 'r-3' },
    { network: 'resnet50', runId: null },
  ]);
  expect(named.map(({ network }) => network)).toEqual([
    'vgg11 on photos (r-1)',
    'vgg11 on photos (r-2)',
    'vgg11 on photos (r-1)',
    'vgg13 on photos',
    'vgg13 on photos',
    'resnet50',
  ]);
});
