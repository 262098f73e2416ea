/** Every reader against files written by the library of its own ecosystem. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openWeights } from '../../../core/weights/openWeights.ts';
import { openFixture, fixturePath } from './fixtures.ts';

interface Expected {
  tensors: Record<string, { shape: number[]; values: number[] }>;
}
const expected = JSON.parse(readFileSync(fixturePath('expected.json'), 'utf8')) as Record<string, Expected>;

const folder = mkdtempSync(join(tmpdir(), 'readers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.entries(expected))('%s', (name, { tensors }) => {
  it('gives every tensor with its shape and values', async () => {
    const file = await openFixture(name);
    const found = Object.fromEntries(
      [...file.tensors].map(([key, tensor]) => [key, { shape: [...tensor.shape], values: Array.from(tensor.read()) }]),
    );
    file.close();
    const rounded = Object.fromEntries(
      Object.entries(tensors).map(([key, { shape, values }]) => [key, { shape, values: values.map(Math.fround) }]),
    );
    expect(found).toEqual(rounded);
  });
});

describe('openWeights', () => {
  it('goes by content, not by name', async () => {
    for (const [name, format] of [
      ['f4.npy', 'npy'],
      ['state_dict.pth', 'pytorch'],
      ['state_dict_legacy.pth', 'pytorch'],
      ['arrays.npz', 'npz'],
      ['all.safetensors', 'safetensors'],
      ['net.h5', 'keras-h5'],
      ['net.keras', 'keras'],
      ['v1.caffemodel', 'caffemodel'],
      ['v2.caffemodel', 'caffemodel'],
      ['arrays.pkl', 'pickle'],
    ] as const) {
      const copy = join(folder, 'weights.bin');
      copyFileSync(fixturePath(name), copy);
      const file = await openWeights(copy);
      expect(file.format).toBe(format);
      expect(file.tensors.size).toBeGreaterThan(0);
      file.close();
    }
  });

  it("says where a checkpoint's weights came from, and takes another entry when asked", async () => {
    for (const name of ['checkpoint.pth', 'checkpoint_legacy.pth']) {
      const file = await openFixture(name);
      expect(file.notes.join(' ')).toContain('"state_dict"');
      expect(file.notes.join(' ')).toContain('"state_dict_ema" (a moving average)');
      expect(file.notes.join(' ')).toContain('prefix "module."');
      file.close();
      const ema = await openFixture(name, { entry: 'state_dict_ema' });
      expect([...ema.tensors.keys()]).toEqual(['features.0.weight', 'features.0.bias', 'classifier.6.weight']);
      expect(ema.notes.join(' ')).not.toContain('module.');
      ema.close();
      await expect(openFixture(name, { entry: 'none' })).rejects.toMatchObject({ code: 'weights.mismatch' });
    }
  });

  it('closes: later reads fail instead of reading another file', async () => {
    const file = await openFixture('f4.npy');
    file.close();
    file.close();
    expect(() => file.tensors.get('f4')!.read()).toThrow();
  });

  it('names a file that is not there, and a folder', async () => {
    await expect(openWeights(join(folder, 'none.npy'))).rejects.toMatchObject({ code: 'file.notFound' });
    await expect(openWeights(folder)).rejects.toMatchObject({ code: 'weights.unsupported' });
  });
});
