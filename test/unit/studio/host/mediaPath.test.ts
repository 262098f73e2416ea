import { expect, test } from 'vitest';
import {
  datasetPictureUrls,
  evaluationPictureUrls,
  exportUrl,
  inputUrl,
  parseMediaPath,
} from '../../../../core/studio/host/mediaPath.ts';

const none = new URLSearchParams();

test('what is written is read back', () => {
  expect(parseMediaPath(datasetPictureUrls('d-1', 'val', 17).thumbnail, none)).toEqual({
    kind: 'dataset',
    dataset: 'd-1',
    split: 'val',
    index: 17,
    form: 'thumb',
    size: 128,
  });
  expect(parseMediaPath(datasetPictureUrls('d-1', 'val', 17).full, none)).toMatchObject({ form: 'full', size: 2048 });
  expect(parseMediaPath(evaluationPictureUrls('v-1', 4).full, none)).toMatchObject({
    kind: 'evaluation',
    evaluation: 'v-1',
    index: 4,
    form: 'full',
  });
  expect(parseMediaPath(inputUrl('d-1', 'train', 3, { seed: 1 }), none)).toMatchObject({ kind: 'input', index: 3 });
  expect(parseMediaPath(decodeURIComponent(exportUrl('abc', 'my predictions.csv')), none)).toEqual({
    kind: 'export',
    id: 'abc',
    file: 'my predictions.csv',
  });
});

test.for([
  ['32', 32],
  ['33', 64],
  ['500', 512],
  ['100000', 512],
  ['-1', 32],
  ['x', 128],
] as const)('size %s becomes %i', ([asked, size]) => {
  expect(parseMediaPath('/media/datasets/d-1/val/17/thumb', new URLSearchParams({ size: asked }))).toMatchObject({
    size,
  });
});

test.for([
  '/media/',
  '/media/datasets/../../etc/passwd',
  '/media/datasets/d-1/val/17',
  '/media/datasets/d-1/val/-1/thumb',
  '/media/datasets/d-1/val/01/thumb',
  '/media/datasets/d-1/all/1/thumb',
  '/media/datasets/.d/val/1/thumb',
  '/media/datasets/d-1/val/1/thumb/',
  '/media/datasets/d/1/val/1/thumb',
  '/media/exports/abc/../x.csv',
  '/media/exports/abc/a..b',
  '/media/exports/abc/.hidden',
  '/media/exports/../x',
  '/media/exports/abc/a/b',
  '/media/predictions/p-1/0/thumb',
  '/media/evaluations/p-1/99999999999/thumb',
  '/media/evaluations/../4/thumb',
  '/media/evaluations/v-1/4',
  '/medias/x',
  'media/datasets/d-1/val/1/thumb',
  '/media/exports/abc/a\\b',
  '/media/exports/abc/a\0',
])('%j means nothing', (path) => {
  expect(parseMediaPath(path, none)).toBeNull();
});
