import { expect, test } from 'vitest';
import { areSynsets, synsetWords } from '../../../../core/data/readers/synsetNames.ts';

test('the thousand classes of ILSVRC2012, by their ids', () => {
  const words = synsetWords();
  expect(words.size).toBe(1000);
  expect(words.get('n01440764')).toBe('tench, Tinca tinca');
  expect(words.get('n02124075')).toBe('Egyptian cat');
  expect(words.get('n15075141')).toBe('toilet tissue, toilet paper');
  expect([...words.values()].filter((name) => name.trim() === '')).toEqual([]);
});

test('a folder of synsets is told from others by nearly all of its names', () => {
  expect(areSynsets(['n02124075', 'n02129165'])).toBe(true);
  expect(areSynsets(['n02124075', 'cats'])).toBe(false);
  expect(areSynsets([])).toBe(false);
});
