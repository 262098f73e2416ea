/** Labels in MATLAB files of level 5, as they are written by MATLAB (compressed) and by other programs. */
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MatProblem, readMatFile } from '../../../core/formats/matFile.ts';
import { matFile } from './matBytes.ts';

const LABELS = [77, 77, 1, 102, 300];

describe('arrays of numbers', () => {
  it.each([
    ['bytes', 2, LABELS.map((v) => v % 256)],
    ['16 bits', 4, LABELS],
    ['32 bits', 5, LABELS.map((v) => -v)],
    ['floating point', 9, LABELS.map((v) => v + 0.5)],
    ['small data within the tag', 2, [1, 2, 3]],
  ])('%s', (_name, type, values) => {
    for (const compressed of [false, true]) {
      const arrays = readMatFile(matFile([{ name: 'labels', type, values }], { compressed }));
      expect(arrays.get('labels')).toEqual({ shape: [1, values.length], values });
    }
  });

  it('several in one file, in the order of bytes of another machine', () => {
    const arrays = readMatFile(
      matFile(
        [
          { name: 'trnid', type: 4, values: [1, 2, 700] },
          { name: 'a', type: 9, values: [0.25] },
        ],
        { big: true },
      ),
    );
    expect([...arrays].map(([name, { values }]) => [name, values])).toEqual([
      ['trnid', [1, 2, 700]],
      ['a', [0.25]],
    ]);
  });
});

it('texts are passed over; what is none, cut off or damaged is said', () => {
  expect(readMatFile(matFile([{ name: 'text', type: 4, values: [72], kind: 4 }])).size).toBe(0);
  expect(() => readMatFile(Buffer.from('MATLAB 5.0 MAT-file'))).toThrow(MatProblem);
  expect(() => readMatFile(Buffer.alloc(200))).toThrow(/no MATLAB file of level 5/);
  const whole = matFile([{ name: 'labels', type: 9, values: LABELS }]);
  expect(() => readMatFile(whole.subarray(0, -20))).toThrow(/cut off/);
  const packed = matFile([{ name: 'labels', type: 9, values: LABELS }], { compressed: true });
  packed[140] = packed[140]! ^ 0xff;
  expect(() => readMatFile(packed)).toThrow(/cannot be unpacked|cut off|damaged/);
  const bomb = Buffer.concat([packed.subarray(0, 128), tagged(15, deflateSync(Buffer.alloc(80 * 2 ** 20)))]);
  expect(() => readMatFile(bomb)).toThrow(/cannot be unpacked/);
});

function tagged(type: number, data: Buffer): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(data.length, 4);
  return Buffer.concat([tag, data]);
}
