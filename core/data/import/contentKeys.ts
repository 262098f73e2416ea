/**
 * A set of numbers that is filled first and asked afterwards: eight bytes each, where a `Set` of a million takes fifty
 * megabytes.
 */
export class ContentKeys {
  readonly #keys: Float64Array;
  #count = 0;
  #sorted = true;

  /** `capacity` keys at most will be added. */
  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity);
  }

  add(key: number): void {
    this.#keys[this.#count] = key;
    this.#count += 1;
    this.#sorted = false;
  }

  has(key: number): boolean {
    const keys = this.#keys.subarray(0, this.#count);
    if (!this.#sorted) keys.sort();
    this.#sorted = true;
    let [low, high] = [0, keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low < keys.length && keys[low] === key;
  }
}
