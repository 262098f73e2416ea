/** Odd and damaged picture files, byte by byte. */
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** 16 × 12 with a horizontal ramp in red, a vertical one in green, 64 in blue. */
export function rampPixels(): Buffer {
  const pixels = Buffer.alloc(16 * 12 * 3);
  for (let y = 0; y < 12; y += 1) for (let x = 0; x < 16; x += 1) pixels.set([x * 16, y * 20, 64], 3 * (y * 16 + x));
  return pixels;
}

export function ramp(): Sharp {
  return sharp(rampPixels(), { raw: { width: 16, height: 12, channels: 3 } });
}

export function pngChunk(type: string, data: Uint8Array, crcError = false): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE((crc32(body) ^ (crcError ? 1 : 0)) >>> 0, body.length + 4);
  return out;
}

/** Segments of `marker` with `bytes` of filling, at most 65,533 each, put behind the start of `jpeg`. */
export function withSegments(jpeg: Buffer, marker: number, contents: readonly Buffer[]): Buffer {
  const segments = contents.map((content) => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(content.length + 2, 2);
    return Buffer.concat([head, content]);
  });
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

/** The ICC profile in the parts that one segment can hold. */
export function profileSegments(profile: Buffer): Buffer[] {
  const parts = Math.ceil(profile.length / 65_000);
  return Array.from({ length: parts }, (_, i) =>
    Buffer.concat([
      Buffer.from('ICC_PROFILE\0', 'latin1'),
      Buffer.from([i + 1, parts]),
      profile.subarray(65_000 * i, 65_000 * (i + 1)),
    ]),
  );
}

/** Changes the frame marker of a baseline JPEG. */
export function withFrame(jpeg: Buffer, marker: number): Buffer {
  const changed = Buffer.from(jpeg);
  changed[changed.indexOf(Buffer.from([0xff, 0xc0])) + 1] = marker;
  return changed;
}

/** A progressive JPEG whose last scan comes again and again. */
export function withScans(progressive: Buffer, scans: number): Buffer {
  const last = progressive.subarray(progressive.lastIndexOf(Buffer.from([0xff, 0xda])), progressive.length - 2);
  return Buffer.concat([
    progressive.subarray(0, progressive.length - 2),
    ...new Array<Buffer>(scans).fill(last),
    progressive.subarray(-2),
  ]);
}

/** A little-endian TIFF whose first page names itself as the next one. */
export function withPageLoop(tiff: Buffer): Buffer {
  const changed = Buffer.from(tiff);
  const page = changed.readUInt32LE(4);
  changed.writeUInt32LE(page, page + 2 + 12 * changed.readUInt16LE(page));
  return changed;
}

/** An AVIF with HEVC's names in place of AV1's: what a decoder without HEVC sees of a HEIC file. */
export function asHeic(avif: Buffer): Buffer {
  return Buffer.from(
    avif.toString('latin1').replace('ftypavif', 'ftypheic').replaceAll('av01', 'hvc1').replaceAll('av1C', 'hvcC'),
    'latin1',
  );
}

export interface PngParts {
  width: number;
  height: number;
  bitDepth: number;
  colorType: number;
  rows: Uint8Array;
  before?: Buffer[];
  crcError?: 'IHDR' | 'IDAT';
}

/** A PNG file from already filtered rows (each starts with its filter byte). */
export function png({ width, height, bitDepth, colorType, rows, before = [], crcError }: PngParts): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bitDepth;
  header[9] = colorType;
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header, crcError === 'IHDR'),
    ...before,
    pngChunk('IDAT', deflateSync(rows), crcError === 'IDAT'),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/**
 * A 24-bit, an 8-bit palette or a 32-bit bitmap of the ramp, bottom row first as usual, or top first with a negative
 * height.
 */
export function bmp(bits: 8 | 24 | 32, topDown = false): Buffer {
  const pixels = rampPixels();
  const rowBytes = Math.ceil((16 * bits) / 32) * 4;
  const paletteBytes = bits === 8 ? 1024 : 0;
  const file = Buffer.alloc(54 + paletteBytes + rowBytes * 12);
  file.write('BM', 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54 + paletteBytes, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(16, 18);
  file.writeInt32LE(topDown ? -12 : 12, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  for (let i = 0; i < 16 * 12; i += 1) {
    const x = i % 16;
    const y = Math.floor(i / 16);
    const row = 54 + paletteBytes + rowBytes * (topDown ? y : 11 - y);
    const [r, g, b] = [pixels[3 * i] as number, pixels[3 * i + 1] as number, pixels[3 * i + 2] as number];
    if (bits === 8) {
      file[row + x] = i;
      file.set([b, g, r], 54 + 4 * i);
    } else file.set([b, g, r], row + (x * bits) / 8);
  }
  return file;
}

/** A GIF of `frames` 1 × 1 frames; the first is red (palette entry 0), the others blue. */
export function gif(frames: number): Buffer {
  const head = Buffer.concat([
    Buffer.from('GIF89a', 'latin1'),
    Buffer.from([1, 0, 1, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 255]),
  ]);
  // LZW with codes of 3 bits: clear (4), the pixel, end (5).
  const frame = (color: number): Buffer =>
    Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 4 | (color << 3) | ((5 & 3) << 6), 5 >> 2, 0]);
  return Buffer.concat([head, frame(0), ...new Array<Buffer>(frames - 1).fill(frame(1)), Buffer.from([0x3b])]);
}

/** `jpeg` with an EXIF segment whose first directory names itself as the next one. */
export function withExifLoop(jpeg: Buffer): Buffer {
  const tiff = Buffer.from('49492a0008000000' + '0100' + '1201' + '0300' + '01000000' + '01000000' + '08000000', 'hex');
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const segment = Buffer.alloc(4);
  segment.writeUInt16BE(0xffe1, 0);
  segment.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), segment, body, jpeg.subarray(2)]);
}

/** `jpeg` with six stray bytes before its scan. */
export function withStrayBytes(jpeg: Buffer): Buffer {
  const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]));
  return Buffer.concat([jpeg.subarray(0, scan), Buffer.from([0, 0, 0, 0, 1, 2]), jpeg.subarray(scan)]);
}
