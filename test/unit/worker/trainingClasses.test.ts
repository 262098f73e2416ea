import { expect, it } from 'vitest';
import { requireSameClasses } from '../../../core/worker/trainingData.ts';

const run = { classIds: ['n1', 'n2'], classNames: ['cat', 'dog'] };

it('a run goes on with the classes that it was made for, in their order', () => {
  expect(() => requireSameClasses(run, { name: 'set', ...run })).not.toThrow();
  const renamed = { name: 'set', classIds: ['n1', 'n2'], classNames: ['a cat', 'a dog'] };
  expect(() => requireSameClasses(run, renamed)).not.toThrow();
});

it('a data set that lists them otherwise by now is refused', () => {
  const turned = { name: 'set', classIds: ['n2', 'n1'], classNames: ['dog', 'cat'] };
  expect(() => requireSameClasses(run, turned)).toThrow(
    expect.objectContaining({
      code: 'dataset.changed',
      message: expect.stringContaining('lists the classes in another order') as string,
    }),
  );
  const more = { name: 'set', classIds: ['n1', 'n2', 'n3'], classNames: ['cat', 'dog', 'bee'] };
  expect(() => requireSameClasses(run, more)).toThrow(/does not know 1 class: bee/);
});
