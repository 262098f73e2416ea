/** Huffman codes and the bits of a scan (ITU-T T.81, annexes C and F). */

/** Codes up to this length are found in one look; nearly all are. */
const QUICK_BITS = 9;

export class HuffmanTable {
  static readonly EMPTY = new HuffmanTable();
  /** By the next 9 bits: length × 256 + symbol; 0 for longer codes. */
  readonly quick = new Uint16Array(1 << QUICK_BITS);
  /**
   * Of each length: the first code beyond it, shifted to 16 bits; and what leads from a code to the place of its
   * symbol.
   */
  readonly beyond = new Int32Array(18);
  readonly offset = new Int32Array(17);
  symbols: Uint8Array = new Uint8Array(0);

  /** From the number of codes of each length 1 … 16 and their symbols; null for a code that cannot be. */
  static of(counts: Uint8Array, symbols: Uint8Array): HuffmanTable | null {
    const table = new HuffmanTable();
    table.symbols = symbols.slice();
    let code = 0;
    let place = 0;
    for (let length = 1; length <= 16; length += 1) {
      const count = counts[length - 1]!;
      table.offset[length] = place - code;
      for (let i = 0; i < count; i += 1, code += 1, place += 1) {
        if (length <= QUICK_BITS)
          table.quick.fill(
            (length << 8) | symbols[place]!,
            code << (QUICK_BITS - length),
            (code + 1) << (QUICK_BITS - length),
          );
      }
      // The code of ones alone is reserved.
      if (code > (1 << length) - (count > 0 ? 1 : 0)) return null;
      table.beyond[length] = code << (16 - length);
      code <<= 1;
    }
    table.beyond[17] = 0x10000;
    return table;
  }
}

/** Symbol returned for bits that are no code. */
export const NO_SYMBOL = 0xff;

export class ScanReader {
  /** The scan's bytes without stuffing. */
  readonly #data: Uint8Array;
  readonly #length: number;
  #at = 0;
  #bits = 0;
  #count = 0;

  private constructor(data: Uint8Array, length: number) {
    this.#data = data;
    this.#length = length;
  }

  /** Takes the zero bytes out that follow bytes of ones; null unless the scan is followed by the end of the picture. */
  static open(bytes: Uint8Array, start: number): ScanReader | null {
    const data = new Uint8Array(bytes.length - start);
    let length = 0;
    for (let at = start; ;) {
      const mark = bytes.indexOf(0xff, at);
      if (mark < 0 || mark + 1 >= bytes.length) return null;
      const next = bytes[mark + 1];
      data.set(bytes.subarray(at, next === 0 ? mark + 1 : mark), length);
      length += mark - at + (next === 0 ? 1 : 0);
      if (next === 0xd9) return new ScanReader(data, length);
      if (next !== 0) return null;
      at = mark + 2;
    }
  }

  /** The next symbol; `NO_SYMBOL`, which no baseline table has, for bits that are no code. */
  symbol(table: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const quick = table.quick[(this.#bits >>> (this.#count - QUICK_BITS)) & ((1 << QUICK_BITS) - 1)]!;
    if (quick !== 0) {
      this.#count -= quick >> 8;
      return quick & 0xff;
    }
    const next = (this.#bits >>> (this.#count - 16)) & 0xffff;
    let length = QUICK_BITS + 1;
    while (length <= 16 && next >= table.beyond[length]!) length += 1;
    if (length > 16) return NO_SYMBOL;
    this.#count -= length;
    return table.symbols[(next >> (16 - length)) + table.offset[length]!]!;
  }

  /** A number of `size` bits: without a leading one it is negative. */
  signed(size: number): number {
    if (this.#count < size) this.#fill();
    this.#count -= size;
    const value = (this.#bits >>> this.#count) & ((1 << size) - 1);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  /** Whether all but the padding of the last byte was read, and nothing beyond. */
  atEnd(): boolean {
    const left = 8 * (this.#length - this.#at) + this.#count;
    return left >= 0 && left < 8;
  }

  #fill(): void {
    while (this.#count <= 24) {
      this.#bits = (this.#bits << 8) | (this.#at < this.#length ? this.#data[this.#at]! : 0);
      this.#at += 1;
      this.#count += 8;
    }
  }
}
