import { expect, test } from 'vitest';
import type { VoteReport } from '../../../contract/api/ensembles.ts';
import { verdictOf } from '../../../renderer/features/ensembles/verdict.ts';

const accuracy = (correct: number, total = 500) => ({
  correct,
  total,
  accuracy: correct / total,
  interval: { low: correct / total - 0.03, high: correct / total + 0.03 },
});
const member = (correct: number | null, pValue: number | null = null): VoteReport['members'][number] => ({
  predictionId: 'p',
  runId: `r-${correct ?? 0}`,
  label: 'vgg11',
  top1: correct === null ? null : accuracy(correct),
  top5: null,
  logLoss: null,
  without: null,
  gain: null,
  pValue,
});

test('a vote below its best member is said to be', () => {
  const verdict = verdictOf({ vote: accuracy(409), members: [member(400), member(411, 0.86)] });
  expect(verdict?.best.runId).toBe('r-411');
  expect(verdict?.difference).toBeCloseTo(-0.004, 9);
  expect(verdict?.significant).toBe(false);
});

test('a vote far above all members is significantly better; without labels there is no verdict', () => {
  expect(verdictOf({ vote: accuracy(480), members: [member(400, 1e-6)] })?.significant).toBe(true);
  expect(verdictOf({ vote: null, members: [member(null)] })).toBeNull();
});
