/** Uncompressed Windows bitmaps (1, 4, 8, 24 and 32 bits a pixel), which the picture library does not read. */
import { UnreadablePicture } from './unreadablePicture.ts';

/**
 * RGB pixels, top row first. Layout: BITMAPFILEHEADER (14 bytes), BITMAPINFOHEADER or later (40 bytes and more),
 * palette, rows padded to 4 bytes.
 * @throws {UnreadablePicture}
 */
export function decodeBmp(bytes: Buffer, maxPixels: number): { pixels: Uint8Array; width: number; height: number } {
  if (bytes.length < 54) throw new UnreadablePicture('the BMP header is cut off');
  const headerBytes = bytes.readUInt32LE(14);
  const width = bytes.readInt32LE(18);
  const signedHeight = bytes.readInt32LE(22);
  const height = Math.abs(signedHeight);
  const bits = bytes.readUInt16LE(28);
  const compression = bytes.readUInt32LE(30);
  if (headerBytes < 40 || headerBytes > 124)
    throw new UnreadablePicture(`a BMP of an old kind (header of ${headerBytes} bytes)`);
  if (width < 1 || height < 1) throw new UnreadablePicture(`the BMP says it is ${width} × ${signedHeight} pixels`);
  if (width * height > maxPixels)
    throw new UnreadablePicture(`larger than ${Math.floor(maxPixels / 1e6)} million pixels`);
  const plainMasks =
    compression === 3 &&
    bits === 32 &&
    bytes.readUInt32LE(54) === 0xff0000 &&
    bytes.readUInt32LE(58) === 0xff00 &&
    bytes.readUInt32LE(62) === 0xff;
  if (compression !== 0 && !plainMasks) throw new UnreadablePicture(`a compressed BMP (method ${compression})`);
  if (![1, 4, 8, 24, 32].includes(bits)) throw new UnreadablePicture(`a BMP of ${bits} bits a pixel`);
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  const start = bytes.readUInt32LE(10);
  if (start + rowBytes * height > bytes.length) throw new UnreadablePicture('the BMP is cut off');
  const colors = bits > 8 ? 0 : bytes.readUInt32LE(46) || 2 ** bits;
  const palette = bytes.subarray(14 + headerBytes, 14 + headerBytes + 4 * colors);
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    const row = start + rowBytes * (signedHeight > 0 ? height - 1 - y : y);
    for (let x = 0; x < width; x += 1) {
      const out = 3 * (y * width + x);
      const [source, at] = bits > 8 ? [bytes, row + (x * bits) / 8] : [palette, 4 * paletteIndex(bytes, row, x, bits)];
      if (at + 3 > source.length) throw new UnreadablePicture('the BMP uses a colour beyond its palette');
      pixels[out] = source[at + 2]!;
      pixels[out + 1] = source[at + 1]!;
      pixels[out + 2] = source[at]!;
    }
  }
  return { pixels, width, height };
}

function paletteIndex(bytes: Buffer, row: number, x: number, bits: number): number {
  const byte = bytes[row + Math.floor((x * bits) / 8)]!;
  return (byte >> (8 - bits - ((x * bits) % 8))) & (2 ** bits - 1);
}
