/**
 * Stochastic depth (Huang et al. 2016, arXiv:1603.09382): in training a picture now and then skips the branch of a
 * residual block.
 */
import type { ModelOptions } from '../../contract/runSpec.ts';
import type { Builder, Value } from './builder.ts';
import { scaledDepth } from './families/widths.ts';

/**
 * For the branch of each of `blocks` residual blocks in turn, just before it is added: block i of n is skipped with
 * probability `dropPath` · i / (n − 1), a branch that is not skipped is divided by the probability of that (timm's
 * `drop_path`). The network as it is without the option. The blocks of a transformer have two `branches`, which are
 * skipped independently.
 */
export function stochasticDepth<V extends Value>(
  builder: Builder<V>,
  { dropPath = 0 }: ModelOptions,
  blocks: number,
  branches = 1,
): (branch: V) => V {
  let calls = 0;
  return (branch) => {
    const block = Math.floor(calls / branches);
    const rate = blocks > 1 ? (dropPath * block) / (blocks - 1) : 0;
    calls++;
    return rate === 0 ? branch : builder.dropout(branch, `drop_path${calls}`, rate, 'picture');
  };
}

/** Blocks of all stages together. */
export function totalBlocks(stages: readonly number[], options: ModelOptions): number {
  return stages.reduce((sum, blocks) => sum + scaledDepth(blocks, options), 0);
}
