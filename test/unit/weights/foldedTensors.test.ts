/** Weights that are kept in two parts are the weights that the network computes with. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { writeSafetensors } from '../../../core/formats/safetensors.ts';
import type { WeightFile } from '../../../core/formats/weightFile.ts';
import { getModel } from '../../../core/models/registry.ts';
import { planInOwnShape } from '../../../core/weights/mapWeights.ts';
import { openWeights } from '../../../core/weights/openWeights.ts';
import { openFixture } from './fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'folded-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
let written = 0;

async function opened(tensors: readonly Tensor[]): Promise<WeightFile> {
  const path = join(folder, `${++written}.safetensors`);
  await writeSafetensors(path, tensors);
  return openWeights(path);
}

describe('two parts of a tensor', () => {
  it('weights and the mask that prunes them', async () => {
    const shape = [2, 3];
    const file = await opened([
      { name: 'fc.weight_orig', shape, data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      { name: 'fc.weight_mask', shape, data: Float32Array.of(1, 0, 1, 0, 0, 1) },
      { name: 'other_orig', shape: [1], data: Float32Array.of(7) },
    ]);
    expect([...file.tensors.keys()].sort()).toEqual(['fc.weight', 'other_orig']);
    expect([...file.tensors.get('fc.weight')!.read()]).toEqual([1, 0, 3, 0, 0, 6]);
    expect(file.notes.join()).toMatch(/1 pruned weights were multiplied by their masks/);
    file.close();
  });

  it.each([
    ['fc.weight_g', 'fc.weight_v'],
    ['fc.parametrizations.weight.original0', 'fc.parametrizations.weight.original1'],
  ])('length and direction: %s, %s', async (length, direction) => {
    const file = await opened([
      { name: length, shape: [2, 1, 1], data: Float32Array.of(10, 1) },
      { name: direction, shape: [2, 1, 2], data: Float32Array.of(3, 4, 0, 5) },
    ]);
    const whole = file.tensors.get('fc.weight')!;
    expect(whole.shape).toEqual([2, 1, 2]);
    expect([...whole.read()]).toEqual([6, 8, 0, 1]);
    file.close();
  });

  it('a length over another axis, and over all of them', async () => {
    const data = Float32Array.of(3, 5, 4, 12);
    const axis = await opened([
      { name: 'a.weight_g', shape: [1, 2], data: Float32Array.of(5, 13) },
      { name: 'a.weight_v', shape: [2, 2], data },
    ]);
    expect([...axis.tensors.get('a.weight')!.read()]).toEqual([3, 5, 4, 12]);
    axis.close();
    const all = await opened([
      { name: 'a.weight_g', shape: [1, 1], data: Float32Array.of(1) },
      { name: 'a.weight_v', shape: [2, 2], data },
    ]);
    expect([...all.tensors.get('a.weight')!.read()].reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(1, 6);
    all.close();
  });
});

const resnet = getModel('resnet18');
const known = { size: 64, options: { widthFactor: 0.01, depthFactor: 0.5 } };

/** The residual network of the fixtures, changed tensor by tensor. */
async function changed(change: (tensor: Tensor) => readonly Tensor[]): Promise<WeightFile> {
  const source = await openFixture('pytorch_resnet18.safetensors');
  const tensors = [...source.tensors].map(([name, { shape, read }]) => ({ name, shape, data: read() }));
  source.close();
  return opened(tensors.flatMap(change));
}

test('a head of several layers is no head here: said, and left out', async () => {
  const file = await changed((tensor) => {
    if (tensor.name === 'fc.bias') return [];
    if (tensor.name !== 'fc.weight') return [tensor];
    const features = tensor.shape[1]!;
    const layer = (name: string, units: number, inputs: number): Tensor[] => [
      { name: `${name}.weight`, shape: [units, inputs], data: new Float32Array(units * inputs) },
      { name: `${name}.bias`, shape: [units], data: new Float32Array(units) },
    ];
    return [...layer('fc.0', 6, features), ...layer('fc.3', 5, 6)];
  });
  const plan = planInOwnShape(file, resnet, known);
  expect(plan.hasHead).toBe(false);
  expect(plan.card.notes.join(' ')).toMatch(/head has several layers \("fc\.0", "fc\.3", …\).* left out/);
  file.close();
});

test("Paddle's words for the statistics of BatchNorm are known", async () => {
  const file = await changed((tensor) => [
    { ...tensor, name: tensor.name.replace('running_mean', '_mean').replace('running_var', '_variance') },
  ]);
  expect(planInOwnShape(file, resnet, known).report).toMatchObject({ missing: [], unused: [] });
  file.close();
});
