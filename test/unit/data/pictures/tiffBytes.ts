/** TIFF files of any number format, written byte by byte. */

export const SIDE = 16;

export interface Samples {
  readonly bits: number;
  /** 1 unsigned, 2 signed, 3 floating point. */
  readonly format: number;
  readonly channels: number;
  /** 1 black is zero, 2 RGB, 8 L*a*b*. */
  readonly photometric: number;
  readonly extra?: readonly number[];
  readonly value: (pixel: number, channel: number) => number;
  /** GDAL's tag: the value of pixels without data. */
  readonly noData?: string;
}

/** A little-endian TIFF, or BigTIFF, of one strip. */
export function tiff({ bits, format, channels, photometric, extra = [], value, noData }: Samples, big = false): Buffer {
  const bytes = bits / 8;
  const data = Buffer.alloc(SIDE * SIDE * channels * bytes);
  for (let i = 0; i < SIDE * SIDE * channels; i += 1) {
    const sample = value(Math.floor(i / channels), i % channels);
    if (format === 3) data[bits === 64 ? 'writeDoubleLE' : 'writeFloatLE'](sample, i * bytes);
    else if (format === 2) data.writeIntLE(sample, i * bytes, bytes);
    else data.writeUIntLE(sample, i * bytes, bytes);
  }
  const start = big ? 16 : 8;
  const tags: [number, number, number[]][] = [
    [256, 4, [SIDE]],
    [257, 4, [SIDE]],
    [258, 3, new Array<number>(channels).fill(bits)],
    [259, 3, [1]],
    [262, 3, [photometric]],
    [273, 4, [start]],
    [277, 3, [channels]],
    [278, 4, [SIDE]],
    [279, 4, [data.length]],
    ...(extra.length > 0 ? [[338, 3, [...extra]] as [number, number, number[]]] : []),
    [339, 3, new Array<number>(channels).fill(format)],
    ...(noData === undefined ? [] : [[42113, 2, [...Buffer.from(`${noData}\0`)]] as [number, number, number[]]]),
  ];
  const [countBytes, fieldBytes, inline] = big ? [8, 20, 8] : [2, 12, 4];
  const page = Buffer.alloc(countBytes + fieldBytes * tags.length + inline);
  const tail: Buffer[] = [];
  let tailAt = start + data.length + page.length;
  page.writeUIntLE(tags.length, 0, 2);
  tags.forEach(([tag, type, values], i) => {
    const at = countBytes + fieldBytes * i;
    const bytesEach = { 2: 1, 3: 2 }[type] ?? 4;
    const raw = Buffer.alloc(values.length * bytesEach);
    values.forEach((number, k) => raw.writeUIntLE(number, k * bytesEach, bytesEach));
    page.writeUInt16LE(tag, at);
    page.writeUInt16LE(type, at + 2);
    page.writeUInt32LE(values.length, at + 4);
    const valueAt = at + (big ? 12 : 8);
    if (raw.length <= inline) raw.copy(page, valueAt);
    else {
      page.writeUInt32LE(tailAt, valueAt);
      tail.push(raw);
      tailAt += raw.length;
    }
  });
  const head = Buffer.alloc(start);
  head.write('II', 0, 'latin1');
  head.writeUInt16LE(big ? 43 : 42, 2);
  if (big) head.writeUInt16LE(8, 4);
  head.writeUInt32LE(start + data.length, big ? 8 : 4);
  return Buffer.concat([head, data, page, ...tail]);
}

export const GRAY = { channels: 1, photometric: 1 } as const;
export const RGB = { channels: 3, photometric: 2 } as const;
