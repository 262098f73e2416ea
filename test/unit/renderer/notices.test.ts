import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, test, vi } from 'vitest';
import { useNoticesStore } from '../../../renderer/features/shell/noticesStore.ts';

beforeEach(() => {
  setActivePinia(createPinia());
});

test('what is announced is done when its line goes, by itself or for another one', async () => {
  const notices = useNoticesStore();
  const first = vi.fn(async () => undefined);
  const second = vi.fn(async () => undefined);
  const undo = vi.fn();
  notices.announce('one goes', first, undo);
  expect(first).not.toHaveBeenCalled();
  notices.announce('two goes', second, undo);
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 0]);
  notices.dismiss();
  expect(second).toHaveBeenCalledTimes(1);
  expect(undo).not.toHaveBeenCalled();
});

test('undone, it is never done', async () => {
  const notices = useNoticesStore();
  const settle = vi.fn(async () => undefined);
  const undo = vi.fn();
  notices.announce('one goes', settle, undo);
  await notices.undo();
  expect([settle.mock.calls.length, undo.mock.calls.length, notices.current]).toEqual([0, 1, null]);
});

test('what fails when it is done is said', async () => {
  const notices = useNoticesStore();
  notices.announce(
    'one goes',
    () => Promise.reject(new Error('the disk is away')),
    () => undefined,
  );
  notices.dismiss();
  await vi.waitFor(() =>
    expect(notices.current).toMatchObject({ tone: 'bad', text: expect.stringContaining('the disk is away') as string }),
  );
});
