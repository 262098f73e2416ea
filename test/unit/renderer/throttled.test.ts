import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { throttled } from '../../../renderer/ui/throttled.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first is done at once, many within the time are one more, and none is lost', () => {
  const work = vi.fn();
  const ask = throttled(work, 100);
  ask();
  expect(work).toHaveBeenCalledTimes(1);
  for (let i = 0; i < 50; i++) ask();
  expect(work).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(100);
  expect(work).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(1000);
  expect(work).toHaveBeenCalledTimes(2);
  ask();
  expect(work).toHaveBeenCalledTimes(3);
});
