import { expect, it } from 'vitest';
import { noteKinds } from '../../../renderer/features/datasets/noteKinds.ts';

it('warnings are told from other notes, and lose the word that marks them', () => {
  expect(noteKinds(['WARNING: the images are black', 'unpacked from a.zip'])).toEqual({
    warnings: ['the images are black'],
    others: ['unpacked from a.zip'],
  });
});
