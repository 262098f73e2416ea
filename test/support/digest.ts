/** Digests of tensors in goldens: sums and sampled entries; build/goldens/vgg_goldens.py writes them. */
export interface Digest {
  readonly sum: number;
  readonly squares: number;
  readonly entries: readonly number[];
}

/** Largest difference of the sampled entries and of the sum of squares, relative to the tensor's own scale. */
export function relativeError(values: ArrayLike<number>, digest: Digest): number {
  const n = values.length;
  const indices =
    n <= 16
      ? Array.from({ length: n }, (_, i) => i)
      : Array.from({ length: 6 }, (_, k) => Math.floor((k * (n - 1)) / 5));
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i] ?? NaN) ** 2;
  const scale = Math.max(Math.sqrt(digest.squares / n), ...digest.entries.map(Math.abs));
  if (scale === 0) return Math.sqrt(squares);
  const entries = Math.max(
    ...indices.map((index, k) => Math.abs((values[index] ?? NaN) - (digest.entries[k] ?? NaN)) / scale),
  );
  return Math.max(entries, Math.abs(Math.sqrt(squares) - Math.sqrt(digest.squares)) / Math.sqrt(digest.squares));
}
