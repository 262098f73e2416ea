/** Names of networks that are made of blocks: one table of branches a kind of block, the same on both sides. */
import type { LayerRow } from '../../models/describe.ts';

/** Foreign branch by ours; ours is what follows the block's prefix. */
export type Branches = Readonly<Record<string, string>>;

/** Our prefix, the foreign block, its branches. */
export type Block = readonly [prefix: string, foreign: string, branches: Branches];

/** Convolutions and their BatchNorms by a table of blocks; `conv` and `bn` say what follows the foreign branch. */
export function blockNames(
  layers: readonly LayerRow[],
  blocks: readonly Block[],
  parts: { readonly conv: string; readonly bn: string },
): Map<string, string> {
  const found = new Map<string, string>();
  const known = new Set(layers.map(({ name }) => name));
  for (const [prefix, foreign, branches] of blocks) {
    for (const [own, theirs] of Object.entries(branches)) {
      const path = [foreign, theirs].filter((part) => part !== '').join('.');
      const name = `${prefix}${own}`;
      if (!known.has(name)) continue;
      found.set(name, `${path}${parts.conv}`);
      found.set(`${name}_bn`, `${path}${parts.bn}`);
    }
  }
  return found;
}

/** How many blocks `<prefix>1…`, `<prefix>2…` there are. */
export function countBlocks(layers: readonly LayerRow[], prefix: RegExp): number {
  return Math.max(0, ...layers.map(({ name }) => Number(prefix.exec(name)?.[1] ?? 0)));
}

/** 0, 1, … below `count`. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
