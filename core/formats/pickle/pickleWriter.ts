/**
 * Pickle protocol 3 for NumPy arrays in dicts and lists, the structure of vgg16.npy: `numpy.load(path,
 * allow_pickle=True)` reads it with and without `encoding='latin1'`.
 */

export type PickleNode =
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [string, PickleNode])[] }
  | { readonly kind: 'list'; readonly items: readonly PickleNode[] }
  | {
      readonly kind: 'array';
      readonly shape: readonly number[];
      readonly data: () => Float32Array | Promise<Float32Array>;
    };

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const RECONSTRUCT = latin1('cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R');
/** dtype('f4', 0, 1) with its state (3, '<', None, None, None, -1, -1, 0). */
const FLOAT32 = latin1(
  'cnumpy\ndtype\nX\x02\x00\x00\x00f4K\x00K\x01\x87R(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb',
);
/** dtype('O8', 0, 1) with its state (3, '|', None, None, None, -1, -1, 63). */
const OBJECT = latin1(
  'cnumpy\ndtype\nX\x02\x00\x00\x00O8K\x00K\x01\x87R(K\x03X\x01\x00\x00\x00|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb',
);

function integer(value: number): Buffer {
  if (value < 256) return Buffer.from([0x4b, value]);
  const out = Buffer.alloc(5, 0x4a);
  out.writeInt32LE(value, 1);
  return out;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  const head = Buffer.alloc(5, 0x58);
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function counts(shape: readonly number[]): Buffer {
  return Buffer.concat([latin1('('), ...shape.map(integer), latin1('t')]);
}

async function* node(value: PickleNode): AsyncGenerator<Uint8Array, void, undefined> {
  if (value.kind === 'dict') {
    yield latin1('}(');
    for (const [key, child] of value.entries) {
      yield text(key);
      yield* node(child);
    }
    yield latin1('u');
  } else if (value.kind === 'list') {
    yield latin1('](');
    for (const item of value.items) yield* node(item);
    yield latin1('e');
  } else {
    const data = await value.data();
    const head = Buffer.alloc(5, 0x42);
    head.writeUInt32LE(data.byteLength, 1);
    yield Buffer.concat([RECONSTRUCT, latin1('(K\x01'), counts(value.shape), FLOAT32, latin1('\x89'), head]);
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    yield latin1('tb');
  }
}

/**
 * The pickle of a zero-dimensional object array around `root`, in pieces; array data is asked for one array at a time.
 */
export async function* pickleObjectArray(root: PickleNode): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.concat([latin1('\x80\x03'), RECONSTRUCT, latin1('(K\x01)'), OBJECT, latin1('\x89](')]);
  yield* node(root);
  yield latin1('etb.');
}
