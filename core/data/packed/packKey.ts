/** Which packed cache belongs to which preprocessing. */
import type { DatasetCard } from '../../../contract/dataset.ts';
import { packedColorOf, type Preprocessing } from '../../../contract/inputSpec.ts';
import type { PackKey } from '../types.ts';

export function packKeyOf(preprocessing: Preprocessing): PackKey {
  const { size, fit, interpolation } = preprocessing;
  return { size, color: packedColorOf(preprocessing), fit, interpolation };
}

/** Side of the pictures when all of them are squares of one size, else null. */
export function nativeSide({ sizes }: Pick<DatasetCard, 'sizes'>): number | null {
  const { minWidth, maxWidth, minHeight, maxHeight } = sizes;
  return minWidth === maxWidth && minHeight === maxHeight && minWidth === minHeight ? minWidth : null;
}

/** Where no picture needs resizing, fit and interpolation make no difference: one cache serves all. */
export function canonicalKey(card: Pick<DatasetCard, 'sizes'>, key: PackKey): PackKey {
  return nativeSide(card) === key.size ? { ...key, fit: 'cover', interpolation: 'lanczos3' } : key;
}

/** File name without ending. */
export function packName({ size, color, fit, interpolation }: PackKey): string {
  return `${size}-${color}-${fit}-${interpolation}`;
}

export function channelsOfKey({ color }: Pick<PackKey, 'color'>): number {
  return color === 'gray' ? 1 : 3;
}
