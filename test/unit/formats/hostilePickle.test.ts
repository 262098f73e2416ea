/** Pickles made to harm. Case numbers are those of the weight file corpus. */
import { describe, expect, it } from 'vitest';
import { HOSTILE_GLOBALS } from './hostileGlobals.ts';
import { canary, outcomeOf } from '../weights/hostileOutcome.ts';
import { bytes, integer, numpyArray, objectNpy, text, torchZip, tuple } from './pickleAssembly.ts';

const CONTAINERS: readonly [string, (pickle: Buffer) => Buffer][] = [
  ['npy', objectNpy],
  ['zip .pth', (pickle) => torchZip(pickle)],
  ['bare pickle', (pickle) => pickle],
];
const command = (): Buffer => tuple(text(`touch ${canary}`));

describe('W01, W02, W05, W06: globals outside the list', () => {
  it.each(HOSTILE_GLOBALS)('%s.%s is named and never used', async (module, name) => {
    for (const [, wrap] of CONTAINERS) {
      for (const pickle of [
        bytes(`\x80\x02c${module}\n${name}\n`, command(), 'R.'),
        bytes('\x80\x04', text(module), '\x94', text(name), '\x94\x93', command(), 'R.'),
        bytes('\x80\x04', text(name), '\x940', text(module), '\x940h\x01h\x00\x93', command(), '\x81.'),
        bytes('\x80\x02}', text('w'), `c${module}\n${name}\n`, command(), 'Rs.'),
      ]) {
        const { code, message } = await outcomeOf(wrap(pickle));
        expect(code).toBe('weights.hostile');
        expect(message).toContain(`${module}.${name}`);
      }
    }
  });

  it('chains of getattr, and state smuggled into allowed objects, find nothing to hold on to', async () => {
    for (const pickle of [
      bytes('\x80\x02cbuiltins\ngetattr\n', tuple(bytes('cbuiltins\ndict\n'), text('get')), 'R.'),
      bytes('\x80\x02ccollections\nOrderedDict\n', tuple(), 'R}', text('__reduce__'), text('x'), 'sb.'),
      bytes('\x80\x02cnumpy\nndarray\n', tuple(), 'R}', text('__class__'), text('x'), 'sb.'),
      bytes('\x80\x02cnumpy\ndtype\n', tuple(text('os.system'), integer(0), integer(1)), 'R.'),
      bytes('\x80\x02}', text('__proto__'), '}', text('polluted'), '\x88sss.'),
      bytes('\x80\x02ccollections\ndefaultdict\n', tuple(bytes('cbuiltins\nlist\n')), 'R.'),
    ]) {
      expect((await outcomeOf(pickle)).code).toMatch(/^weights\./);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    }
  });
});

describe('W03, W04: what honest NumPy pickles need', () => {
  const values = new Float32Array([1, 2, 3, 4, 5, 6]);
  it.each(['numpy.core.multiarray', 'numpy._core.multiarray'])('%s._reconstruct', async (module) => {
    expect(await outcomeOf(bytes('\x80\x03}', text('w'), numpyArray(module, values, [2, 3]), 's.'))).toMatchObject({
      code: 'ok',
      names: ['w'],
    });
  });

  it('refuses an array whose bytes do not fill its shape', async () => {
    expect(
      (await outcomeOf(bytes('\x80\x03}', text('w'), numpyArray('numpy.core.multiarray', values, [2, 4]), 's.'))).code,
    ).toBe('weights.damaged');
    expect(
      (
        await outcomeOf(
          bytes('\x80\x03}', text('w'), numpyArray('numpy.core.multiarray', values, [2 ** 40, 2 ** 40]), 's.'),
        )
      ).code,
    ).toBe('weights.limit');
  });

  it('_codecs.encode with any codec but latin1', async () => {
    for (const codec of ['rot13', 'zip', 'hex', 'utf-8'])
      expect((await outcomeOf(bytes('\x80\x02c_codecs\nencode\n', tuple(text('x'), text(codec)), 'R.'))).code).toBe(
        'weights.hostile',
      );
  });
});

describe('W07 to W12: operations and sizes', () => {
  const length8 = Buffer.alloc(8);
  length8.writeBigUInt64LE(1n << 63n);
  const frame = (size: number): Buffer => {
    const out = Buffer.alloc(9, 0x95);
    out.writeBigUInt64LE(BigInt(size), 1);
    return out;
  };
  const laughs = bytes(
    '\x80\x02]',
    '(K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01eq\x00',
    ...Array.from({ length: 40 }, (_, i) =>
      bytes(
        ']',
        '(',
        ...Array.from({ length: 10 }, () => bytes('h', Buffer.from([i]))),
        'e',
        'q',
        Buffer.from([i + 1]),
      ),
    ),
    ...Array.from({ length: 40 }, () => '\x86'),
    '.',
  );
  it.each<[string, Buffer, string]>([
    ['W07 INST', bytes(`(S'touch'\nios\nsystem\n.`), 'weights.hostile'],
    ['W07 INST in a protocol 2 pickle', bytes(`\x80\x02(S'touch'\nios\nsystem\n.`), 'weights.hostile'],
    ['W07 OBJ', bytes('\x80\x02(ccollections\nOrderedDict\no.'), 'weights.hostile'],
    ['W07 EXT1', bytes('\x80\x02\x82\x01.'), 'weights.hostile'],
    ['W07 EXT2', bytes('\x80\x02\x83\x01\x00.'), 'weights.hostile'],
    ['W07 EXT4', bytes('\x80\x02\x84\x01\x00\x00\x00.'), 'weights.hostile'],
    ['a persistent id where there are none', bytes('\x80\x02', text('x'), 'Q.'), 'weights.hostile'],
    ['an out-of-band buffer', bytes('\x80\x05\x97.'), 'weights.hostile'],
    [
      'a constructor with keywords',
      bytes('\x80\x04ccollections\nOrderedDict\n)}', text('a'), 'K\x01s\x92.'),
      'weights.hostile',
    ],
    ['W08 billion laughs', laughs, 'weights.limit'],
    ['W08 memo flood', bytes('\x80\x04N', '\x94'.repeat(100_001), '.'), 'weights.limit'],
    ['W09 DUP flood', bytes('\x80\x02N', '2'.repeat(20_000), '.'), 'weights.limit'],
    ['W09 mark flood', bytes('\x80\x02', '('.repeat(20_000), '.'), 'weights.limit'],
    ['W09 a million operations', bytes('\x80\x02N', 'N0'.repeat(600_000), '.'), 'weights.limit'],
    [
      'W08 one long list given to many constructors',
      bytes(
        '\x80\x02](',
        'K\x01'.repeat(9_000),
        'eq\x000',
        'cbuiltins\nset\nq\x010',
        'h\x01h\x00\x85R0'.repeat(5_000),
        'N.',
      ),
      'weights.limit',
    ],
    ['W10 BINBYTES8 of 2^63', bytes('\x80\x04\x8e', length8, '.'), 'weights.damaged'],
    ['W10 BINUNICODE8 of 2^63', bytes('\x80\x04\x8d', length8, '.'), 'weights.damaged'],
    ['W10 BYTEARRAY8 of 2^63', bytes('\x80\x05\x96', length8, '.'), 'weights.damaged'],
    ['W10 LONG4 of 2 GiB', bytes('\x80\x02\x8b\xff\xff\xff\x7f.'), 'weights.limit'],
    ['W11 stack underflow', bytes('\x80\x020.'), 'weights.damaged'],
    ['W11 tuple of nothing', bytes('\x80\x02\x87.'), 'weights.damaged'],
    ['W11 missing mark', bytes('\x80\x02t.'), 'weights.damaged'],
    ['W11 missing STOP', bytes('\x80\x02N'), 'weights.damaged'],
    ['W11 values left over', bytes('\x80\x02NN.'), 'weights.damaged'],
    ['W11 frame longer than the file', bytes('\x80\x04', frame(1000), 'N.'), 'weights.damaged'],
    ["W11 operation across a frame's end", bytes('\x80\x04', frame(3), text('abcdef'), '.'), 'weights.damaged'],
    ['W11 frame inside a frame', bytes('\x80\x04', frame(11), frame(2), 'N.'), 'weights.damaged'],
    ['W11 memo never written', bytes('\x80\x02h\x05.'), 'weights.damaged'],
    ['W12 list that holds itself', bytes('\x80\x02]q\x00h\x00a.'), 'weights.mismatch'],
    ['W12 dict that holds itself', bytes('\x80\x02}q\x00', text('state_dict'), 'h\x00s.'), 'weights.mismatch'],
    ['W12 lists nested 9,000 deep', bytes('\x80\x02', ']'.repeat(9_000), 'a'.repeat(8_999), '.'), 'weights.mismatch'],
    ['protocol 9', bytes('\x80\x09N.'), 'weights.unsupported'],
    ['an operation that does not exist', bytes('\x80\x02\xff.'), 'weights.damaged'],
  ])('%s', async (_name, pickle, expected) => {
    expect((await outcomeOf(pickle)).code).toBe(expected);
  });
});
