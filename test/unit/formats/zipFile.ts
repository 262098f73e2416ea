/** Makes zip archives for tests, honest ones and others. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipPart {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** Lies: what the headers say instead of the truth. */
  readonly claims?: {
    readonly size?: number;
    readonly stored?: number;
    readonly crc?: number;
    readonly method?: number;
    readonly flags?: number;
    readonly localName?: string;
    readonly header?: number;
  };
}

export function makeZip(
  parts: readonly ZipPart[],
  end: { readonly count?: number; readonly disk?: number } = {},
): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, deflate = false, claims = {} } of parts) {
    const stored = deflate ? deflateRawSync(data) : Buffer.from(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(claims.flags ?? 0, 2);
    common.writeUInt16LE(claims.method ?? (deflate ? 8 : 0), 4);
    common.writeUInt32LE(claims.crc ?? crc32(data), 10);
    common.writeUInt32LE(claims.stored ?? stored.length, 14);
    common.writeUInt32LE(claims.size ?? data.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name, 'latin1'), 22);
    const local = Buffer.concat([
      Buffer.from('PK\x03\x04', 'latin1'),
      common,
      Buffer.from(claims.localName ?? name, 'latin1'),
      stored,
    ]);
    local.writeUInt16LE(Buffer.byteLength(claims.localName ?? name, 'latin1'), 26);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(claims.header ?? offset, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, Buffer.from(name, 'latin1')]),
    );
    bodies.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const record = Buffer.alloc(22);
  record.write('PK\x05\x06', 'latin1');
  record.writeUInt16LE(end.disk ?? 0, 4);
  record.writeUInt16LE(end.count ?? parts.length, 8);
  record.writeUInt16LE(end.count ?? parts.length, 10);
  record.writeUInt32LE(central.length, 12);
  record.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, central, record]);
}
