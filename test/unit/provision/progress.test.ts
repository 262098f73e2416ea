import { expect, test } from 'vitest';
import type { InstallProgress } from '../../../contract/engine.ts';
import { StageProgress } from '../../../core/provision/progress.ts';

test('rate and time left come from the last seconds, and the end is told once', () => {
  const told: InstallProgress[] = [];
  let nowMs = 0;
  const progress = new StageProgress(
    'download',
    'a.whl',
    1000,
    (one) => told.push(one),
    () => nowMs,
  );
  // slow for six seconds, then fast
  for (nowMs = 1000; nowMs <= 6000; nowMs += 1000) progress.report(nowMs / 100);
  expect(told.at(-1)).toMatchObject({ done: 60, total: 1000, perSec: 10, secondsLeft: 94 });
  for (nowMs = 7000; nowMs <= 14000; nowMs += 1000) progress.report(60 + (nowMs - 6000) / 10);
  expect(told.at(-1)).toMatchObject({ done: 860, perSec: 100, secondsLeft: 1.4 });
  nowMs = 14050;
  progress.report(900);
  expect(told.at(-1)?.done).toBe(860);
  progress.report(1000);
  progress.report(1000);
  expect(told.filter((one) => one.done === 1000)).toHaveLength(1);
});
