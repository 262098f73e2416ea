import { describe, expect, test } from 'vitest';
import { tensorboardEvents } from '../../../core/formats/tensorboardEvents.ts';
import { crc32c } from '../../../core/formats/tfRecord.ts';

test("CRC-32C: RFC 3720's examples", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

describe('an event file', () => {
  test('begins with its version, as TensorBoard expects', () => {
    const file = tensorboardEvents([]);
    expect(file.readBigUInt64LE(0)).toBe(24n);
    expect(file.subarray(21, 36).toString('latin1')).toBe('\x1a\x0dbrain.Event:2');
    expect(file.length).toBe(12 + 24 + 4);
  });

  test('equals what TensorFlow itself writes, byte for byte', () => {
    const scalars = [
      { tag: 'val/top1', step: 300, wallTime: 1700000000.25, value: 0.359 },
      { tag: 'val/loss', step: 301, wallTime: 1700000001.5, value: Number.NaN },
    ];
    expect(tensorboardEvents(scalars).toString('hex')).toBe(GOLDEN);
  });
});

/** `Event` messages through tensorboard.summary.writer.record_writer.RecordWriter (tensorboard of PyPI). */
const GOLDEN =
  '1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe91f00000000000000514b44180900001040fc54d94110ac022a110a0f0a0876616c2f746f703115d9ceb73e64e72e1f1f00000000000000514b44180900006040fc54d94110ad022a110a0f0a0876616c2f6c6f7373150000c07fc6303466';
