/** CIFAR's Python files as Python 2's cPickle wrote them (protocol 2). */

const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from([0x55, value.length]), Buffer.from(value, 'latin1')]);
const short = (value: number): Buffer => Buffer.from([0x4d, value & 255, value >> 8]);
const list = (items: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from(']('), ...items, Buffer.from('e')]);
const dict = (entries: readonly (readonly [string, Buffer])[]): Buffer =>
  Buffer.concat([
    Buffer.from([0x80, 2]),
    Buffer.from('}('),
    ...entries.flatMap(([key, value]) => [text(key), value]),
    Buffer.from('u.'),
  ]);

/** A uint8 array of `rows × columns`. */
function array(bytes: Buffer, rows: number, columns: number): Buffer {
  const length = Buffer.alloc(5);
  length[0] = 0x54;
  length.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([
    Buffer.from('cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0'),
    Buffer.from([0x85]),
    text('b'),
    Buffer.from([0x87]),
    Buffer.from('R(K\x01'),
    short(rows),
    short(columns),
    Buffer.from([0x86]),
    Buffer.from('cnumpy\ndtype\n'),
    text('u1'),
    Buffer.from('K\0K\x01'),
    Buffer.from([0x87]),
    Buffer.from('R(K\x03'),
    text('|'),
    Buffer.from('NNNJ'),
    Buffer.from('ffffffff', 'hex'),
    Buffer.from('J'),
    Buffer.from('ffffffff', 'hex'),
    Buffer.from('K\0tb'),
    Buffer.from([0x89]),
    length,
    bytes,
    Buffer.from('tb'),
  ]);
}

export function pickledBatch(labels: readonly number[], pixels: Buffer, key = 'labels'): Buffer {
  return dict([
    ['batch_label', text('a batch')],
    [key, list(labels.map((label) => Buffer.from([0x4b, label])))],
    ['data', array(pixels, labels.length, 3072)],
  ]);
}

export function pickledNames(key: string, names: readonly string[]): Buffer {
  return dict([[key, list(names.map(text))]]);
}

/** What a pickle does that runs a command: os.system is found by name and called. */
export const HOSTILE_PICKLE = Buffer.from('\x80\x02cposix\nsystem\nU\x04true\x85R.', 'latin1');
