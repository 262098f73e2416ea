import { expect, test } from 'vitest';
import type { RunState } from '../../../contract/run.ts';
import { latestRuns } from '../../../renderer/features/home/latestRuns.ts';
import { unvotedGroup } from '../../../renderer/features/home/useNextStep.ts';

const run = (id: string, group: string | null, state: RunState, endedAt: string | null = '2026-01-01') => ({
  id,
  group,
  state,
  endedAt,
});

test('runs queued together vote once all of them have ended, and once only', () => {
  const group = [run('a', 'g', 'finished'), run('b', 'g', 'finished'), run('c', 'g', 'failed')];
  expect(unvotedGroup(group, [])).toEqual(['a', 'b']);
  expect(unvotedGroup([...group, run('d', 'g', 'queued', null)], [])).toEqual([]);
  expect(unvotedGroup([...group, run('d', 'g', 'training', null)], [])).toEqual([]);
  expect(unvotedGroup(group, [{ members: [{ memberId: 'a' }] }])).toEqual(['a', 'b']);
  expect(unvotedGroup(group, [{ members: [{ memberId: 'b' }, { memberId: 'x' }, { memberId: 'a' }] }])).toEqual([]);
});
test('one run alone, or runs that were queued apart, are no group', () => {
  expect(unvotedGroup([run('a', 'g', 'finished'), run('b', null, 'finished')], [])).toEqual([]);
  expect(unvotedGroup([], [])).toEqual([]);
});
test('the newest group is the one to vote', () => {
  expect(
    unvotedGroup(
      [
        run('a', 'g', 'finished'),
        run('b', 'g', 'finished'),
        run('c', 'h', 'finished', '2026-02-01'),
        run('d', 'h', 'finished', '2026-02-01'),
      ],
      [],
    ),
  ).toEqual(['c', 'd']);
});

test('Home draws the run that trains with those of its group, else the ones started last', () => {
  const begun = (id: string, group: string | null, startedAt: string, state: RunState = 'finished', step = 9) => ({
    ...run(id, group, state),
    startedAt,
    step,
  });
  const old = [begun('a', 'g', '2026-01-01'), begun('b', 'g', '2026-01-02')];
  const alone = begun('c', null, '2026-01-03');
  const ids = (runs: Parameters<typeof latestRuns>[0]): string[] => latestRuns(runs).map(({ id }) => id);
  expect(ids([alone, ...old])).toEqual(['c']);
  expect(ids(old.toReversed())).toEqual(['a', 'b']);
  // one that has not taken a step has no curve
  expect(ids([...old, begun('d', null, '2026-02-01', 'starting', 0)])).toEqual(['a', 'b']);
  expect(ids([alone, begun('e', 'g', '2026-01-01', 'training'), ...old])).toEqual(['e', 'a', 'b']);
  expect(ids([])).toEqual([]);
  const many = Array.from({ length: 12 }, (_, i) => begun(`r${i}`, 'm', `2026-03-${10 + i}`));
  expect(ids(many)).toEqual(['r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'r11']);
});
