import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { jobEnvironment, type ProcessorUse } from '../../../../core/studio/jobs/jobEnvironment.ts';

const OWN = { QUORUM_CACHE: '/nowhere' };
const threads = (use?: ProcessorUse): (string | undefined)[] => {
  const env = jobEnvironment(OWN, 'cpu', use);
  return ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS', 'OMP_WAIT_POLICY'].map(
    (name) => env[name],
  );
};

test('a job computes with as many threads as its engine chooses, unless it is told', () => {
  expect(threads()).toEqual([undefined, undefined, undefined, undefined]);
  expect(threads({ threads: 3 })).toEqual(['3', undefined, '3', undefined]);
});

test('on a shared processor it computes with half of the cores, and does not spin', () => {
  const half = String(Math.max(1, Math.floor(availableParallelism() / 2)));
  expect(threads({ shared: true })).toEqual([half, '1', half, 'PASSIVE']);
  expect(threads({ threads: 5, shared: true })).toEqual(['5', '1', '5', 'PASSIVE']);
});
