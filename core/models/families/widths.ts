/** How the options that shrink or grow a network change its numbers: one rule for all families. */
import type { ModelOptions } from '../../../contract/runSpec.ts';

/**
 * `filters` times `widthFactor`, to the nearest multiple of `multiple` (8 unless given, or what groups demand), at
 * least one multiple.
 */
export function scaledWidth(filters: number, options: ModelOptions, multiple = 8): number {
  const { widthFactor = 1 } = options;
  if (widthFactor === 1) return filters;
  return Math.max(multiple, Math.round((filters * widthFactor) / multiple) * multiple);
}

/** `blocks` times `depthFactor`, rounded, at least 1. */
export function scaledDepth(blocks: number, options: ModelOptions): number {
  return Math.max(1, Math.round(blocks * (options.depthFactor ?? 1)));
}
