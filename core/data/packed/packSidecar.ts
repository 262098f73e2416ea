/** The small JSON beside a packed file: what it was made from and how to tell that it is whole. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Interpolation } from '../../../contract/inputSpec.ts';
import { ColorMode, Fit } from '../../../contract/dataset.ts';
import { ValueRange } from '../../../contract/valueRange.ts';

export const PackSidecar = z.object({
  version: z.literal(1),
  key: z.object({
    size: z.int(),
    color: ColorMode,
    fit: Fit,
    interpolation: Interpolation,
    valueRange: ValueRange.optional(),
  }),
  /** Of the data set; a cache of another state of the data is rebuilt. */
  fingerprint: z.string(),
  counts: z.object({ train: z.int(), val: z.int(), test: z.int() }),
  sizeBytes: z.int(),
  sha256: z.string(),
  blockCrc32: z.array(z.int()),
  /** Pictures that were refused when it was made, as `split/path`: zeros are in their places. */
  blank: z.array(z.string()).optional(),
});
export type PackSidecar = z.infer<typeof PackSidecar>;

/** Null when it is missing or not what it should be. */
export function readSidecar(path: string): PackSidecar | null {
  try {
    return PackSidecar.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}
