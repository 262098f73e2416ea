/** Opens a weight file at one entry of it. */
import type { WeightFile } from '../formats/weightFile.ts';
import { openWeights } from '../weights/openWeights.ts';

/** Without `entry`, the weights that the file itself puts first. Errors as `openWeights`. */
export function openEntry(path: string, entry: string | undefined): Promise<WeightFile> {
  return openWeights(path, entry === undefined ? {} : { entry });
}
