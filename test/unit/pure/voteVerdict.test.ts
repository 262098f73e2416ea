import { expect, test } from 'vitest';
import { voteVerdict } from '../../../pure/voteVerdict.ts';

const member = (name: string, accuracy: number | null, pValue: number | null = null) => ({ name, accuracy, pValue });

test('a vote below its best member is said to be', () => {
  const verdict = voteVerdict(0.818, [member('weak', 0.8), member('strong', 0.822, 0.86)]);
  expect(verdict?.best.name).toBe('strong');
  expect(verdict?.difference).toBeCloseTo(-0.004, 9);
  expect(verdict?.significant).toBe(false);
});

test('a vote far above all members is significantly better; without labels there is no verdict', () => {
  expect(voteVerdict(0.96, [member('only', 0.8, 1e-6)])?.significant).toBe(true);
  expect(voteVerdict(null, [member('only', null)])).toBeNull();
});
