/**
 * Decoder of small baseline JPEG files, byte for byte what libjpeg-turbo makes of them (accurate integer transform,
 * smooth upsampling). A general picture library spends most of its time on setting up, not on decoding, where a picture
 * has a few thousand pixels. Anything unusual or damaged is left to that library: progressive files, restart intervals,
 * rare sampling factors, Adobe's colours, missing or surplus data.
 */
import { HuffmanTable, NO_SYMBOL, ScanReader } from './huffman.ts';
import { inverseDct } from './inverseDct.ts';
import { upsampleBoth, upsampleColumns, writeRgb } from './upsample.ts';

/** ITU-T T.81, figure A.6: where the n-th coefficient of the file lies in the block. */
const ZIGZAG = Uint8Array.of(
  0,
  1,
  8,
  16,
  9,
  2,
  3,
  10,
  17,
  24,
  32,
  25,
  18,
  11,
  4,
  5,
  12,
  19,
  26,
  33,
  40,
  48,
  41,
  34,
  27,
  20,
  13,
  6,
  7,
  14,
  21,
  28,
  35,
  42,
  49,
  56,
  57,
  50,
  43,
  36,
  29,
  22,
  15,
  23,
  30,
  37,
  44,
  51,
  58,
  59,
  52,
  45,
  38,
  31,
  39,
  46,
  53,
  60,
  61,
  54,
  47,
  55,
  62,
  63,
);
/**
 * Larger coefficients come from damaged or made-up files; vectorized decoders keep 16 bits only and differ among
 * themselves there.
 */
const MAX_COEFFICIENT = 8191;

interface Component {
  readonly id: number;
  readonly horizontal: number;
  readonly vertical: number;
  readonly quantization: Int32Array;
  dc: HuffmanTable;
  ac: HuffmanTable;
  /** Samples in whole blocks: `stride` a row. */
  readonly samples: Uint8Array;
  readonly stride: number;
  /** Samples that belong to the picture. */
  readonly width: number;
  readonly height: number;
}

export interface BaselinePicture {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: Component[];
}

interface Tables {
  readonly quantization: (Int32Array | undefined)[];
  readonly dc: (HuffmanTable | undefined)[];
  readonly ac: (HuffmanTable | undefined)[];
  jfif: boolean;
}

/**
 * RGB bytes (`width × height × 3`, row-major) of a gray or YCbCr file with at most `maxPixels`; null for what this
 * decoder leaves to others.
 */
export function decodeBaselineJpeg(bytes: Uint8Array, maxPixels: number): BaselinePicture | null {
  const tables: Tables = { quantization: [], dc: [], ac: [], jfif: false };
  let frame: Frame | null = null;
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1]!;
    const end = at + 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
    if (end > bytes.length || end < at + 4) return null;
    const segment = bytes.subarray(at + 4, end);
    if (marker === 0xda)
      return frame !== null && readScanHeader(segment, frame, tables) && decodeScan(bytes, end, frame)
        ? finish(frame)
        : null;
    if (marker === 0xdb) {
      if (!readQuantization(segment, tables)) return null;
    } else if (marker === 0xc4) {
      if (!readHuffman(segment, tables)) return null;
    } else if (marker === 0xc0) {
      if (frame !== null) return null;
      frame = readFrame(segment, tables, maxPixels);
      if (frame === null) return null;
    } else if (marker === 0xe0) tables.jfif ||= String.fromCharCode(...segment.subarray(0, 5)) === 'JFIF\0';
    // Other application data and comments say nothing about the pixels; profiles, orientation and Adobe's colour
    // transform do.
    else if (marker !== 0xfe && (marker < 0xe3 || marker > 0xef || marker === 0xee)) return null;
    at = end;
  }
  return null;
}

function readQuantization(segment: Uint8Array, { quantization }: Tables): boolean {
  let at = 0;
  for (; at + 65 <= segment.length; at += 65) {
    const id = segment[at]!;
    if (id > 3) return false;
    const table = new Int32Array(64);
    for (let i = 0; i < 64; i += 1) table[ZIGZAG[i]!] = segment[at + 1 + i]!;
    quantization[id] = table;
  }
  return at === segment.length;
}

function readHuffman(segment: Uint8Array, { dc, ac }: Tables): boolean {
  let at = 0;
  while (at + 17 <= segment.length) {
    const id = segment[at]!;
    const counts = segment.subarray(at + 1, at + 17);
    const symbols = counts.reduce((sum, count) => sum + count, 0);
    const values = segment.subarray(at + 17, at + 17 + symbols);
    // Differences of 8-bit pictures have 11 bits at most.
    if ((id & 15) > 3 || id > 31 || values.length < symbols || (id < 16 && values.some((size) => size > 11)))
      return false;
    const table = HuffmanTable.of(counts, values);
    if (table === null) return false;
    (id < 16 ? dc : ac)[id & 15] = table;
    at += 17 + symbols;
  }
  return at === segment.length;
}

/** Gray, or three components of which the first is sampled 1×1, 2×1 or 2×2 times as finely as the others. */
function readFrame(segment: Uint8Array, { quantization, jfif }: Tables, maxPixels: number): Frame | null {
  const [precision = 0, h1 = 0, h0 = 0, w1 = 0, w0 = 0, count = 0] = segment;
  const height = (h1 << 8) | h0;
  const width = (w1 << 8) | w0;
  if (
    precision !== 8 ||
    width === 0 ||
    height === 0 ||
    width * height > maxPixels ||
    (count !== 1 && count !== 3) ||
    segment.length !== 6 + 3 * count
  )
    return null;
  const ids = Array.from({ length: count }, (_, i) => segment[6 + 3 * i]!);
  const factors = Array.from({ length: count }, (_, i) => segment[7 + 3 * i]!);
  // Without JFIF's header, other numbers of the components can mean that they are red, green and blue.
  if (count === 3 && !jfif && ids.join() !== '1,2,3') return null;
  const sampling = factors.map((factor) => factor.toString(16)).join();
  if (sampling !== '11' && sampling !== '11,11,11' && sampling !== '21,11,11' && sampling !== '22,11,11') return null;
  const [most = 0x11] = factors;
  const mcuWidth = 8 * (most >> 4);
  const mcuHeight = 8 * (most & 15);
  const columns = Math.ceil(width / mcuWidth);
  const rows = Math.ceil(height / mcuHeight);
  const components: Component[] = [];
  for (const [i, id] of ids.entries()) {
    const factor = factors[i]!;
    const horizontal = factor >> 4;
    const vertical = factor & 15;
    const table = quantization[segment[8 + 3 * i]!];
    if (table === undefined) return null;
    const stride = 8 * columns * horizontal;
    const ownWidth = Math.ceil((width * horizontal * 8) / mcuWidth);
    const ownHeight = Math.ceil((height * vertical * 8) / mcuHeight);
    // The smooth upsampling of libjpeg-turbo starts at three columns.
    if (horizontal * 8 < mcuWidth && ownWidth < 3) return null;
    components.push({
      id,
      horizontal,
      vertical,
      quantization: table,
      dc: HuffmanTable.EMPTY,
      ac: HuffmanTable.EMPTY,
      samples: new Uint8Array(stride * 8 * rows * vertical),
      stride,
      width: ownWidth,
      height: ownHeight,
    });
  }
  return { width, height, components };
}

/** All components in one scan, all coefficients at once. */
function readScanHeader(segment: Uint8Array, { components }: Frame, { dc, ac }: Tables): boolean {
  const count = components.length;
  if (segment.length !== 4 + 2 * count || segment[0] !== count) return false;
  for (const [i, component] of components.entries()) {
    const selectors = segment[2 + 2 * i]!;
    const ownDc = dc[selectors >> 4];
    const ownAc = ac[selectors & 15];
    if (segment[1 + 2 * i] !== component.id || ownDc === undefined || ownAc === undefined) return false;
    component.dc = ownDc;
    component.ac = ownAc;
  }
  return segment[1 + 2 * count] === 0 && segment[2 + 2 * count] === 63 && segment[3 + 2 * count] === 0;
}

const block = new Int32Array(64);

/** Fills the components' samples; false where the data are not exactly those of a whole picture. */
function decodeScan(bytes: Uint8Array, start: number, { width, height, components }: Frame): boolean {
  const reader = ScanReader.open(bytes, start);
  if (reader === null) return false;
  const [first] = components as [Component];
  const columns = Math.ceil(width / (8 * first.horizontal));
  const rows = Math.ceil(height / (8 * first.vertical));
  const previous = new Int32Array(components.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      for (let c = 0; c < components.length; c += 1) {
        const component = components[c]!;
        const { horizontal, vertical, stride, samples } = component;
        for (let y = 0; y < vertical; y += 1) {
          for (let x = 0; x < horizontal; x += 1) {
            const last = readBlock(reader, component);
            if (last < 0) return false;
            previous[c] = previous[c]! + block[0]!;
            const dc = previous[c]! * component.quantization[0]!;
            if (dc > MAX_COEFFICIENT || dc < -MAX_COEFFICIENT) return false;
            block[0] = dc;
            if (
              !inverseDct(
                block,
                last === 0,
                samples,
                (row * vertical + y) * 8 * stride + (column * horizontal + x) * 8,
                stride,
              )
            )
              return false;
          }
        }
      }
    }
  }
  return reader.atEnd();
}

/**
 * Dequantized coefficients of the next block but the first, which is the difference to the block before; place of the
 * last one in the file's order, −1 for damaged data.
 */
function readBlock(reader: ScanReader, { dc, ac, quantization }: Component): number {
  block.fill(0);
  const size = reader.symbol(dc);
  if (size === NO_SYMBOL) return -1;
  block[0] = size === 0 ? 0 : reader.signed(size);
  let last = 0;
  for (let k = 1; k < 64; k += 1) {
    const symbol = reader.symbol(ac);
    const bits = symbol & 15;
    if (bits === 0) {
      if (symbol === 0) break;
      // Sixteen zeros; other runs without a value are those of progressive files.
      if (symbol !== 0xf0) return -1;
      k += 15;
      if (k > 63) return -1;
      continue;
    }
    k += symbol >> 4;
    if (k > 63 || bits > 10) return -1;
    const place = ZIGZAG[k]!;
    const value = reader.signed(bits) * quantization[place]!;
    if (value > MAX_COEFFICIENT || value < -MAX_COEFFICIENT) return -1;
    block[place] = value;
    last = k;
  }
  return last;
}

function finish({ width, height, components }: Frame): BaselinePicture {
  const pixels = new Uint8Array(width * height * 3);
  const [luma, blue, red] = components as [Component, Component | undefined, Component | undefined];
  if (blue === undefined || red === undefined) {
    for (let y = 0, at = 0; y < height; y += 1) {
      for (let x = y * luma.stride; x < y * luma.stride + width; x += 1, at += 3)
        pixels[at] = pixels[at + 1] = pixels[at + 2] = luma.samples[x]!;
    }
    return { pixels, width, height };
  }
  const upsample = luma.horizontal === 1 ? null : luma.vertical === 1 ? upsampleColumns : upsampleBoth;
  const [cb, cr] = upsample === null ? [blue, red] : [upsample(blue, height), upsample(red, height)];
  writeRgb(luma, cb, cr, width, height, pixels);
  return { pixels, width, height };
}
