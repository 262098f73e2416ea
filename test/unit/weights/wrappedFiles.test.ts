/**
 * Files as training scripts leave them: names found behind wrappers, foreign values left inert, the right values all
 * the same.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TensorRename } from '../../../contract/weights/tensorRename.ts';
import { findTensors } from '../../../core/formats/pickle/pickledTensors.ts';
import { PyDict } from '../../../core/formats/pickle/pickleValues.ts';
import { writeSafetensors } from '../../../core/formats/safetensors.ts';
import type { WeightFile } from '../../../core/formats/weightFile.ts';
import type { NetworkShape } from '../../../core/models/family.ts';
import { describeNetwork } from '../../../core/models/describe.ts';
import { getModel } from '../../../core/models/registry.ts';
import { mapWeights, planInOwnShape, requireComplete } from '../../../core/weights/mapWeights.ts';
import { openWeights } from '../../../core/weights/openWeights.ts';
import { fixturePath, openFixture } from './fixtures.ts';
import { plainForward } from './plainForward.ts';

const folder = mkdtempSync(join(tmpdir(), 'wrapped-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = { widthFactor: 0.01, headWidth: 12 };
const shape: NetworkShape = { size: 64, channels: 3, classes: 5, options };
const vgg11 = getModel('vgg11');
const logits = JSON.parse(readFileSync(fixturePath('vgg11_logits.json'), 'utf8')) as Record<'vgg11', number[]>;

function image(size: number): Float64Array {
  return Float64Array.from({ length: size * size * 3 }, (_, i) => (((i * 31) % 17) - 8) / 8);
}

function expectLogits(found: readonly number[], expected: readonly number[]): void {
  const scale = Math.max(...expected.map(Math.abs));
  found.forEach((value, i) => expect(Math.abs(value - expected[i]!) / scale).toBeLessThan(1e-5));
}

const resnet = getModel('resnet18');
const resnetOptions = { widthFactor: 0.01, depthFactor: 0.5 };
const resnetShape: NetworkShape = { size: 64, channels: 3, classes: 5, options: resnetOptions };
const resnetLogits = (
  JSON.parse(readFileSync(fixturePath('residual_logits.json'), 'utf8')) as Record<string, number[]>
)['resnet18']!;

let written = 0;

/**
 * The residual network of the fixtures under other names; null leaves a tensor out, several names write it more than
 * once.
 */
async function renamed(names: (name: string) => string | readonly string[] | null): Promise<WeightFile> {
  const source = await openFixture('pytorch_resnet18.safetensors');
  const path = join(folder, `${++written}.safetensors`);
  await writeSafetensors(
    path,
    [...source.tensors].flatMap(([name, tensor]) =>
      [names(name) ?? []].flat().map((other) => ({ name: other, shape: tensor.shape, data: tensor.read() })),
    ),
  );
  source.close();
  return openWeights(path);
}

function expectResnet(file: WeightFile, renames: readonly TensorRename[] = []): string[] {
  const { tensors, report, card } = mapWeights(file, resnet, resnetShape, { renames });
  file.close();
  requireComplete(report, resnet, file.path);
  expectLogits(plainForward(resnet, resnetShape, tensors, image(64)), resnetLogits);
  return [...card.notes];
}

describe('names behind wrappers', () => {
  it.each(['model.', 'net.', 'module.encoder_q.', 'backbone.', 'learner.teacher.network.', 'model._orig_mod.', 'a/b/'])(
    '%s is taken off and said',
    async (prefix) => {
      const notes = expectResnet(await renamed((name) => `${prefix}${name}`));
      const shown = prefix.replace('_orig_mod.', '');
      expect(notes).toContain(`The prefix "${shown}" of a wrapped network was taken off.`);
    },
  );

  it('a wrapper may have a loss and counters beside the network', async () => {
    const file = await renamed((name) =>
      name === 'bn1.bias' ? ['model.bn1.bias', 'criterion.weight'] : `model.${name}`,
    );
    const { report } = mapWeights(file, resnet, resnetShape);
    file.close();
    expect(report).toMatchObject({ missing: [], misshaped: [], unused: ['criterion.weight'] });
  });

  it('parts that were compiled on their own are the parts themselves', async () => {
    expectResnet(await renamed((name) => name.replace('layer1.0.', 'layer1.0._orig_mod.')));
  });

  it('an average over time is passed over where the trained weights are there too', async () => {
    const notes = expectResnet(await renamed((name) => [`encoder_q.${name}`, `encoder_k.${name}`]));
    expect(notes.join(' ')).toContain('It also holds weights under "encoder_k"');
  });

  it('two networks side by side are not guessed between; an entry names one', async () => {
    const file = await renamed((name) => [`teacher.${name}`, `student.${name}`]);
    expect(() => mapWeights(file, resnet, resnetShape)).toThrow(
      expect.objectContaining({
        code: 'weights.mismatch',
        message: expect.stringContaining('more than once: under "student", "teacher"') as string,
      }),
    );
    file.close();
    expectResnet(await openWeights(file.path, { entry: 'teacher' }));
    await expect(openWeights(file.path, { entry: 'pupil' })).rejects.toMatchObject({ code: 'weights.mismatch' });
  });

  it('the parts of another network are no wrapped small one', async () => {
    const file = await renamed((name) => `some.${name}`);
    expect(() => mapWeights(file, vgg11, shape)).toThrow(/holds no weights of vgg11/);
    file.close();
  });
});

describe('heads', () => {
  it('behind a dropout is found, and tells the classes', async () => {
    const file = await renamed((name) => name.replace('fc.', 'fc.1.'));
    const plan = planInOwnShape(file, resnet, { size: 64, options: resnetOptions });
    expect(plan).toMatchObject({ hasHead: true, shape: { classes: 5 }, report: { missing: [], unused: [] } });
    expect(plan.card.notes.join(' ')).toContain('"fc.1" is used as the head');
    expectResnet(file);
  });

  it('that is not there is said to be missing', async () => {
    const file = await renamed((name) => (name.startsWith('fc.') ? null : name));
    const plan = planInOwnShape(file, resnet, { size: 64, options: resnetOptions });
    file.close();
    expect(plan.hasHead).toBe(false);
    expect(plan.report.missing).toHaveLength(2);
  });

  it('is not chosen among several', async () => {
    const file = await renamed((name) => (name.startsWith('fc.') ? [`a.${name}`, `b.${name}`] : name));
    expect(planInOwnShape(file, resnet, { size: 64, options: resnetOptions }).hasHead).toBe(false);
    file.close();
  });
});

it('the state of an optimizer alone is called that', () => {
  const value = new PyDict();
  value.entries.set('optimizer', new PyDict());
  value.entries.set('epoch', 1);
  expect(() => findTensors({ value, foreign: [] }, '.', { notes: [], parts: [] })).toThrow(
    'The file holds the state of a training (optimizer) and no weights.',
  );
});

describe('other names', () => {
  it("pytorch-cifar's are known", async () => {
    const theirs = (name: string): string => name.replace('downsample', 'shortcut').replace('fc.', 'linear.');
    expectResnet(await renamed(theirs));
    const { card } = mapWeights(await renamed(theirs), resnet, resnetShape);
    expect(card.preprocessing).toMatchObject({
      color: 'rgb',
      scale: 255,
      mean: [0.4914, 0.4822, 0.4465],
      labels: 'own',
    });
  });

  it('may be said: parts of names, wherever they stand', async () => {
    const odd = (name: string): string =>
      name.replace('downsample.0', 'skip.conv').replace('downsample.1', 'skip.norm');
    const file = await renamed(odd);
    const renames = [
      { from: 'skip.conv', to: 'downsample.0' },
      { from: 'skip.norm', to: 'downsample.1' },
    ];
    expectResnet(file, renames);
    const again = await renamed(odd);
    expect(() => mapWeights(again, resnet, resnetShape, { renames: [{ from: 'ski', to: 'x' }] })).toThrow(
      expect.objectContaining({ code: 'input.invalid' }),
    );
    expect(() => mapWeights(again, resnet, resnetShape, { renames: [{ from: 'layer1', to: 'layer2' }] })).toThrow(
      /two tensors the name/,
    );
    again.close();
  });

  it('a single tensor may be given to a single weight, by our own name for that', async () => {
    const file = await renamed((name) => (name === 'layer2.0.conv1.weight' ? 'lost' : name));
    expectResnet(file, [{ from: 'lost', to: 'res3a_branch2a/kernel' }]);
  });

  it("a tensor's full name renames it alone", async () => {
    const file = await renamed((name) => (name === 'conv1.weight' ? 'stem.weight' : name));
    expectResnet(file, [{ from: 'stem.weight', to: 'conv1.weight' }]);
    const others = await renamed((name) => `${name}.old`);
    expect(() => mapWeights(others, resnet, resnetShape, { renames: [{ from: 'conv1.weight', to: 'x' }] })).toThrow();
    others.close();
  });

  it("vgg16_weights.npz's have a bar", async () => {
    const source = await openFixture('vgg11_layers.npy');
    const path = join(folder, 'bars.safetensors');
    await writeSafetensors(
      path,
      [...source.tensors].map(([name, tensor]) => ({
        name: name.replace(/\/0$/, '_W').replace(/\/1$/, '_b'),
        shape: tensor.shape,
        data: tensor.read(),
      })),
    );
    source.close();
    const file = await openWeights(path);
    const { tensors, report } = mapWeights(file, vgg11, shape);
    file.close();
    requireComplete(report, vgg11, path);
    expectLogits(plainForward(vgg11, shape, tensors, image(64)), logits.vgg11);
  });
});

describe('the same names and shapes, another computation', () => {
  it("torchvision's VGG takes averages where its grid is not the map's own", async () => {
    const expected = JSON.parse(readFileSync(fixturePath('vgg11_average_logits.json'), 'utf8')) as {
      size: number;
      logits: number[];
    };
    const file = await openFixture('torchvision_vgg11.pth');
    const plan = planInOwnShape(file, vgg11, { size: expected.size, options });
    expect(plan.shape).toMatchObject({ classes: 5, options: { poolGrid: 2, gridPooling: 'average' } });
    const tensors = new Map([...plan.tensors].map(([name, tensor]) => [name, { ...tensor, data: tensor.read() }]));
    file.close();
    expectLogits(plainForward(vgg11, plan.shape, tensors, image(expected.size)), expected.logits);
  });

  it("other VGGs keep the maximum; a flattened map tells the images' size", async () => {
    const file = await openFixture('vgg11_layers.npy');
    const plan = planInOwnShape(file, vgg11, { options });
    file.close();
    expect(plan.shape).toMatchObject({ size: 64, classes: 5 });
    expect(plan.shape.options.gridPooling).toBeUndefined();
    expect(plan.report).toMatchObject({ missing: [], misshaped: [] });
  });

  it("timm's VGG averages maps up to its grid, and larger ones are refused", async () => {
    const source = await openFixture('torchvision_vgg11.pth');
    const path = join(folder, 'timm-vgg.safetensors');
    const heads = { 'classifier.0': 'pre_logits.fc1', 'classifier.3': 'pre_logits.fc2', 'classifier.6': 'head.fc' };
    const nameOf = (name: string): string =>
      Object.entries(heads).reduce((now, [from, to]) => now.replace(`${from}.`, `${to}.`), name);
    await writeSafetensors(
      path,
      [...source.tensors].map(([name, tensor]) => ({ name: nameOf(name), shape: tensor.shape, data: tensor.read() })),
    );
    source.close();
    const file = await openWeights(path);
    expect(planInOwnShape(file, vgg11, { size: 32, options }).shape.options).toMatchObject({
      poolGrid: 2,
      gridPooling: 'averageUpTo',
    });
    expect(() => planInOwnShape(file, vgg11, { size: 96, options })).toThrow(/moves its head over maps larger than 2/);
    file.close();
  });

  it("Keras's ResNet halves maps in the first 1 × 1, and its biases go into the means", async () => {
    const keras = getModel('resnet50.keras');
    const shape: NetworkShape = {
      size: 64,
      channels: 3,
      classes: 5,
      options: { widthFactor: 0.02, depthFactor: 0.3 },
    };
    const expected = JSON.parse(readFileSync(fixturePath('keras_resnet50_logits.json'), 'utf8')) as {
      logits: number[];
    };
    const file = await openFixture('keras_resnet50.weights.h5');
    const plan = planInOwnShape(file, keras, { size: 64, options: shape.options });
    expect(plan.shape).toEqual(shape);
    expect(plan.card.notes.join(' ')).toContain('19 convolutions of the source have a bias');
    requireComplete(plan.report, keras, file.path);
    expect(plan.report.unused).toEqual([]);
    const tensors = new Map([...plan.tensors].map(([name, tensor]) => [name, { ...tensor, data: tensor.read() }]));
    expectLogits(plainForward(keras, shape, tensors, image(64)), expected.logits);
    expect(() => planInOwnShape(file, getModel('resnet50.caffe'), { size: 64, options: shape.options })).toThrow(
      /Their network is resnet50.keras/,
    );
    file.close();
  });

  it('a bias before a BatchNorm goes into its mean', async () => {
    const source = await openFixture('pytorch_resnet18.safetensors');
    const was = source.tensors.get('bn1.running_mean')!.read();
    const path = join(folder, 'biased.safetensors');
    await writeSafetensors(path, [
      ...[...source.tensors].map(([name, tensor]) => ({ name, shape: tensor.shape, data: tensor.read() })),
      { name: 'conv1.bias', shape: [was.length], data: new Float32Array(was.length).fill(0.5) },
    ]);
    source.close();
    const file = await openWeights(path);
    const { tensors, report } = mapWeights(file, resnet, resnetShape);
    file.close();
    expect(report.unused).toEqual([]);
    expect([...tensors.get('bn_conv1/mean')!.data]).toEqual([...was.map((value) => value - 0.5)]);
  });

  it.each([
    [0, false],
    [0.5, true],
  ])('a bias of %s that the network has no place for is refused: %s', async (bias, refused) => {
    const model = getModel('resnet101_v2');
    const small: NetworkShape = {
      size: 64,
      channels: 3,
      classes: 5,
      options: { widthFactor: 0.125, depthFactor: 0.1 },
    };
    const { layers, weights } = describeNetwork(model, small);
    const at = layers.findIndex(({ kind }, i) => kind === 'conv' && layers[i + 1]?.kind !== 'batchNorm');
    const conv = layers[at]!;
    const path = join(folder, `stray${bias}.safetensors`);
    const filters = conv.output.at(-1)!;
    await writeSafetensors(path, [
      ...weights.map(({ name, shape: sides }) => ({
        name,
        shape: sides,
        data: new Float32Array(sides.reduce((product, side) => product * side, 1)),
      })),
      { name: `${conv.name}/bias`, shape: [filters], data: new Float32Array(filters).fill(bias) },
    ]);
    const file = await openWeights(path);
    const read = (): unknown => mapWeights(file, model, small);
    if (refused) expect(read).toThrow(`has a bias, ${conv.name}/bias`);
    else expect(read).not.toThrow();
    file.close();
  });

  it('weights of another network are taken where the user insists', async () => {
    const caffe = getModel('resnet50.caffe');
    const source = await openFixture('keras_resnet50.weights.h5');
    const options = { widthFactor: 0.02, depthFactor: 0.3 };
    const plan = planInOwnShape(source, caffe, { size: 64, options }, { insist: true });
    source.close();
    expect(plan.card.notes.join(' ')).toContain('They were taken all the same, as you said.');
    expect(plan.report.missing).toEqual([]);
  });

  it("kernels of Keras's Theano backend are turned back", async () => {
    const file = await openFixture('vgg11_theano.h5');
    const { tensors, card } = mapWeights(file, vgg11, shape);
    file.close();
    expect(card.notes.join(' ')).toContain('Theano');
    expectLogits(plainForward(vgg11, shape, tensors, image(64)), logits.vgg11);
  });
});

describe('Keras 3', () => {
  it('.weights.h5 calls layers by the name beside their variables', async () => {
    const file = await openFixture('vgg11_named.weights.h5');
    const { tensors, report, card } = mapWeights(file, vgg11, shape);
    file.close();
    expect(report).toMatchObject({ missing: [], unused: [], misshaped: [] });
    expect(card.naming).toBe('Keras applications');
    expectLogits(plainForward(vgg11, shape, tensors, image(64)), logits.vgg11);
  });

  it.each(['vgg11_nested.weights.h5', 'vgg11_nested.keras', 'vgg11_nested.h5'])(
    '%s has its network inside a Sequential',
    async (name) => {
      const file = await openFixture(name);
      const plan = planInOwnShape(file, vgg11, { size: 64, options: { widthFactor: 0.01, headWidth: 0 } });
      expect(plan.report).toMatchObject({ missing: [], unused: [], misshaped: [] });
      expect(plan).toMatchObject({ hasHead: true, shape: { classes: 5 } });
      const plain = await openFixture('vgg11_layers.npy');
      expect(plan.tensors.get('conv5_2/kernel')!.read()).toEqual(plain.tensors.get('conv5_2/0')!.read());
      file.close();
      plain.close();
    },
  );
});

describe('TensorFlow', () => {
  it("TF-Slim's checkpoint of version 1 is read", async () => {
    const file = await openFixture('vgg11_slim_v1.ckpt');
    const { tensors, report, card } = mapWeights(file, vgg11, shape);
    file.close();
    expect(report).toMatchObject({ missing: [], unused: [], misshaped: [] });
    expect(card.naming).toBe('TF-Slim');
    expectLogits(plainForward(vgg11, shape, tensors, image(64)), logits.vgg11);
  });
});

describe('values that are no weights', () => {
  it('paths, partials, dates, complex numbers, texts and classes of the script stay names', async () => {
    const file = await openFixture('foreign_values.pth');
    const { tensors, report } = mapWeights(file, vgg11, shape);
    expect(file.notes.join(' ')).toContain('pathlib.PosixPath');
    expect(file.notes.join(' ')).toContain('torch.nn.modules.loss.CrossEntropyLoss');
    file.close();
    requireComplete(report, vgg11, file.path);
    expectLogits(plainForward(vgg11, shape, tensors, image(64)), logits.vgg11);
  });

  it('a whole network that only its own code could make is refused by name', async () => {
    await expect(openFixture('whole_module.pth')).rejects.toMatchObject({
      code: 'weights.hostile',
      message: expect.stringContaining('torch.nn.modules.') as string,
    });
  });

  it("an optimizer's state is called that", async () => {
    const file = await openFixture('optimizer.pth');
    expect(() => mapWeights(file, resnet, resnetShape)).toThrow(/holds the state of an optimizer and no weights/);
    file.close();
  });
});
