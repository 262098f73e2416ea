import { expect, test } from 'vitest';
import { confusionCsv, partOf, supportOf, worstClasses } from '../../../renderer/features/results/confusions.ts';

const report = {
  classNames: ['boot', 'bag, large', 'coat', 'unseen'],
  classIds: ['0', '1', '2', '3'],
  total: 10,
  pairs: [],
  // truth, decision, count
  cells: [0, 0, 4, 1, 1, 1, 1, 2, 2, 2, 2, 1, 2, 0, 1, 2, 3, 1],
};

test('the worst classes are those recognised least often; what has no images is none of them', () => {
  expect([...supportOf(report)]).toEqual([4, 3, 3, 0]);
  expect(worstClasses(report, 1)).toEqual([1, 2]);
  expect(worstClasses(report, 2)).toEqual([0, 1, 2]);
  // the coat is taken for a boot and for what has no images equally often: the first of them is shown
  expect(worstClasses(report, 9)).toEqual([0, 1, 2]);
});

test('a part keeps rows and columns of its classes, numbered anew', () => {
  expect(partOf(report, [1, 2])).toMatchObject({
    classNames: ['bag, large', 'coat'],
    classIds: ['1', '2'],
    cells: [0, 0, 1, 0, 1, 2, 1, 1, 1],
  });
});

test('the sheet holds the whole matrix', () => {
  expect(confusionCsv(report).split('\r\n')).toEqual([
    'true class,boot,"bag, large",coat,unseen',
    'boot,4,0,0,0',
    '"bag, large",0,1,2,0',
    'coat,1,0,1,1',
    'unseen,0,0,0,0',
  ]);
});
