/**
 * Archives, arrays, HDF5 and protobuf files made to harm, and files that are no weights. Case numbers are those of the
 * weight file corpus.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openWeights } from '../../../core/weights/openWeights.ts';
import { fixturePath, openFixture } from './fixtures.ts';
import { folder, outcome, outcomeOf } from './hostileOutcome.ts';
import { bytes, npyHeader, stateDict, torchZip } from '../formats/pickleAssembly.ts';
import { makeZip } from '../formats/zipFile.ts';

describe('W13 to W17: .npy', () => {
  const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
  it.each<[string, Buffer, string]>([
    ['W13 header of 1 MB', bytes(npyHeader(good.padEnd(1_000_000), 2), Buffer.alloc(24)), 'weights.limit'],
    ['W13 header longer than the file', bytes(npyHeader(good), '').subarray(0, 40), 'weights.damaged'],
    [
      'W14 code for a shape',
      bytes(npyHeader(good.replace('(2, 3)', "__import__('os').system('touch canary')")), Buffer.alloc(24)),
      'weights.damaged',
    ],
    [
      'W14 an expression for a shape',
      bytes(npyHeader(good.replace('(2, 3)', '(2*1, 3)')), Buffer.alloc(24)),
      'weights.damaged',
    ],
    [
      'W14 a key given twice',
      bytes(npyHeader(good.replace('}', "'shape': (1,), }")), Buffer.alloc(24)),
      'weights.damaged',
    ],
    ['W14 a key more', bytes(npyHeader(good.replace('}', "'x': 1, }")), Buffer.alloc(24)), 'weights.damaged'],
    ['W14 a negative shape', bytes(npyHeader(good.replace('(2, 3)', '(-2, -3)')), Buffer.alloc(24)), 'weights.damaged'],
    ['a record array', bytes(npyHeader(good.replace("'<f4'", "[('a', '<f4')]")), Buffer.alloc(24)), 'weights.damaged'],
    ['text elements', bytes(npyHeader(good.replace('<f4', '<U4')), Buffer.alloc(96)), 'weights.unsupported'],
    [
      'W15 shape (2^40, 2^40)',
      bytes(npyHeader(good.replace('(2, 3)', '(1099511627776, 1099511627776)')), Buffer.alloc(24)),
      'weights.limit',
    ],
    [
      'W15 shape (2^40,)',
      bytes(npyHeader(good.replace('(2, 3)', '(1099511627776,)')), Buffer.alloc(24)),
      'weights.damaged',
    ],
    [
      'W15 one dimension of 40 digits',
      bytes(npyHeader(good.replace('(2, 3)', `(${'9'.repeat(40)},)`)), Buffer.alloc(24)),
      'weights.damaged',
    ],
    ['W17 one byte short', bytes(npyHeader(good), Buffer.alloc(23)), 'weights.damaged'],
    ['W17 one byte long', bytes(npyHeader(good), Buffer.alloc(25)), 'weights.damaged'],
    ['version 9', bytes(npyHeader(good, 9), Buffer.alloc(24)), 'weights.damaged'],
    ['only the magic', bytes('\x93NUMPY'), 'weights.damaged'],
  ])('%s', async (_name, content, expected) => {
    expect((await outcomeOf(content)).code).toBe(expected);
  });
});

describe('W18 to W21: PyTorch', () => {
  const data = (key: string, size: number): { name: string; data: Buffer } => ({
    name: `archive/data/${key}`,
    data: Buffer.alloc(size),
  });
  it.each<[string, Buffer, string]>([
    ['W19 storage key ../x', torchZip(stateDict('../x', 4, 0, [4], [1]), [data('0', 16)]), 'weights.hostile'],
    [
      'W19 storage key /etc/passwd',
      torchZip(stateDict('/etc/passwd', 4, 0, [4], [1]), [data('0', 16)]),
      'weights.hostile',
    ],
    [
      'W19 member ../x',
      torchZip(stateDict('0', 4, 0, [4], [1]), [data('0', 16), data('../../x', 4)]),
      'weights.hostile',
    ],
    ['W19 absolute member', makeZip([{ name: '/data.pkl', data: Buffer.alloc(1) }]), 'weights.hostile'],
    ['W19 member with backslashes', makeZip([{ name: 'a\\..\\data.pkl', data: Buffer.alloc(1) }]), 'weights.hostile'],
    ['W19 storage that is missing', torchZip(stateDict('1', 4, 0, [4], [1]), [data('0', 16)]), 'weights.damaged'],
    ['W20 offset outside', torchZip(stateDict('0', 4, 1, [4], [1]), [data('0', 16)]), 'weights.damaged'],
    ['W20 stride outside', torchZip(stateDict('0', 4, 0, [2], [4]), [data('0', 16)]), 'weights.damaged'],
    ['W20 negative stride', torchZip(stateDict('0', 4, 3, [4], [-1]), [data('0', 16)]), 'weights.damaged'],
    ['W20 negative offset', torchZip(stateDict('0', 4, -1, [2], [1]), [data('0', 16)]), 'weights.damaged'],
    ['W20 strides without dimensions', torchZip(stateDict('0', 4, 0, [4], [1, 1]), [data('0', 16)]), 'weights.damaged'],
    [
      'W20 storage longer than its member',
      torchZip(stateDict('0', 5, 0, [4], [1]), [data('0', 16)]),
      'weights.damaged',
    ],
    [
      'W20 stride 0 over 2^40 elements',
      torchZip(stateDict('0', 4, 0, [2 ** 20, 2 ** 20], [0, 0]), [data('0', 16)]),
      'weights.limit',
    ],
    [
      'W20 shape product beyond 2^53',
      torchZip(stateDict('0', 4, 0, [2 ** 30, 2 ** 30], [0, 0]), [data('0', 16)]),
      'weights.limit',
    ],
    [
      'W20 two elements at both ends of a long storage',
      torchZip(stateDict('0', 2 ** 25, 0, [2], [2 ** 25 - 1]), [data('0', 2 ** 27)]),
      'weights.limit',
    ],
    [
      'storages that were compressed',
      torchZip(stateDict('0', 4, 0, [4], [1]), [{ ...data('0', 16), deflate: true }]),
      'weights.unsupported',
    ],
    [
      'TorchScript',
      makeZip([
        { name: 'a/data.pkl', data: Buffer.alloc(1) },
        { name: 'a/constants.pkl', data: Buffer.alloc(1) },
      ]),
      'weights.unsupported',
    ],
    [
      'W18 legacy tar',
      Buffer.concat([Buffer.from('storages'.padEnd(257, '\0')), Buffer.from('ustar\0'), Buffer.alloc(1000)]),
      'weights.unsupported',
    ],
    [
      'an encrypted archive',
      makeZip([{ name: 'a/data.pkl', data: Buffer.alloc(4), claims: { flags: 1 } }]),
      'weights.unsupported',
    ],
    [
      'an unknown compression',
      makeZip([{ name: 'a/data.pkl', data: Buffer.alloc(4), claims: { method: 93 } }]),
      'weights.unsupported',
    ],
    ['a split archive', makeZip([{ name: 'a/data.pkl', data: Buffer.alloc(4) }], { disk: 2 }), 'weights.unsupported'],
    [
      'two members of one name',
      makeZip([
        { name: 'a/data.pkl', data: Buffer.alloc(4) },
        { name: 'a/data.pkl', data: Buffer.alloc(4) },
      ]),
      'weights.hostile',
    ],
    [
      'members that overlap',
      makeZip([
        { name: 'a.npy', data: Buffer.alloc(64) },
        { name: 'b.npy', data: Buffer.alloc(64), claims: { header: 8 } },
      ]),
      'weights.hostile',
    ],
    [
      'a wrong checksum',
      makeZip([{ name: 'a/data.pkl', data: bytes('\x80\x02}.'), claims: { crc: 1 } }]),
      'weights.damaged',
    ],
    [
      'a compression bomb',
      makeZip([{ name: 'a.npy', data: Buffer.alloc(100), deflate: true, claims: { size: 2 ** 31 - 1 } }]),
      'weights.limit',
    ],
    [
      'a member of 100 MB of zeros',
      makeZip([{ name: 'a/data.pkl', data: Buffer.alloc(100_000_000), deflate: true }]),
      'weights.limit',
    ],
    [
      'names that differ in the two headers',
      makeZip([{ name: 'a/data.pkl', data: Buffer.alloc(4), claims: { localName: 'b/data.pkl' } }]),
      'weights.damaged',
    ],
    ['a pickle that is no weights', torchZip(bytes('\x80\x02K\x01.')), 'weights.mismatch'],
    ['an empty archive', makeZip([]), 'weights.unsupported'],
    [
      'an archive of something else',
      makeZip([{ name: 'word/document.xml', data: Buffer.alloc(4) }]),
      'weights.unsupported',
    ],
  ])('%s', async (_name, content, expected) => {
    expect((await outcomeOf(content)).code).toBe(expected);
  });

  it('W21 a storage shared by many tensors is read in place', async () => {
    for (const name of ['views.pth', 'views_legacy.pth']) {
      const file = await openFixture(name);
      expect(Array.from(file.tensors.get('tied')!.read())).toEqual(Array.from(file.tensors.get('whole')!.read()));
      file.close();
    }
  });
});

describe('W28 to W32: Keras and HDF5', () => {
  const config =
    '{"class_name":"Sequential","config":{"layers":[{"class_name":"Dense","module":"MODULE","config":{"name":"d"}}]}}';
  const keras = (json: string): Buffer =>
    makeZip([
      { name: 'config.json', data: Buffer.from(json) },
      { name: 'model.weights.h5', data: readFileSync(fixturePath('net.weights.h5')) },
    ]);

  it.each<[string, string, string]>([
    ['W28 Lambda layer in .h5', 'lambda.h5', 'weights.hostile'],
    ['W28 Lambda layer in .keras', 'lambda.keras', 'weights.hostile'],
    ['W29 soft link', 'softlink.h5', 'weights.hostile'],
    ['W29 external link', 'externallink.h5', 'weights.hostile'],
    ['W29 external data', 'externaldata.h5', 'weights.hostile'],
    ['W29 virtual data set', 'virtual.h5', 'weights.hostile'],
    ['W30 16 PiB in chunks that were never written', 'sparse.h5', 'weights.limit'],
    ['W30 4 PiB that were never written', 'hugecontiguous.h5', 'weights.limit'],
    ['W31 unknown filter', 'filter.h5', 'weights.unsupported'],
  ])('%s', async (_name, fixture, expected) => {
    expect((await outcome(fixturePath(fixture))).code).toBe(expected);
  });

  it('a group that is a member of itself, or reached by many names', async () => {
    const whole = readFileSync(fixturePath('softlink.h5'));
    // The entry "a" of the root group (hard link, cache type 1) is pointed at the root group's own header.
    const node = whole.indexOf('SNOD');
    const root = whole.readBigUInt64LE(64);
    const circular = Buffer.from(whole);
    circular.writeBigUInt64LE(root, node + 8 + 8);
    expect((await outcomeOf(circular)).code).toBe('weights.hostile');
  });

  it('a group index whose levels never end', async () => {
    const whole = readFileSync(fixturePath('net.weights.h5'));
    const tree = whole.indexOf('TREE');
    const deep = Buffer.from(whole);
    deep[tree + 5] = 200;
    expect((await outcomeOf(deep)).code).toBe('weights.damaged');
  });

  it('W32 a configuration that names a module', async () => {
    for (const module of ['os', 'builtins', 'my.package', 'keras_evil', 'subprocess']) {
      const { code, message } = await outcomeOf(keras(config.replace('MODULE', module)));
      expect(code).toBe('weights.hostile');
      expect(message).toContain(module);
    }
    expect((await outcomeOf(keras(config.replace('MODULE', 'keras.layers')))).code).toBe('ok');
    expect((await outcomeOf(keras(`{"class_name":${'['.repeat(5000)}`))).code).toBe('weights.damaged');
  });
});

describe("W33 to W37: other programs' files", () => {
  it.each<[string, Buffer, string]>([
    ['W33 ONNX', bytes('\x08\x07\x12\x07pytorch', Buffer.alloc(40)), 'weights.unsupported'],
    [
      'W37 tfjs manifest',
      Buffer.from(
        '{"format":"layers-model","weightsManifest":[{"paths":["../../x","http://example.org/y"],"weights":[]}]}',
      ),
      'weights.unsupported',
    ],
    ['index that names a file elsewhere', Buffer.from('{"weight_map":{"a":"../x.safetensors"}}'), 'weights.hostile'],
    ['index that names an absolute file', Buffer.from('{"weight_map":{"a":"/x.safetensors"}}'), 'weights.hostile'],
    ['index whose file is not there', Buffer.from('{"weight_map":{"a":"x.safetensors"}}'), 'file.notFound'],
    ['W35 varint of 11 bytes', bytes('\x0a\x01n\xa2\x06', '\xff'.repeat(10), '\x01'), 'weights.damaged'],
    ['W35 length past the end', bytes('\x0a\x01n\xa2\x06\xff\x7f', Buffer.alloc(10)), 'weights.damaged'],
    ['W35 wire type that does not exist', bytes('\x0a\x01n\x17', Buffer.alloc(10)), 'weights.damaged'],
    ['W35 field number 0', bytes('\x0a\x01n\x02\x00', Buffer.alloc(10)), 'weights.damaged'],
    [
      'W36 blob that does not fill its shape',
      bytes('\x0a\x01n\x12\x16\x22\x01c\x28\x04\x32\x0f\x08\x01\x10\x01\x18\x01\x20\x05\x2a\x04\x00\x00\x00\x00\x00'),
      'weights.damaged',
    ],
    ['W36 layers without blobs', bytes('\x0a\x01n\x12\x03\x22\x01c'), 'weights.mismatch'],
  ])('%s', async (_name, content, expected) => {
    expect((await outcomeOf(content)).code).toBe(expected);
  });

  it('W35 four million empty fields', async () => {
    expect((await outcomeOf(bytes('\x0a\x01n', Buffer.alloc(8_000_000, Buffer.from([0x18, 0x00]))))).code).toBe(
      'weights.limit',
    );
  });

  it('W35 messages nested 10,000 deep', async () => {
    let message = bytes('\x0a\x00');
    for (let depth = 0; depth < 10_000; depth++) {
      const length: number[] = [];
      for (let rest = message.length; ; rest >>= 7) {
        length.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) break;
      }
      message = bytes('\x0a', Buffer.from(length), message);
    }
    expect((await outcomeOf(bytes('\x0a\x01n\xa2\x06\x05\x0a\x03abc', message))).code).toMatch(/^weights\./);
  });
});

describe('W40 to W42: files that are no weights, or not all of them', () => {
  it('W40 an all-zero file, and sparse files of 4 GB', async () => {
    expect((await outcomeOf(Buffer.alloc(100_000))).code).toBe('weights.damaged');
    const path = join(folder, 'sparse.npy');
    const handle = openSync(path, 'w');
    ftruncateSync(handle, 4 * 2 ** 30);
    closeSync(handle);
    expect((await outcome(path)).code).toBe('weights.damaged');
    const header = npyHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (1073741824,), }\n");
    const claimed = openSync(path, 'w');
    writeFileSync(claimed, header);
    ftruncateSync(claimed, header.length + 4 * 2 ** 30);
    closeSync(claimed);
    const file = await openWeights(path);
    expect(file.tensors.get('sparse')!.shape).toEqual([2 ** 30]);
    file.close();
    rmSync(path);
  });

  it('W41 a Git LFS pointer and a web page say what they are', async () => {
    const pointer = await outcomeOf(
      Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 553436134\n'),
      'vgg16.npy',
    );
    expect(pointer).toMatchObject({
      code: 'weights.notWeights',
      message: expect.stringContaining('Git LFS pointer') as string,
    });
    for (const page of ['<!DOCTYPE html><html>', '\n<html lang="en">', '<?xml version="1.0"?><Error>'])
      expect((await outcomeOf(Buffer.from(page), 'model.pth')).code).toBe('weights.notWeights');
    expect((await outcomeOf(Buffer.alloc(0))).code).toBe('weights.damaged');
    expect((await outcomeOf(Buffer.from('hello'))).code).toBe('weights.unsupported');
    expect((await outcomeOf(bytes('\x1f\x8b\x08', Buffer.alloc(20)))).message).toContain('gzip');
  });

  it.each([
    'f4.npy',
    'dict_protocol2.npy',
    'vgg16_style_python2.npy',
    'arrays.npz',
    'state_dict.pth',
    'state_dict_legacy.pth',
    'all.safetensors',
    'net.h5',
    'net.keras',
    'net.weights.h5',
    'v1.caffemodel',
    'v2.caffemodel',
  ])('W42 %s cut at 99 % and elsewhere', async (name) => {
    const whole = readFileSync(fixturePath(name));
    for (const part of [0.99, 0.9, 0.5, 0.1])
      expect((await outcomeOf(whole.subarray(0, Math.floor(whole.length * part)))).code).toBe('weights.damaged');
    expect((await outcomeOf(whole.subarray(0, -1))).code).toBe('weights.damaged');
  });

  it('a link to a folder or a device is no weight file', async () => {
    const link = join(folder, 'link.npy');
    symlinkSync('/dev/zero', link);
    expect((await outcome(link)).code).toBe('weights.unsupported');
    rmSync(link);
  });
});
