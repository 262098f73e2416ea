import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../../core/formats/randomAccess.ts';
import { openZip } from '../../../core/formats/zip.ts';
import { makeZip } from './zipFile.ts';

const data = Buffer.from('weights');

/** One stored member whose sizes and places stand only in the 64-bit records, as in archives beyond 4 GiB. */
function zip64(): Buffer {
  const name = Buffer.from('w.bin');
  const local = Buffer.alloc(30);
  local.write('PK\x03\x04', 'latin1');
  local.writeUInt32LE(crc32(data), 14);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46 + name.length + 28);
  central.write('PK\x01\x02', 'latin1');
  central.writeUInt32LE(crc32(data), 16);
  for (const at of [20, 24, 42]) central.writeUInt32LE(0xffffffff, at);
  central.writeUInt16LE(name.length, 28);
  central.writeUInt16LE(28, 30);
  name.copy(central, 46);
  central.writeUInt16LE(1, 46 + name.length);
  central.writeUInt16LE(24, 48 + name.length);
  [data.length, data.length, 0].forEach((value, index) =>
    central.writeBigUInt64LE(BigInt(value), 50 + name.length + 8 * index),
  );
  const body = Buffer.concat([local, name, data]);
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(1n, 32);
  record.writeBigUInt64LE(BigInt(central.length), 40);
  record.writeBigUInt64LE(BigInt(body.length), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(body.length + central.length), 8);
  const end = Buffer.alloc(22, 0xff);
  end.write('PK\x05\x06\0\0\0\0', 'latin1');
  end.writeUInt16LE(0, 20);
  return Buffer.concat([body, central, record, locator, end]);
}

describe('openZip', () => {
  it('reads the 64-bit records', () => {
    const entry = openZip(new MemorySource('big.zip', zip64())).get('w.bin')!;
    expect(entry.sizeBytes).toBe(data.length);
    expect(Buffer.from(entry.open().read(0, data.length))).toEqual(data);
  });

  it('reads parts of stored and compressed members, and refuses what lies outside', () => {
    const long = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
    for (const deflate of [false, true]) {
      const member = openZip(new MemorySource('a.zip', makeZip([{ name: 'a', data: long, deflate }])))
        .get('a')!
        .open();
      for (const [offset, length] of [
        [0, 10],
        [5, 1000],
        [99_990, 10],
        [0, 100_000],
        [12_000, 2_000],
      ] as const)
        expect(Buffer.from(member.read(offset, length))).toEqual(long.subarray(offset, offset + length));
      for (const [offset, length] of [
        [99_990, 11],
        [-1, 2],
        [0, -1],
      ] as const)
        expect(() => member.read(offset, length)).toThrow(expect.objectContaining({ code: 'weights.damaged' }));
    }
  });

  it('compares the checksum', () => {
    for (const deflate of [false, true]) {
      const member = openZip(new MemorySource('a.zip', makeZip([{ name: 'a', data, deflate, claims: { crc: 7 } }])))
        .get('a')!
        .open();
      expect(() => member.read(0, data.length)).toThrow(/checksum/);
    }
  });
});
