/** Zip and tar archives byte by byte, honest and otherwise. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipPart {
  readonly name: string | Buffer;
  readonly data?: Buffer;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  /** What headers claim instead of the truth. */
  readonly claims?: number;
  /** Unix mode, file kind included. */
  readonly mode?: number;
  /** Name in the local header, where it differs. */
  readonly localName?: string;
}

export interface ZipTricks {
  readonly before?: Buffer;
  readonly after?: Buffer;
  readonly count?: number;
  readonly zip64Count?: number;
  readonly disk?: number;
  readonly overlap?: boolean;
}

function words(...parts: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Buffer {
  return Buffer.concat(
    parts.map(([bytes, value]) => {
      const out = Buffer.alloc(bytes);
      if (bytes === 2) out.writeUInt16LE(value & 0xffff);
      else if (bytes === 4) out.writeUInt32LE(value >>> 0);
      else out.writeBigUInt64LE(BigInt(value));
      return out;
    }),
  );
}

/** With `overlap` every directory entry points at the first local header. */
export function zip(
  parts: readonly ZipPart[],
  { before = Buffer.alloc(0), after = Buffer.alloc(0), count, zip64Count, disk = 0, overlap = false }: ZipTricks = {},
): Buffer {
  const locals: Buffer[] = [before];
  const central: Buffer[] = [];
  let offset = before.length;
  for (const [
    i,
    { name, data = Buffer.from('content'), method = 8, flags = 0x800, crc, claims, mode = 0o100644, localName },
  ] of parts.entries()) {
    const packed = method === 8 ? deflateRawSync(data) : data;
    const rawName = Buffer.from(name);
    const local = Buffer.from(localName ?? rawName);
    const facts = words(
      [2, flags],
      [2, method],
      [2, 0],
      [2, 0x5aa5],
      [4, crc ?? crc32(data)],
      [4, packed.length],
      [4, claims ?? data.length],
    );
    central.push(
      words([4, 0x02014b50], [2, 0x031e], [2, 20]),
      facts,
      words([2, rawName.length], [2, 0], [2, 0], [2, 0], [2, 0], [4, mode << 16], [4, overlap ? 0 : offset]),
      rawName,
    );
    if (overlap && i > 0) continue;
    const bytes = Buffer.concat([
      words([4, 0x04034b50], [2, 20]),
      facts,
      words([2, local.length], [2, 0]),
      local,
      packed,
    ]);
    locals.push(bytes);
    offset += bytes.length;
  }
  const directory = Buffer.concat(central);
  const number = count ?? parts.length;
  const zip64 =
    zip64Count === undefined
      ? []
      : [
          words(
            [4, 0x06064b50],
            [8, 44],
            [2, 45],
            [2, 45],
            [4, 0],
            [4, 0],
            [8, zip64Count],
            [8, zip64Count],
            [8, directory.length],
            [8, offset],
          ),
          words([4, 0x07064b50], [4, 0], [8, offset + directory.length], [4, 1]),
        ];
  const end = words(
    [4, 0x06054b50],
    [2, disk],
    [2, disk],
    [2, zip64Count === undefined ? number : 0xffff],
    [2, zip64Count === undefined ? number : 0xffff],
    [4, directory.length],
    [4, offset],
    [2, 0],
  );
  return Buffer.concat([...locals, directory, ...zip64, end, after]);
}

export interface TarPart {
  readonly name: string | Buffer;
  readonly data?: Buffer;
  readonly type?: string;
  readonly target?: string;
  readonly mode?: number;
  readonly claims?: number;
  readonly badChecksum?: boolean;
  readonly gnu?: boolean;
}

function tarEntry({
  name,
  data = Buffer.from('content'),
  type = '0',
  target = '',
  mode = 0o644,
  claims,
  badChecksum = false,
}: TarPart): Buffer {
  const header = Buffer.alloc(512);
  Buffer.from(name).copy(header, 0, 0, 100);
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100, 'latin1');
  header.write(`${(claims ?? data.length).toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  header.write(`${(1_700_000_000).toString(8).padStart(11, '0')}\0`, 136, 'latin1');
  header.write(type, 156, 'latin1');
  header.write(target, 157, 'utf8');
  header.write('ustar\u000000', 257, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0) + (badChecksum ? 1 : 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

/** A pax header for the entry that follows it. */
export function pax(records: Readonly<Record<string, string>>): TarPart {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + 1;
    while (String(length).length + rest !== length) length += 1;
    return `${length} ${key}=${value}\n`;
  });
  return { name: 'pax', type: 'x', data: Buffer.from(lines.join('')) };
}

export function tar(parts: readonly TarPart[], after = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([...parts.map(tarEntry), after]);
}
