/** Pickles written opcode by opcode for tests, and the files they travel in. */
import { makeZip, type ZipPart } from './zipFile.ts';

export function bytes(...parts: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
}

export function text(value: string): Buffer {
  const out = Buffer.alloc(5 + Buffer.byteLength(value), 0x58);
  out.writeUInt32LE(Buffer.byteLength(value), 1);
  out.write(value, 5);
  return out;
}

export function integer(value: number): Buffer {
  const out = Buffer.alloc(10, 0x8a);
  out[1] = 8;
  out.writeBigInt64LE(BigInt(value), 2);
  return out;
}

export function tuple(...items: readonly Uint8Array[]): Buffer {
  return bytes('(', ...items, 't');
}

export function npyHeader(header: string, version = 1): Buffer {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  return bytes(`\x93NUMPY${String.fromCharCode(version)}\x00`, length, header);
}

/** A .npy whose object array is this pickle. */
export function objectNpy(pickle: Uint8Array): Buffer {
  return bytes(npyHeader("{'descr': '|O', 'fortran_order': False, 'shape': (), }\n"), pickle);
}

export function torchZip(pickle: Uint8Array, storages: readonly ZipPart[] = []): Buffer {
  return makeZip([
    { name: 'archive/data.pkl', data: pickle },
    ...storages,
    { name: 'archive/version', data: Buffer.from('3\n') },
  ]);
}

/** A float storage of `length` elements under `key`. */
export function storage(key: string, length: number): Buffer {
  return bytes(tuple(text('storage'), bytes('ctorch\nFloatStorage\n'), text(key), text('cpu'), integer(length)), 'Q');
}

/** A state dict with one tensor `w`. */
export function stateDict(
  key: string,
  length: number,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): Buffer {
  const args = tuple(
    storage(key, length),
    integer(offset),
    tuple(...shape.map(integer)),
    tuple(...strides.map(integer)),
    bytes('\x89'),
    bytes('ccollections\nOrderedDict\n)R'),
  );
  return bytes('\x80\x02}', text('w'), 'ctorch._utils\n_rebuild_tensor_v2\n', args, 'Rs.');
}

/** An array through NumPy's own functions: `module` is where `_reconstruct` lives. */
export function numpyArray(module: string, values: Float32Array, shape: readonly number[]): Buffer {
  const raw = Buffer.from(values.buffer);
  const length = Buffer.alloc(5, 0x42);
  length.writeUInt32LE(raw.length, 1);
  return bytes(
    `c${module}\n_reconstruct\ncnumpy\nndarray\n(K\x00tC\x01b\x87R`,
    '(K\x01',
    tuple(...shape.map(integer)),
    'cnumpy\ndtype\n',
    text('f4'),
    '\x89\x88\x87R(K\x03',
    text('<'),
    'NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89',
    length,
    raw,
    'tb',
  );
}
