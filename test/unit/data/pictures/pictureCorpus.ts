/** Pictures as people really have them, and as nobody should: each with what an import must make of it. */
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import {
  asHeic,
  bmp,
  gif,
  png,
  pngChunk,
  profileSegments,
  ramp,
  withExifLoop,
  withFrame,
  withPageLoop,
  withScans,
  withSegments,
  withStrayBytes,
} from './pictureBytes.ts';

/**
 * OK: used. SKIP: left out and listed with the reason. LIM: the same because a limit is hit, before much is unpacked.
 * REJ: the same for what is no picture on purpose.
 */
export type PictureOutcome = 'OK' | 'SKIP' | 'LIM' | 'REJ';

export interface PictureCase {
  readonly id: string;
  readonly what: string;
  readonly outcome: PictureOutcome;
  /** File name; its ending is what the picture claims to be. */
  readonly name: string;
  readonly bytes: () => Buffer | Promise<Buffer>;
  /** What the list of pictures left out says. */
  readonly reason?: RegExp;
}

const PIXEL = { width: 1, height: 1, bitDepth: 8, colorType: 2, rows: Buffer.from([0, 1, 2, 3]) } as const;
const jpeg = (): Promise<Buffer> => ramp().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
const pngFile = (): Promise<Buffer> => ramp().png().toBuffer();
const part = async (share: number): Promise<Buffer> => {
  const whole = await jpeg();
  return whole.subarray(0, Math.floor(whole.length * share));
};
const oriented = (orientation: number) => async (): Promise<Buffer> =>
  ramp().withMetadata({ orientation }).jpeg().toBuffer();
const filling = (bytes: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes / 65_000) }, () => Buffer.alloc(65_000, 9));
const exif = (bytes: number): Buffer[] =>
  filling(bytes).map((content) => Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), content.subarray(6)]));

/** Pixels of 1 × 1 followed by `bytes` of zeros, packed, in one file. */
function pixelBomb(bytes: number): Buffer {
  const packed = deflateSync(Buffer.concat([PIXEL.rows, Buffer.alloc(bytes)]));
  const whole = png(PIXEL);
  const idat = whole.indexOf('IDAT') - 4;
  return Buffer.concat([whole.subarray(0, idat), pngChunk('IDAT', packed), pngChunk('IEND', Buffer.alloc(0))]);
}

/** A profile for printing colours in a picture of screen colours. */
async function foreignProfile(): Promise<Buffer> {
  const { icc } = await sharp(await ramp().withIccProfile('cmyk').jpeg().toBuffer()).metadata();
  return withSegments(await jpeg(), 0xe2, profileSegments(icc as Buffer));
}

const ENTITY_BOMB =
  '<?xml version="1.0"?>\n<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>\n<svg xmlns="http://www.w3.org/2000/svg"><text>&c;</text></svg>';

export const PICTURES: readonly PictureCase[] = [
  { id: 'P01', what: 'no bytes', outcome: 'SKIP', name: 'empty.jpg', bytes: () => Buffer.alloc(0), reason: /empty/ },
  {
    id: 'P02',
    what: 'one byte',
    outcome: 'SKIP',
    name: 'byte.jpg',
    bytes: () => Buffer.from([0xff]),
    reason: /only 1 byte/,
  },
  {
    id: 'P03',
    what: 'text',
    outcome: 'SKIP',
    name: 'text.jpg',
    bytes: () => Buffer.from('This is not a picture at all.\n'),
    reason: /text/,
  },
  {
    id: 'P04',
    what: 'a web page',
    outcome: 'SKIP',
    name: 'page.jpg',
    bytes: () => Buffer.from('<!DOCTYPE html><html><body>404 Not Found</body></html>'),
    reason: /web page/,
  },
  { id: 'P05', what: 'PNG named .jpg', outcome: 'OK', name: 'png.jpg', bytes: pngFile },
  { id: 'P06', what: 'GIF named .jpg', outcome: 'OK', name: 'gif.jpg', bytes: () => gif(3) },
  { id: 'P06', what: 'WebP named .jpg', outcome: 'OK', name: 'webp.jpg', bytes: () => ramp().webp().toBuffer() },
  { id: 'P06', what: 'BMP named .jpg', outcome: 'OK', name: 'bmp.jpg', bytes: () => bmp(24) },
  {
    id: 'P07',
    what: 'a quarter of a JPEG',
    outcome: 'SKIP',
    name: 'quarter.jpg',
    bytes: () => part(0.25),
    reason: /cut off|corrupt/,
  },
  {
    id: 'P07',
    what: 'half a JPEG',
    outcome: 'SKIP',
    name: 'half.jpg',
    bytes: () => part(0.5),
    reason: /cut off|corrupt/,
  },
  { id: 'P07', what: '99 % of a JPEG', outcome: 'SKIP', name: 'most.jpg', bytes: () => part(0.99), reason: /cut off/ },
  {
    id: 'P08',
    what: 'bytes after its end',
    outcome: 'OK',
    name: 'trailing.jpg',
    bytes: async () => Buffer.concat([await jpeg(), Buffer.alloc(500, 7)]),
  },
  {
    id: 'P09',
    what: 'stray bytes before a marker',
    outcome: 'OK',
    name: 'stray.jpg',
    bytes: async () => withStrayBytes(await jpeg()),
  },
  {
    id: 'P10',
    what: 'no end marker',
    outcome: 'SKIP',
    name: 'noend.jpg',
    bytes: async () => (await jpeg()).subarray(0, -2),
    reason: /cut off/,
  },
  {
    id: 'P11',
    what: 'CMYK',
    outcome: 'OK',
    name: 'cmyk.jpg',
    bytes: () => ramp().toColourspace('cmyk').jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
  },
  {
    id: 'P12',
    what: 'gray',
    outcome: 'OK',
    name: 'gray.jpg',
    bytes: () => ramp().toColourspace('b-w').jpeg().toBuffer(),
  },
  {
    id: 'P13',
    what: '16 bits a channel',
    outcome: 'OK',
    name: 'deep.png',
    bytes: () =>
      png({ width: 1, height: 1, bitDepth: 16, colorType: 2, rows: Buffer.from([0, 0xff, 0xff, 0x80, 0x80, 0, 0]) }),
  },
  {
    id: 'P14',
    what: '1 bit',
    outcome: 'OK',
    name: 'bit.png',
    bytes: () => png({ width: 8, height: 1, bitDepth: 1, colorType: 0, rows: Buffer.from([0, 0b10110001]) }),
  },
  {
    id: 'P14',
    what: 'a palette with transparency',
    outcome: 'OK',
    name: 'palette.png',
    bytes: () =>
      png({
        width: 2,
        height: 1,
        bitDepth: 1,
        colorType: 3,
        rows: Buffer.from([0, 0x40]),
        before: [pngChunk('PLTE', Buffer.from([255, 0, 0, 0, 0, 255])), pngChunk('tRNS', Buffer.from([255, 0]))],
      }),
  },
  {
    id: 'P15',
    what: 'alpha',
    outcome: 'OK',
    name: 'alpha.png',
    bytes: () => png({ width: 1, height: 1, bitDepth: 8, colorType: 6, rows: Buffer.from([0, 10, 20, 30, 128]) }),
  },
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((n): PictureCase => ({
    id: 'P16',
    what: `EXIF orientation ${n}`,
    outcome: 'OK',
    name: `turned${n}.jpg`,
    bytes: oriented(n),
  })),
  {
    id: 'P17',
    what: 'EXIF that points to itself',
    outcome: 'OK',
    name: 'exifloop.jpg',
    bytes: async () => withExifLoop(await jpeg()),
  },
  {
    id: 'P18',
    what: '30 MB of EXIF',
    outcome: 'LIM',
    name: 'exif.jpg',
    bytes: async () => withSegments(await jpeg(), 0xe1, exif(30e6)),
    reason: /29 MiB of metadata/,
  },
  {
    id: 'P18',
    what: '30 MB of colour profile',
    outcome: 'LIM',
    name: 'profile.jpg',
    bytes: async () => withSegments(await jpeg(), 0xe2, filling(30e6)),
    reason: /29 MiB of metadata/,
  },
  {
    id: 'P18',
    what: '30 MB of text in a PNG',
    outcome: 'LIM',
    name: 'text.png',
    bytes: () =>
      png({
        ...PIXEL,
        before: [
          pngChunk('iTXt', Buffer.concat([Buffer.from('Comment\0\0\0\0\0', 'latin1'), Buffer.alloc(30_000_000, 65)])),
        ],
      }),
    reason: /29 MiB of metadata/,
  },
  {
    id: 'P19',
    what: 'a colour profile that is none',
    outcome: 'OK',
    name: 'noprofile.jpg',
    bytes: async () => withSegments(await jpeg(), 0xe2, profileSegments(Buffer.alloc(300, 9))),
  },
  { id: 'P19', what: 'a profile for other colours', outcome: 'OK', name: 'wrongprofile.jpg', bytes: foreignProfile },
  {
    id: 'P20',
    what: '65,500 × 65,500 pixels',
    outcome: 'LIM',
    name: 'huge.png',
    bytes: () => png({ width: 65_500, height: 65_500, bitDepth: 8, colorType: 0, rows: Buffer.alloc(1000) }),
    reason: /(1|3)00 million pixels/,
  },
  {
    id: 'P21',
    what: 'a zlib bomb for pixels',
    outcome: 'LIM',
    name: 'bomb.png',
    bytes: () => pixelBomb(1e8),
    reason: /packed pixels for 1 × 1/,
  },
  {
    id: 'P22',
    what: 'a wrong checksum of the header',
    outcome: 'SKIP',
    name: 'header.png',
    bytes: () => png({ ...PIXEL, crcError: 'IHDR' }),
    reason: /./,
  },
  {
    id: 'P22',
    what: 'a wrong checksum of the pixels',
    outcome: 'SKIP',
    name: 'pixels.png',
    bytes: () => png({ ...PIXEL, crcError: 'IDAT' }),
    reason: /PNG data is damaged/,
  },
  {
    id: 'P23',
    what: 'width 0',
    outcome: 'SKIP',
    name: 'width.png',
    bytes: () => png({ width: 0, height: 4, bitDepth: 8, colorType: 2, rows: Buffer.from([0]) }),
    reason: /./,
  },
  { id: 'P24', what: '1 × 1', outcome: 'OK', name: 'one.png', bytes: () => png(PIXEL) },
  {
    id: 'P24',
    what: '1 × 60,000',
    outcome: 'OK',
    name: 'column.png',
    bytes: () =>
      sharp({ create: { width: 1, height: 60_000, channels: 3, background: '#102030' } })
        .png()
        .toBuffer(),
  },
  { id: 'P25', what: '100,000 frames', outcome: 'OK', name: 'film.gif', bytes: () => gif(100_000) },
  {
    id: 'P26',
    what: 'TIFF pages in a circle',
    outcome: 'SKIP',
    name: 'circle.tif',
    bytes: async () => withPageLoop(await ramp().tiff({ compression: 'none' }).toBuffer()),
    reason: /round in a circle/,
  },
  {
    id: 'P27',
    what: 'SVG with a script',
    outcome: 'REJ',
    name: 'script.jpg',
    bytes: () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    reason: /SVG/,
  },
  {
    id: 'P27',
    what: 'SVG with an entity bomb',
    outcome: 'REJ',
    name: 'entities.png',
    bytes: () => Buffer.from(ENTITY_BOMB),
    reason: /SVG/,
  },
  {
    id: 'P28',
    what: '5,000 progressive scans',
    outcome: 'LIM',
    name: 'scans.jpg',
    bytes: async () => withScans(await ramp().jpeg({ progressive: true }).toBuffer(), 5000),
    reason: /5,0\d\d scans/,
  },
  {
    id: 'P29',
    what: 'arithmetic coding',
    outcome: 'SKIP',
    name: 'arithmetic.jpg',
    bytes: async () => withFrame(await jpeg(), 0xc9),
    reason: /arithmetic-coded/,
  },
  { id: 'P34', what: 'AVIF', outcome: 'OK', name: 'av1.avif', bytes: () => ramp().avif({ effort: 0 }).toBuffer() },
  {
    id: 'P34',
    what: 'HEIC',
    outcome: 'REJ',
    name: 'hevc.heic',
    bytes: async () => asHeic(await ramp().avif({ effort: 0 }).toBuffer()),
    reason: /HEIC.*convert it/,
  },
];
