/** Sizes in bytes: the one table of units, in powers of 1024. */

export const BYTE_UNITS = [
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;

/** The size in the largest unit that it fills, with `digits` decimals: `1.5 GiB`, `700 B`. */
export function formatBytes(bytes: number, digits = 1): string {
  for (const [unit, size] of BYTE_UNITS) {
    if (bytes >= size) return `${(bytes / size).toFixed(digits)} ${unit}`;
  }
  return `${Math.round(bytes)} B`;
}

/** Whole mebibytes, rounded up: `1,200 MiB`. For sizes that are compared with each other in one sentence. */
export function formatMebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MiB`;
}
