import { expect, it } from 'vitest';
import { runWarnings } from '../../../pure/runWarnings.ts';

it('nothing is said of a run that learns', () => {
  expect(runWarnings({ classes: 10, trainLoss: 2.31, validationLoss: 1.9 })).toEqual([]);
  expect(runWarnings({ classes: 2, trainLoss: 0.4, validationLoss: 0.6 })).toEqual([]);
});

it('the loss of guessing is named, and anything above it', () => {
  expect(runWarnings({ classes: 10, trainLoss: 2.303, validationLoss: 2.3026 })).toEqual([
    expect.stringContaining('not below ln 10 = 2.303'),
  ]);
  expect(runWarnings({ classes: 10, trainLoss: 1.7e12, validationLoss: null })).toHaveLength(1);
});

it('an empty validation split is named', () => {
  expect(runWarnings({ classes: 3, trainLoss: 0.2, validationLoss: undefined })).toEqual([
    expect.stringContaining('no validation images'),
  ]);
});
