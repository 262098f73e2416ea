import { describe, expect, test } from 'vitest';
import { Preprocessing, PreprocessingRequest } from '../../../contract/inputSpec.ts';
import { Protocol } from '../../../contract/protocol.ts';
import { protocolHash } from '../../../core/evaluate/protocols/protocolHash.ts';

describe('what older versions stored is read', () => {
  const STORED = { size: 32, color: 'rgb', channelOrder: 'bgr', mean: [1, 2, 3], std: [1, 1, 1] } as const;

  test('blue first was said beside the colour', () => {
    expect(Preprocessing.parse(STORED)).toEqual({
      size: 32,
      color: 'bgr',
      fit: 'cover',
      interpolation: 'lanczos3',
      scale: 255,
      mean: [1, 2, 3],
      std: [1, 1, 1],
    });
    expect(Preprocessing.parse({ ...STORED, channelOrder: 'rgb' }).color).toBe('rgb');
    expect(Preprocessing.parse({ ...STORED, color: 'gray', channelOrder: 'rgb', mean: [0], std: [1] }).color).toBe(
      'gray',
    );
    expect(PreprocessingRequest.parse({ channelOrder: 'bgr' })).toEqual({ color: 'bgr' });
    expect(PreprocessingRequest.parse({ size: 64 })).toEqual({ size: 64 });
  });

  test("a packed cache's interpolation was its kernel; the protocol keeps its hash", () => {
    const stored = {
      name: 'packed-32-cover-cubic',
      title: 'Centre 32 × 32',
      resize: { kind: 'packed', size: 32, fit: 'cover', kernel: 'cubic' },
      crop: 32,
      crops: 'whole',
      mirror: false,
      average: 'probabilities',
      input: null,
      labels: null,
    } as const;
    const protocol = Protocol.parse(stored);
    expect(protocol.resize).toEqual({ kind: 'packed', size: 32, fit: 'cover', interpolation: 'cubic' });
    expect(Protocol.parse(protocol)).toEqual(protocol);
    // As it was hashed with `kernel`.
    expect(protocolHash(protocol)).toBe('8520e52f8bc15f8152e0f94615a6e3a44b4c7604c8dca9b17933a2a608a25116');
  });
});
