/**
 * What the structure of a picture file gives away before anything is decoded: kinds that are not read, and more of
 * something than a picture needs.
 */

/** Profiles, EXIF, comments and the like before the pixels, bytes. */
export const MAX_METADATA_BYTES = 16 * 2 ** 20;
/** Honest progressive files have about ten; each costs a pass over the whole picture. */
export const MAX_SCANS = 100;

function tooMuchMetadata(bytes: number): string | null {
  return bytes > MAX_METADATA_BYTES
    ? `${Math.round(bytes / 2 ** 20)} MiB of metadata; at most ${MAX_METADATA_BYTES / 2 ** 20} are read`
    : null;
}

/**
 * Why a JPEG is refused, or null. `frame` is the marker of its frame header (SOF), `at` where that lies,
 * `metadataBytes` what stands before it.
 */
export function jpegProblem(bytes: Buffer, frame: number, at: number, metadataBytes: number): string | null {
  // ITU T.81, table B.1: from SOF9 on coefficients are coded arithmetically, which few programs read.
  if (frame >= 0xc9) return 'an arithmetic-coded JPEG, which is not read; convert it to a common one';
  const scans = frame === 0xc2 ? countScans(bytes, at) : 1;
  if (scans > MAX_SCANS)
    return `a progressive JPEG of ${scans.toLocaleString('en')} scans; at most ${MAX_SCANS} are decoded`;
  return tooMuchMetadata(metadataBytes) ?? jpegEndProblem(bytes, at);
}

const [SOI, EOI, SOS] = [0xd8, 0xd9, 0xda];

/**
 * Why the segments from the frame header on are no whole picture, or null. A copy that was interrupted often has the
 * right size and zeros, or another file's data, for its rest; decoders make stripes or gray of that and only warn.
 */
function jpegEndProblem(bytes: Buffer, frame: number): string | null {
  let at = frame;
  while (at + 1 < bytes.length) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff || marker === 0 || marker === 0xff) {
      at = bytes.indexOf(0xff, at + 1);
      if (at < 0) break;
    } else if (marker === EOI) return null;
    else if (marker === SOI) return 'damaged: another JPEG file starts inside of its data';
    else if (marker >= 0xd0 && marker <= 0xd7) at += 2;
    else {
      const end = at + 2 + (at + 4 <= bytes.length ? bytes.readUInt16BE(at + 2) : 0);
      at = marker === SOS ? bytes.indexOf(0xff, end) : end;
      if (at < 0) break;
    }
  }
  return 'the file is cut off or partly overwritten: its JPEG data has no end';
}

/** Start-of-scan markers from `at` on; inside coded data none can occur. */
function countScans(bytes: Buffer, at: number): number {
  const marker = Buffer.from([0xff, 0xda]);
  let scans = 0;
  for (let found = bytes.indexOf(marker, at); found >= 0; found = bytes.indexOf(marker, found + 2)) scans += 1;
  return scans;
}

const PNG_CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const PNG_METADATA = new Set(['iCCP', 'iTXt', 'zTXt', 'tEXt', 'eXIf']);

/**
 * Why a PNG is refused, or null. Its packed pixels never take more than the unpacked ones and a little; whatever does
 * unpacks to something else.
 */
export function pngProblem(bytes: Buffer): string | null {
  if (bytes.length < 29) return null;
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const bits = bytes[24]! * (PNG_CHANNELS[bytes[25]!] ?? 4);
  // Twice: interlaced rows have more filter bytes, and a careless encoder stores what it could not shrink.
  const most = 2 * height * (1 + Math.ceil((width * bits) / 8)) + 2 ** 16;
  let [metadata, pixels] = [0, 0];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') pixels += length;
    else if (PNG_METADATA.has(type)) metadata += length;
    at += 12 + length;
  }
  return pixels > most
    ? `${pixels.toLocaleString('en')} bytes of packed pixels for ${width} × ${height}: far more than they can take`
    : tooMuchMetadata(metadata);
}
