/** Where a run went on under other settings, or left another run. */
import type { RunSpec } from '../contract/runSpec.ts';

export interface RunChange {
  readonly epoch: number;
  readonly words: string;
}

export function changesOf({
  resumedWith = [],
  branchedFrom,
}: Pick<RunSpec, 'resumedWith' | 'branchedFrom'>): RunChange[] {
  return [
    ...(branchedFrom ? [{ epoch: branchedFrom.epoch, words: `branch of ${branchedFrom.name}` }] : []),
    ...resumedWith.map(({ epoch, before }) => ({ epoch, words: Object.keys(before).join(', ') })),
  ];
}
