/** Which packed cache belongs to which preprocessing. */
import type { DatasetCard } from '../../../contract/dataset.ts';
import { packedColorOf, type Preprocessing } from '../../../contract/inputSpec.ts';
import type { PackKey } from '../types.ts';

export function packKeyOf(preprocessing: Preprocessing): PackKey {
  const { size, fit, interpolation, valueRange } = preprocessing;
  return { size, color: packedColorOf(preprocessing), fit, interpolation, ...(valueRange && { valueRange }) };
}

/** Side of the pictures when all of them are squares of one size, else null. */
export function nativeSide({ sizes }: Pick<DatasetCard, 'sizes'>): number | null {
  const { minWidth, maxWidth, minHeight, maxHeight } = sizes;
  return minWidth === maxWidth && minHeight === maxHeight && minWidth === minHeight ? minWidth : null;
}

/**
 * Where no picture needs resizing, fit and interpolation make no difference: one cache serves all. Wide samples are
 * read
 * as the data set's own where the key does not say how.
 */
export function canonicalKey(card: Pick<DatasetCard, 'sizes' | 'valueRange'>, key: PackKey): PackKey {
  const valueRange = key.valueRange ?? card.valueRange;
  const ranged = valueRange === undefined ? key : { ...key, valueRange };
  return nativeSide(card) === key.size ? { ...ranged, fit: 'cover', interpolation: 'lanczos3' } : ranged;
}

/** File name without ending. */
export function packName({ size, color, fit, interpolation, valueRange }: PackKey): string {
  const range = valueRange === undefined ? '' : `-${valueRange.low}to${valueRange.high}`;
  return `${size}-${color}-${fit}-${interpolation}${range}`;
}

export function channelsOfKey({ color }: Pick<PackKey, 'color'>): number {
  return color === 'gray' ? 1 : 3;
}
