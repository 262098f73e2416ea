import { expect, test } from 'vitest';
import { type ComparedRun, comparisonNotes } from '../../../pure/comparisonNotes.ts';

const run = (seed: number, lr: number, top1: number, more: object = {}): ComparedRun => ({
  name: `run ${seed}`,
  spec: { seed, lr, ...more } as ComparedRun['spec'],
  best: { 'val/top1': top1 },
});

test('a difference over seeds is called one only with its test', () => {
  const clear = [
    run(1, 0.1, 0.5),
    run(2, 0.1, 0.51),
    run(3, 0.1, 0.49),
    run(1, 0.2, 0.6),
    run(2, 0.2, 0.61),
    run(3, 0.2, 0.62),
  ];
  expect(comparisonNotes(clear)).toEqual([
    'lr 0.1 and lr 0.2 differ by -11.00 points top-1 over seeds (95 % interval -13.27 points to -8.73 points, p 0.0002, Welch).',
  ]);
  const noisy = [run(1, 0.1, 0.5), run(2, 0.1, 0.6), run(1, 0.2, 0.56), run(2, 0.2, 0.58)];
  expect(comparisonNotes(noisy)).toEqual([expect.stringMatching(/^Nothing says that lr 0\.1 and lr 0\.2 differ/)]);
  // one seed each says nothing
  expect(comparisonNotes([run(1, 0.1, 0.5), run(1, 0.2, 0.9)])).toEqual([]);
});

test('a run that was changed after its figures were seen is named, one that was changed before is not', () => {
  const seen = run(1, 0.1, 0.5, { resumedWith: [{ epoch: 0.5 }, { epoch: 3 }, { epoch: 4.25 }] });
  expect(comparisonNotes([seen])).toEqual([expect.stringContaining('at epoch 3, 4.25, after its validation figures')]);
  expect(comparisonNotes([run(1, 0.1, 0.5, { resumedWith: [{ epoch: 0.5 }] })])).toEqual([]);
  const branch = run(1, 0.1, 0.5, { branchedFrom: { run: 'r', name: 'first', epoch: 2, seq: 3, step: 20 } });
  expect(comparisonNotes([branch])).toEqual([expect.stringContaining('is a branch of “first” from epoch 2')]);
});
