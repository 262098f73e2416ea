import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openWeights } from '../../../core/weights/openWeights.ts';
import { writeNpy, writeNpyDict } from '../../../core/formats/writeNpy.ts';

const folder = mkdtempSync(join(tmpdir(), 'npy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tensors = [
  {
    name: 'conv1_1/kernel',
    shape: [3, 3, 3, 300],
    data: Float32Array.from({ length: 8100 }, (_, i) => Math.sin(i) * 1e3),
  },
  { name: 'conv1_1/bias', shape: [2], data: new Float32Array([NaN, -0]) },
  { name: 'fc8/kernel', shape: [1, 70000], data: () => Promise.resolve(new Float32Array(70000).fill(0.5)) },
];

async function readBack(path: string): Promise<Map<string, { shape: number[]; values: Float32Array }>> {
  const file = await openWeights(path);
  const found = new Map(
    [...file.tensors].map(([name, tensor]) => [name, { shape: [...tensor.shape], values: tensor.read() }]),
  );
  file.close();
  return found;
}

describe('writeNpyDict', () => {
  it.each([
    ['list', ['conv1_1/0', 'conv1_1/1', 'fc8/0']],
    ['named', ['conv1_1/kernel', 'conv1_1/bias', 'fc8/kernel']],
  ] as const)('style %s comes back bit for bit', async (style, names) => {
    const path = join(folder, `${style}.npy`);
    const { sizeBytes } = await writeNpyDict(path, tensors, { style });
    expect(sizeBytes).toBe(readFileSync(path).length);
    const found = await readBack(path);
    expect([...found.keys()]).toEqual(names);
    for (const [index, name] of names.entries()) {
      const data = tensors[index]!.data;
      expect(found.get(name)!.shape).toEqual(tensors[index]!.shape);
      expect(Buffer.from(found.get(name)!.values.buffer)).toEqual(
        Buffer.from((typeof data === 'function' ? await data() : data).buffer),
      );
    }
  });

  it('leaves nothing behind when a tensor does not fit its shape, or has no layer', async () => {
    const path = join(folder, 'wrong.npy');
    await expect(
      writeNpyDict(path, [{ name: 'a/kernel', shape: [3], data: () => new Float32Array(2) }], { style: 'list' }),
    ).rejects.toMatchObject({ code: 'input.invalid' });
    await expect(
      writeNpyDict(path, [{ name: 'a', shape: [2], data: new Float32Array(2) }], { style: 'list' }),
    ).rejects.toMatchObject({ code: 'input.invalid' });
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});

describe('writeNpy', () => {
  it.each([[[]], [[5]], [[2, 0, 3]], [[2, 3, 4]]])('shape %j', async (shape) => {
    const count = shape.reduce((product: number, size) => product * size, 1);
    const path = join(folder, 'array.npy');
    const data = Float32Array.from({ length: count }, (_, i) => i / 8);
    await writeNpy(path, shape, data);
    expect((readFileSync(path).readUInt16LE(8) + 10) % 64).toBe(0);
    expect((await readBack(path)).get('array')).toEqual({ shape, values: data });
  });
});
