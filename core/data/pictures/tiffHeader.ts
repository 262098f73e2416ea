/**
 * The tags of a TIFF's first page that say how its samples are to be understood (TIFF 6.0; BigTIFF for files above 4
 * GiB).
 */

export interface TiffPage {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: readonly number[];
  /** 1 unsigned, 2 signed, 3 floating point, 4 undefined, 5 and 6 complex; one for each sample, or one for all. */
  readonly sampleFormats: readonly number[];
  readonly photometric: number;
  readonly samples: number;
  /** Meaning of each sample beyond the colours: 0 unspecified, 1 premultiplied alpha, 2 alpha. */
  readonly extraSamples: readonly number[];
  /** 1 CMYK; another set of inks otherwise. */
  readonly inkSet: number;
  /** The value of pixels without data (GDAL's tag), or null. */
  readonly noData: number | null;
}

const TAG = {
  kind: 254,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  photometric: 262,
  samples: 277,
  inkSet: 332,
  extraSamples: 338,
  sampleFormat: 339,
  noData: 42113,
} as const;

/** Bytes of a value, by the field's type: BYTE, ASCII, SHORT, LONG, LONG8. */
const TYPE_BYTES: Readonly<Record<number, 1 | 2 | 4 | 8>> = { 1: 1, 2: 1, 3: 2, 4: 4, 16: 8 };
/** More values than any of these tags has. */
const MAX_VALUES = 4096;
/** Pages that are followed to see whether they end. */
const MAX_PAGES = 10_000;

/** Numbers of a TIFF in its byte order, and the sizes of its fields. */
class TiffBytes {
  readonly bytes: Buffer;
  readonly big: boolean;
  readonly #little: boolean;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#little = bytes[0] === 0x49;
    this.big = this.number(2, 2) === 43;
  }

  /** An unsigned number of `size` bytes; 0 beyond the end. */
  number(at: number, size: 1 | 2 | 4 | 8): number {
    if (at < 0 || at + size > this.bytes.length) return 0;
    if (size === 8) return Number(this.#little ? this.bytes.readBigUInt64LE(at) : this.bytes.readBigUInt64BE(at));
    return this.#little ? this.bytes.readUIntLE(at, size) : this.bytes.readUIntBE(at, size);
  }

  get firstPage(): number {
    return this.big ? this.number(8, 8) : this.number(4, 4);
  }

  /** Fields of the page at `page`, and where they start. */
  fields(page: number): { count: number; start: number } {
    return this.big
      ? { count: this.number(page, 8), start: page + 8 }
      : { count: this.number(page, 2), start: page + 2 };
  }

  /** NewSubfileType of a page. It is its first field, since fields are in the order of their tags. */
  kindOf(page: number): number {
    const { count, start } = this.fields(page);
    return count > 0 && this.number(start, 2) === TAG.kind ? (this.values(start)[0] ?? 0) : 0;
  }

  get fieldBytes(): number {
    return this.big ? 20 : 12;
  }

  /** Values of the field at `at`, of a text its characters' codes; none where its type is another one. */
  values(at: number): number[] {
    const { size, count, start } = this.#place(at);
    return Array.from({ length: count }, (_, i) => this.number(start + i * size, size));
  }

  /** Where the values of the field at `at` lie. */
  #place(at: number): { size: 1 | 2 | 4 | 8; count: number; start: number } {
    const size = TYPE_BYTES[this.number(at + 2, 2)];
    const count = this.number(at + 4, this.big ? 8 : 4);
    const inline = at + (this.big ? 12 : 8);
    if (size === undefined || count > MAX_VALUES) return { size: 1, count: 0, start: inline };
    const start = size * count <= (this.big ? 8 : 4) ? inline : this.number(inline, this.big ? 8 : 4);
    return { size, count, start };
  }

  /** Writes `value` in the place of all values of the field at `at`, a field of two-byte numbers. */
  overwrite(at: number, value: number): void {
    const { size, count, start } = this.#place(at);
    if (size !== 2 || start + size * count > this.bytes.length) return;
    for (let i = 0; i < count; i += 1)
      this.bytes[this.#little ? 'writeUInt16LE' : 'writeUInt16BE'](value, start + i * size);
  }
}

/** The first page's tags, defaults filled in; null where it has no size. */
export function readTiffPage(bytes: Buffer): TiffPage | null {
  const tiff = new TiffBytes(bytes);
  const { count, start } = tiff.fields(tiff.firstPage);
  const tags = new Map<number, number[]>();
  for (let i = 0; i < Math.min(count, MAX_VALUES); i += 1) {
    const at = start + i * tiff.fieldBytes;
    tags.set(tiff.number(at, 2), tiff.values(at));
  }
  const one = (tag: number, otherwise: number): number => tags.get(tag)?.[0] ?? otherwise;
  const width = one(TAG.width, 0);
  const height = one(TAG.height, 0);
  if (width === 0 || height === 0) return null;
  return {
    width,
    height,
    bitsPerSample: tags.get(TAG.bitsPerSample) ?? [1],
    sampleFormats: tags.get(TAG.sampleFormat) ?? [1],
    photometric: one(TAG.photometric, 1),
    samples: one(TAG.samples, 1),
    extraSamples: tags.get(TAG.extraSamples) ?? [],
    inkSet: one(TAG.inkSet, 1),
    noData: numberOf(tags.get(TAG.noData)),
  };
}

/** GDAL writes numbers as text. */
function numberOf(text: readonly number[] | undefined): number | null {
  const value = text === undefined ? NaN : Number.parseFloat(String.fromCharCode(...text));
  return Number.isNaN(value) ? null : value;
}

/** A copy whose first page calls its samples unsigned whole numbers: their bits, without what they mean. */
export function asUnsigned(bytes: Buffer): Buffer {
  const tiff = new TiffBytes(Buffer.from(bytes));
  const { count, start } = tiff.fields(tiff.firstPage);
  for (let i = 0; i < Math.min(count, MAX_VALUES); i += 1) {
    const at = start + i * tiff.fieldBytes;
    if (tiff.number(at, 2) === TAG.sampleFormat) tiff.overwrite(at, 1);
  }
  return tiff.bytes;
}

/** Bit of a page's kind (tag 254) that calls it a smaller copy of another one, as in a pyramid. */
const REDUCED = 1;

/**
 * How many pages are images of their own, and no smaller copies or masks; null where the list of pages leads back into
 * itself.
 */
export function countPages(bytes: Buffer): number | null {
  const tiff = new TiffBytes(bytes);
  const seen = new Set<number>();
  let images = 0;
  for (let page = tiff.firstPage; page !== 0 && page < bytes.length && seen.size < MAX_PAGES;) {
    if (seen.has(page)) return null;
    seen.add(page);
    const { count, start } = tiff.fields(page);
    if ((tiff.kindOf(page) & REDUCED) === 0) images += 1;
    page = tiff.number(start + count * tiff.fieldBytes, tiff.big ? 8 : 4);
  }
  return images;
}
