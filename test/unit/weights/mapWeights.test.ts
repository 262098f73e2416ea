import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { StudioError } from '../../../contract/errors.ts';
import { describeNetwork } from '../../../core/models/describe.ts';
import type { NetworkShape } from '../../../core/models/family.ts';
import { getModel } from '../../../core/models/registry.ts';
import { mapWeights, requireComplete } from '../../../core/weights/mapWeights.ts';
import { openWeights } from '../../../core/weights/openWeights.ts';
import { writeSafetensors } from '../../../core/formats/safetensors.ts';
import { transpose } from '../../../core/formats/tensorLayout.ts';
import { fixturePath, openFixture } from './fixtures.ts';
import { plainForward } from './plainForward.ts';

const shape: NetworkShape = { size: 64, channels: 3, classes: 5, options: { widthFactor: 0.01, headWidth: 12 } };
const logits = JSON.parse(readFileSync(fixturePath('vgg11_logits.json'), 'utf8')) as Record<
  'vgg11' | 'vgg11_bn',
  number[]
>;
const picture = Float64Array.from({ length: 64 * 64 * 3 }, (_, i) => (((i * 31) % 17) - 8) / 8);
const vgg11 = getModel('vgg11');
const folder = mkdtempSync(join(tmpdir(), 'maps-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectLogits(found: number[], expected: number[]): void {
  const scale = Math.max(...expected.map(Math.abs));
  found.forEach((value, i) => expect(Math.abs(value - expected[i]!) / scale).toBeLessThan(1e-5));
}

describe('names and axes of each ecosystem', () => {
  it.each([
    ['torchvision_vgg11.pth', 'vgg11', 'torchvision', 'chw', 'rgb'],
    ['torchvision_vgg11_bn.pth', 'vgg11_bn', 'torchvision', 'chw', null],
    ['vgg11_layers.npy', 'vgg11', 'Caffe or vgg16.npy', 'hwc', 'bgr'],
    ['vgg11_keras.h5', 'vgg11', 'Keras applications', 'hwc', 'bgr'],
    ['vgg11.caffemodel', 'vgg11', 'Caffe or vgg16.npy', 'chw', 'bgr'],
  ] as const)("%s gives PyTorch's logits", async (name, modelName, naming, flatten, color) => {
    const file = await openFixture(name);
    const model = getModel(modelName);
    const { tensors, report, card } = mapWeights(file, model, shape);
    file.close();
    expect(report).toMatchObject({ missing: [], unused: [], misshaped: [], skipped: [], notFinite: [] });
    expect(report.loaded).toEqual(describeNetwork(model, shape).weights.map((weight) => weight.name));
    expect(report.weights.map((weight) => weight.name)).toEqual(report.loaded);
    expect(
      report.weights.every(({ from, made }) =>
        from === null ? made : String(file.tensors.get(from.name)?.shape) === String(from.shape),
      ),
    ).toBe(true);
    expect(() => requireComplete(report, model, name)).not.toThrow();
    expect(card.layout.flatten).toBe(flatten);
    if (color === 'bgr') expect(card).toMatchObject({ naming, preprocessing: { color, scale: 1 } });
    expect(card.naming).toBe(naming);
    expectLogits(plainForward(model, shape, tensors, picture), logits[modelName]);
  });

  it.each([
    ['resnet18', 64, { widthFactor: 0.01, depthFactor: 0.5 }, 'torchvision'],
    ['resnet50', 64, { widthFactor: 0.001, depthFactor: 0.3 }, 'torchvision'],
    ['resnet20_cifar', 32, { widthFactor: 0.01, depthFactor: 0.34 }, 'PyTorch networks for CIFAR'],
  ] as const)("PyTorch's %s gives its logits", async (name, size, options, naming) => {
    const expected = (
      JSON.parse(readFileSync(fixturePath('residual_logits.json'), 'utf8')) as Record<string, number[]>
    )[name]!;
    const file = await openFixture(`pytorch_${name}.safetensors`);
    const model = getModel(name);
    const { tensors, report, card } = mapWeights(file, model, { size, channels: 3, classes: 5, options });
    file.close();
    expect(report).toMatchObject({ missing: [], unused: [], misshaped: [] });
    expect(card).toMatchObject({ naming, preprocessing: { color: 'rgb' } });
    const input = Float64Array.from({ length: size * size * 3 }, (_, i) => (((i * 31) % 17) - 8) / 8);
    expectLogits(plainForward(model, { size, channels: 3, classes: 5, options }, tensors, input), expected);
  });

  it("does not take PyTorch's weights for a network that shrinks its maps in another convolution", async () => {
    const file = await openFixture('pytorch_resnet50.safetensors');
    const model = getModel('resnet50.caffe');
    expect(() =>
      mapWeights(file, model, { size: 64, channels: 3, classes: 5, options: { widthFactor: 0.001, depthFactor: 0.3 } }),
    ).toThrow(
      expect.objectContaining({
        code: 'weights.mismatch',
        message: expect.stringContaining('halve maps in the 3×3 convolution') as string,
      }),
    );
    file.close();
  });

  it('takes its own names back from safetensors without change', async () => {
    const source = await openFixture('torchvision_vgg11.pth');
    const { tensors } = mapWeights(source, vgg11, shape);
    source.close();
    const path = join(folder, 'own.safetensors');
    await writeSafetensors(
      path,
      [...tensors].map(([name, { shape: size, data }]) => ({ name, shape: size, data })),
    );
    const file = await openWeights(path);
    const again = mapWeights(file, vgg11, shape);
    file.close();
    expect(again.card).toMatchObject({
      naming: 'the same layer names',
      layout: { conv: 'hwio', dense: 'io', flatten: 'hwc' },
    });
    for (const [name, { data }] of tensors) expect(again.tensors.get(name)!.data).toEqual(data);
  });
});

describe('what does not fit', () => {
  it('W38 lists missing, misshaped and unused weights, and the error names the first', async () => {
    const file = await openFixture('torchvision_vgg11.pth');
    const bn = getModel('vgg11_bn');
    const { report } = mapWeights(file, bn, { ...shape, classes: 7 });
    file.close();
    expect(report.missing).toContain('bn1_1/gamma');
    expect(report.unused.length).toBeGreaterThan(0);
    expect(() => requireComplete(report, bn, 'x.pth')).toThrow(expect.objectContaining({ code: 'weights.mismatch' }));
    const same = await openFixture('torchvision_vgg11.pth');
    const wide = mapWeights(same, vgg11, { ...shape, classes: 7 });
    same.close();
    expect(wide.report.misshaped).toEqual([
      { name: 'fc8/kernel', foreignName: 'classifier.6.weight', expected: [12, 7], found: [5, 12] },
      { name: 'fc8/bias', foreignName: 'classifier.6.bias', expected: [7], found: [5] },
    ]);
    expect(() => requireComplete(wide.report, vgg11, 'x.pth')).toThrow(
      /fc8\/kernel should be \[12, 7\] and is \[5, 12\]/,
    );
  });

  it('W38 another network altogether is refused with the structure of the file', async () => {
    const file = await openFixture('v2.caffemodel');
    expect(() => mapWeights(file, vgg11, shape)).toThrow(
      expect.objectContaining({
        code: 'weights.mismatch',
        message: expect.stringContaining('conv1/kernel [4, 3, 3, 3]') as string,
      }),
    );
    file.close();
  });

  it('leaves out the layers whose head is replaced', async () => {
    const file = await openFixture('vgg11_layers.npy');
    const { tensors, report } = mapWeights(file, vgg11, { ...shape, classes: 10 }, { skipLayers: ['fc8'] });
    file.close();
    expect(report).toMatchObject({ skipped: ['fc8/kernel', 'fc8/bias'], missing: [], misshaped: [], unused: [] });
    expect(tensors.has('fc8/kernel')).toBe(false);
    const again = await openFixture('vgg11_layers.npy');
    expect(() => mapWeights(again, vgg11, shape, { skipLayers: ['fc9'] })).toThrow(StudioError);
    again.close();
  });

  it('W39 finds kernels stored the other way round than the format usually has them', async () => {
    const source = await openFixture('torchvision_vgg11.pth');
    const { tensors } = mapWeights(source, vgg11, shape);
    source.close();
    const path = join(folder, 'transposed.safetensors');
    // Our own names, but PyTorch's axes; fc6 keeps PyTorch's flattening.
    await writeSafetensors(
      path,
      [...tensors].map(([name, { shape: size, data }]) => {
        if (size.length === 4)
          return { name, shape: [size[3]!, size[2]!, size[0]!, size[1]!], data: transpose(data, size, [3, 2, 0, 1]) };
        if (name === 'fc6/kernel') return { name, shape: [12, 32], data: transpose(data, [4, 8, 12], [2, 1, 0]) };
        return size.length === 2
          ? { name, shape: [size[1]!, size[0]!], data: transpose(data, size, [1, 0]) }
          : { name, shape: size, data };
      }),
    );
    const file = await openWeights(path);
    const { tensors: found, card, report } = mapWeights(file, vgg11, shape);
    file.close();
    expect(report).toMatchObject({ missing: [], misshaped: [] });
    expect(card.notes.join(' ')).toContain('[out, in, height, width]');
    expectLogits(plainForward(vgg11, shape, found, picture), logits.vgg11);
  });

  it('W27 warns of values that are no finite numbers', async () => {
    const source = await openFixture('torchvision_vgg11.pth');
    const { tensors } = mapWeights(source, vgg11, shape);
    source.close();
    tensors.get('conv2_1/bias')!.data[3] = NaN;
    tensors.get('fc7/kernel')!.data[0] = Infinity;
    const path = join(folder, 'nan.safetensors');
    await writeSafetensors(
      path,
      [...tensors].map(([name, { shape: size, data }]) => ({ name, shape: size, data })),
    );
    const file = await openWeights(path);
    const { report, card } = mapWeights(file, vgg11, shape);
    file.close();
    expect(report.notFinite).toEqual(['conv2_1/bias', 'fc7/kernel']);
    expect(card.notes.join(' ')).toContain('no finite numbers');
  });
});
