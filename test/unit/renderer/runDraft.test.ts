import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readDraft, writeDraft } from '../../../renderer/features/newRun/runDraft.ts';
import { emptyForm } from '../../../renderer/features/newRun/runForm.ts';

const kept = new Map<string, string>();
beforeEach(() => {
  kept.clear();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => {
      kept.set(key, value);
    },
    removeItem: (key: string) => {
      kept.delete(key);
    },
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test('a form that was begun comes back as it was, until it is thrown away', () => {
  expect(readDraft()).toBeNull();
  const form = {
    ...emptyForm(),
    name: 'half typed',
    models: ['vgg16', 'resnet18'],
    fineTuning: { ...emptyForm().fineTuning, from: { kind: 'run' as const, run: 'r-1' } },
  };
  form.numbers.lr = '1e-3, 1e';
  writeDraft(form);
  expect(readDraft()).toEqual(form);
  writeDraft(null);
  expect(readDraft()).toBeNull();
});

test.each([
  ['no JSON', 'not json'],
  ['another kind of value', '[1, 2]'],
  ['a form of an older version, without a field', JSON.stringify({ ...emptyForm(), optimizer: undefined })],
  ['a number where a text was', JSON.stringify({ ...emptyForm(), numbers: { ...emptyForm().numbers, lr: 0.1 } })],
  ['a text where a list was', JSON.stringify({ ...emptyForm(), models: 'vgg11' })],
])('what does not fit is not taken: %s', (_what, text) => {
  kept.set('quorum.newRun', text);
  expect(readDraft()).toBeNull();
});

test('without storage nothing is kept, and nothing breaks', () => {
  vi.stubGlobal('sessionStorage', {
    getItem: () => {
      throw new Error('denied');
    },
    setItem: () => {
      throw new Error('denied');
    },
    removeItem: () => undefined,
  });
  writeDraft(emptyForm());
  expect(readDraft()).toBeNull();
});
