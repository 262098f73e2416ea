import { count, fixed } from '../../format/numbers.ts';
import type { CurveSettings } from './curveSettings.ts';

/** A place on the axis: epoch 12.40, step 3,100. */
export function placeWords(at: number, axis: CurveSettings['axis']): string {
  return axis === 'epoch' ? `epoch ${fixed(at, 2)}` : `step ${count(at)}`;
}
