import { expect, test } from 'vitest';
import type { RunState } from '../../../contract/run.ts';
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
