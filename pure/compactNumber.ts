/** Learning rates and the like: as few characters as tell it apart, never in a locale's grouping. */
export function compactNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6)
    return Number(value.toPrecision(3)).toExponential().replace('e+', 'e').replace('e-0', 'e-');
  return String(Number(value.toPrecision(4)));
}
