/** What the structure of a picture file gives away before anything is decoded: kinds that are not read, and more of something than a picture needs. */

/** Profiles, EXIF, comments and the like before the pixels, bytes. */
export const MAX_METADATA_BYTES = 16 * 2 ** 20;
/** Honest progressive files have about ten; each costs a pass over the whole picture. */
export const MAX_SCANS = 100;
/** Pages of a TIFF that are followed to see whether they end. */
const MAX_PAGES = 10_000;

function tooMuchMetadata(bytes: number): string | null {
  return bytes > MAX_METADATA_BYTES
    ? `${Math.round(bytes / 2 ** 20)} MiB of metadata; at most ${MAX_METADATA_BYTES / 2 ** 20} are read`
    : null;
}

/** Why a JPEG is refused, or null. `frame` is the marker of its frame header (SOF), `at` where that lies, `metadataBytes` what stands before it. */
export function jpegProblem(bytes: Buffer, frame: number, at: number, metadataBytes: number): string | null {
  // ITU T.81, table B.1: from SOF9 on coefficients are coded arithmetically, which few programs read.
  if (frame >= 0xc9) return 'an arithmetic-coded JPEG, which is not read; convert it to a common one';
  const scans = frame === 0xc2 ? countScans(bytes, at) : 1;
  return scans > MAX_SCANS
    ? `a progressive JPEG of ${scans.toLocaleString('en')} scans; at most ${MAX_SCANS} are decoded`
    : tooMuchMetadata(metadataBytes);
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

/** Why a PNG is refused, or null. Its packed pixels never take more than the unpacked ones and a little; whatever does unpacks to something else. */
export function pngProblem(bytes: Buffer): string | null {
  if (bytes.length < 29) return null;
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const bits = (bytes[24] as number) * (PNG_CHANNELS[bytes[25] as number] ?? 4);
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

/** Why a TIFF is refused, or null: page lists that lead back into themselves have no end. */
export function tiffProblem(bytes: Buffer): string | null {
  const little = bytes[0] === 0x49;
  const u16 = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const seen = new Set<number>();
  for (let page = u32(4); page !== 0 && page + 2 <= bytes.length && seen.size < MAX_PAGES;) {
    if (seen.has(page)) return 'its list of pages leads round in a circle';
    seen.add(page);
    const next = page + 2 + 12 * u16(page);
    if (next + 4 > bytes.length) return null;
    page = u32(next);
  }
  return null;
}
