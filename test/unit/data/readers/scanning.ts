/** Scanning a folder in tests, and what it found. */
import { StudioError } from '../../../../contract/errors.ts';
import type { Scan, ScanOptions } from '../../../../core/data/readers/reader.ts';
import { detectLayout } from '../../../../core/data/readers/registry.ts';

/** Scan of the layout that is recognized, val drawn from a fifth. */
export function scan(path: string, options: Partial<ScanOptions> = {}): Scan & { layout: string } {
  const { reader, tree, manifest } = detectLayout(path, 'auto', options.nested);
  return { ...reader.scan(tree, { val: 0.2, test: 0, seed: 0, manifest, ...options }), layout: reader.layout };
}

/** Pictures of each split and class: `train/0` → 8. */
export function tally({ entries }: Scan): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { split, label } of entries) counts[`${split}/${label}`] = (counts[`${split}/${label}`] ?? 0) + 1;
  return counts;
}

export function errorOf(action: () => unknown): StudioError {
  try {
    action();
  } catch (error) {
    if (error instanceof StudioError) return error;
    throw error;
  }
  throw new Error('expected an error');
}
