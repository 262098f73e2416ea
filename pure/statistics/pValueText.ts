/** A p-value as all tables and sentences write it. */

const SMALLEST_WRITTEN = 0.0001;

/** "0.0312", or "below 0.0001". */
export function pValueText(pValue: number): string {
  return pValue < SMALLEST_WRITTEN ? `below ${SMALLEST_WRITTEN}` : pValue.toFixed(4);
}
