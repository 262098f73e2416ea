/** Repeatable draws for property tests. */

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `[images, classes]` probabilities in steps of 1/8, so that ties are frequent and sums exact. */
export function coarseProbabilities(next: () => number, images: number, classes: number): Float32Array {
  return Float32Array.from({ length: images * classes }, () => Math.floor(next() * 9) / 8);
}
