import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { StudioError } from '../../../contract/errors.ts';
import { openSafetensors, writeSafetensors } from '../../../core/formats/safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(header: string | Buffer, data: number, length?: bigint): string {
  const text = Buffer.from(header);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length ?? BigInt(text.length));
  const path = join(folder, 'made.safetensors');
  writeFileSync(path, Buffer.concat([size, text, Buffer.alloc(data)]));
  return path;
}

function codeOf(path: string): string {
  try {
    openSafetensors(path).close();
  } catch (error) {
    expect(error).toBeInstanceOf(StudioError);
    return (error as StudioError).code;
  }
  return 'opened';
}

/** All of a file, each tensor in its own number format. */
function readAll(path: string): { tensors: Map<string, unknown>; metadata: ReadonlyMap<string, string> } {
  const file = openSafetensors(path);
  onTestFinished(() => file.close());
  const tensors = [...file.entries].map(
    ([name, { dtype, shape }]) => [name, { dtype, shape, data: file.readTyped(name) }] as const,
  );
  return { tensors: new Map(tensors), metadata: file.metadata };
}

describe('writeSafetensors', () => {
  it('gives back what was written, bit for bit, with size and hash', async () => {
    const path = join(folder, 'own.safetensors');
    const weights = new Float32Array([1.5, -0, NaN, Infinity, 1e-45, 3.25]);
    const written = await writeSafetensors(
      path,
      [
        { name: 'bytes', shape: [3], data: new Uint8Array([1, 2, 3]) },
        { name: 'conv1_1/kernel', shape: [1, 1, 2, 3], data: weights },
        { name: 'step', shape: [], data: new BigInt64Array([-9007199254740993n]) },
        { name: 'lazy', shape: [2], data: () => Promise.resolve(new Float32Array([7, 8])) },
        { name: 'empty', shape: [0, 4], data: new Float32Array(0) },
      ],
      { note: 'ü "quoted"' },
    );
    const bytes = readFileSync(path);
    expect(written).toEqual({ sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    const { tensors, metadata } = readAll(path);
    expect(metadata.get('note')).toBe('ü "quoted"');
    expect(tensors.get('conv1_1/kernel')).toEqual({ dtype: 'f32', shape: [1, 1, 2, 3], data: weights });
    expect(tensors.get('bytes')).toEqual({ dtype: 'u8', shape: [3], data: new Uint8Array([1, 2, 3]) });
    expect(tensors.get('step')).toMatchObject({ data: new BigInt64Array([-9007199254740993n]) });
    expect(tensors.get('lazy')).toMatchObject({ data: new Float32Array([7, 8]) });
    expect(tensors.get('empty')).toMatchObject({ data: new Float32Array(0) });
  });

  it('leaves no file behind when a tensor does not fit its shape', async () => {
    const path = join(folder, 'wrong.safetensors');
    await expect(writeSafetensors(path, [{ name: 'a', shape: [2], data: new Float32Array(3) }])).rejects.toMatchObject({
      code: 'input.invalid',
    });
    await expect(
      writeSafetensors(path, [{ name: 'a', shape: [2], data: () => new Float32Array(3) }]),
    ).rejects.toMatchObject({ code: 'input.invalid' });
    await expect(
      writeSafetensors(path, [
        { name: 'a', shape: [], data: new Float32Array(1) },
        { name: 'a', shape: [], data: new Float32Array(1) },
      ]),
    ).rejects.toMatchObject({ code: 'input.invalid' });
    expect(readdirSync(folder).filter((name) => name.startsWith('wrong'))).toEqual([]);
  });

  it('names a folder that does not exist', async () => {
    await expect(writeSafetensors(join(folder, 'no', 'x.safetensors'), [])).rejects.toMatchObject({
      code: 'file.notFound',
    });
  });
});

describe('openSafetensors', () => {
  const good =
    '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]}}';

  it('reads single tensors and decodes to float32', () => {
    const path = file(good, 12);
    const opened = openSafetensors(path);
    expect([...opened.tensors.keys()]).toEqual(['a', 'b']);
    expect(opened.tensors.get('b')!.read()).toEqual(new Float32Array(2));
    opened.close();
  });

  it.each<[string, string | Buffer, number, string, bigint?]>([
    ['W22 header of 16 MiB and one byte', '{}', 0, 'weights.limit', 16777217n],
    ['W22 header of 2^63 bytes', '{}', 0, 'weights.limit', 1n << 63n],
    ['W22 header longer than the file', '{}', 0, 'weights.damaged', 1000n],
    ['W23 header that is no JSON', '{"a":', 0, 'weights.damaged'],
    ['W23 header that is a list', '[]', 0, 'weights.damaged'],
    ['W23 header that starts with a space', ' {}', 0, 'weights.damaged'],
    ['W23 header that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 0, 'weights.damaged'],
    ['W23 header nested 100,000 deep', `{"a":${'['.repeat(100_000)}`, 0, 'weights.damaged'],
    ['W24 overlap', good.replace('[8,12]', '[4,8]'), 8, 'weights.damaged'],
    ['W24 hole', good.replace('[8,12]', '[10,14]'), 14, 'weights.damaged'],
    ['W24 end past the file', good, 11, 'weights.damaged'],
    ['W24 bytes after the last tensor', good, 13, 'weights.damaged'],
    ['W24 begin after end', good.replace('[8,12]', '[12,8]'), 12, 'weights.damaged'],
    ['W24 negative begin', good.replace('[0,8]', '[-8,0]'), 12, 'weights.damaged'],
    ['W24 fractional begin', good.replace('[0,8]', '[0.5,8.5]'), 12, 'weights.damaged'],
    ['W25 key given twice', good.replace('"b"', '"a"'), 12, 'weights.damaged'],
    ['W25 key given twice by escape', good.replace('"b"', '"\\u0061"'), 12, 'weights.damaged'],
    ['W25 key __proto__', good.replace('"b"', '"__proto__"'), 12, 'weights.hostile'],
    ['W26 shape product overflow', good.replace('"shape":[2]', '"shape":[4294967296,4294967296]'), 12, 'weights.limit'],
    ['W26 dimension over 2^53', good.replace('"shape":[2]', '"shape":[18446744073709551615]'), 12, 'weights.limit'],
    ['shape and bytes that differ', good.replace('"shape":[2]', '"shape":[3]'), 12, 'weights.damaged'],
    ['unknown number format', good.replace('F32', 'F4'), 12, 'weights.unsupported'],
    ['metadata that is no text', good.replace('{"a"', '{"__metadata__":{"x":1},"a"'), 12, 'weights.damaged'],
  ])('refuses: %s', (_name, header, data, code, length) => {
    expect(codeOf(file(header, data, length))).toBe(code);
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined();
  });
});
