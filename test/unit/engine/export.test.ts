/**
 * Exported networks of every kind, read back by the programs their users run: ONNX Runtime, TensorFlow and
 * TensorFlow.js, against a session of ours.
 */
import type { ModelCard } from '../../../contract/network.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import type { InputSpec } from '../../../contract/inputSpec.ts';
import type { FrozenGraph } from '../../../core/engine/export/frozen.ts';
import { onnxModel } from '../../../core/engine/export/onnxModel.ts';
import { tfjsModel } from '../../../core/engine/export/tfjsModel.ts';
import { DTYPE, loadBinding } from '../../../core/engine/native/binding.ts';
import { savedModel } from '../../../core/engine/native/savedModel.ts';
import { openWasmEngine } from '../../../core/engine/wasm/wasmEngine.ts';
import { networkProgram } from '../../../core/engine/program.ts';
import { describeNetwork } from '../../../core/models/describe.ts';
import type { Model, NetworkShape } from '../../../core/models/family.ts';
import { getModel } from '../../../core/models/registry.ts';
import { locateEngine } from '../../../core/provision/installation.ts';
import { exportedNetwork } from '../../../core/worker/jobs/exportWeights/exportedNetwork.ts';
import { distinctNetworks } from '../../support/distinctNetworks.ts';
import { native, noTensorFlow, useThreads } from '../../support/engines.ts';
import { formulaWeight } from '../../support/formulaWeights.ts';

// narrow networks are too small to share, and other test files use the other cores
useThreads(1);

const BATCH = 2;
const CLASSES = 7;
const TOLERANCE = 1e-4;
const BGR: InputSpec = { color: 'bgr', scale: 1, mean: [104, 117, 123], std: [57.4, 57.1, 58.4] };
const folder = mkdtempSync(join(tmpdir(), 'exports-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The smallest network of its kind. */
function narrowed(model: ModelCard): NetworkShape {
  const has = (option: string): boolean => (model.supports as readonly string[]).includes(option);
  return {
    size: (has('smallInput') ? model.minSizeSmallInput : null) ?? model.minSize,
    channels: 3,
    classes: CLASSES,
    options: {
      ...(has('widthFactor') && { widthFactor: 0.05 }),
      ...(has('depthFactor') && { depthFactor: 0.1 }),
      ...(has('headWidth') && { headWidth: 16 }),
      ...(has('smallInput') && { smallInput: true }),
    },
  };
}

const weightsOf = (model: Model, shape: NetworkShape): Map<string, Float32Array> =>
  new Map(describeNetwork(model, shape).weights.map((spec) => [spec.name, formulaWeight(spec)]));
const picturesOf = (size: number, channels = 3): Uint8Array =>
  Uint8Array.from({ length: BATCH * size * size * channels }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);

function expected(
  model: Model,
  shape: NetworkShape,
  values: ReadonlyMap<string, Float32Array>,
  input: InputSpec,
): Float32Array {
  // op by op: a session would prepare its graph for this one call; the exports' own sessions are compared with it
  const session = native(true).load(
    networkProgram({
      model,
      shape,
      precision: 'f32',
      preprocessing: { size: shape.size, fit: 'cover', interpolation: 'linear', ...input },
    }),
  );
  try {
    session.write(values);
    return session.run('infer', {
      images: { shape: [BATCH, shape.size, shape.size, 3], data: picturesOf(shape.size) },
    })['logits']?.data as Float32Array;
  } finally {
    session.dispose();
  }
}

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  const scale = Array.from(wanted).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(found.length, what).toBe(wanted.length);
  expect(
    Array.from(wanted).reduce((worst, value, i) => Math.max(worst, Math.abs(value - found[i]!)), 0) / scale,
    what,
  ).toBeLessThan(TOLERANCE);
}

async function runOnnx(bytes: Uint8Array, size: number): Promise<Record<string, ArrayLike<number | bigint>>> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const results = await session.run({ images: new Tensor('uint8', picturesOf(size), [BATCH, size, size, 3]) });
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, data as Float32Array | BigInt64Array]),
  );
}
const onnx = (graph: FrozenGraph, layers: readonly string[] = []): Uint8Array =>
  onnxModel(graph, { name: 'network', doc: '', metadata: {}, producerVersion: '1', layers });

function runSavedModel(graph: FrozenGraph, size: number, tensors: readonly string[]): Float32Array[] {
  const binding = loadBinding(locateEngine('cpu')!.bindingPath);
  const { inputs, outputs } = graph;
  writeFileSync(join(folder, 'saved_model.pb'), savedModel(graph.nodes, '', { serving_default: { inputs, outputs } }));
  const model = binding.loadSavedModel(folder, 'serve');
  const images = binding.createTensor([BATCH, size, size, 3], DTYPE.uint8, picturesOf(size));
  try {
    return binding.runSavedModel(model, [images], 'images:0', tensors.join(',')).map(({ id }) => {
      const data = binding.tensorDataSync(id);
      binding.deleteTensor(id);
      return data as Float32Array;
    });
  } finally {
    binding.deleteTensor(images);
    binding.deleteSavedModel(model);
  }
}

async function runTfjs(graph: FrozenGraph, size: number, tensors: string[]): Promise<ArrayLike<number>[]> {
  const { json, shards } = tfjsModel(graph, {});
  const model = JSON.parse(json) as { modelTopology: object; signature: object; weightsManifest: [{ weights: [] }] };
  const weightData = new Uint8Array(Buffer.concat(shards.flatMap(({ parts }) => parts))).buffer;
  const loaded = await loadGraphModel({
    load: () =>
      Promise.resolve({
        modelTopology: model.modelTopology,
        signature: model.signature,
        weightSpecs: model.weightsManifest[0].weights,
        weightData,
      }),
  });
  const images = tf.tensor4d(Int32Array.from(picturesOf(size)), [BATCH, size, size, 3], 'int32');
  const results = [loaded.execute({ images }, tensors)].flat();
  const values = results.map((result) => result.dataSync());
  tf.dispose([images, ...results]);
  loaded.dispose();
  return values;
}

describe.skipIf(noTensorFlow)('exported networks compute what the network computes', () => {
  it.each(distinctNetworks(narrowed).map(({ name }) => name))('%s', async (name) => {
    await openWasmEngine();
    const model = getModel(name);
    const shape = narrowed(model);
    const values = weightsOf(model, shape);
    const logits = expected(model, shape, values, BGR);
    const graph = exportedNetwork({ model, shape, values, input: BGR, pixels: 'uint8' });
    const ort = await runOnnx(onnx(graph), shape.size);
    expectClose(ort['logits'] as Float32Array, logits, 'ONNX Runtime');
    const best = Array.from({ length: BATCH }, (_, i) => {
      const row = logits.subarray(i * CLASSES, (i + 1) * CLASSES);
      return row.indexOf(Math.max(...row));
    });
    expect(Array.from(ort['class']!, Number)).toEqual(best);
    for (let i = 0; i < BATCH; i++)
      expect(
        Array.from(ort['probabilities'] as Float32Array)
          .slice(i * CLASSES, (i + 1) * CLASSES)
          .reduce((a, b) => a + b),
      ).toBeCloseTo(1, 5);
    expectClose(runSavedModel(graph, shape.size, ['logits:0'])[0]!, logits, 'TensorFlow');
    const [js, index] = await runTfjs(
      exportedNetwork({ model, shape, values, input: BGR, pixels: 'int32' }),
      shape.size,
      ['logits', 'class'],
    );
    expectClose(js!, logits, 'TensorFlow.js');
    expect(Array.from(index!)).toEqual(best);
  });

  it.each(['lab', 'ab'] as const)('takes red, green and blue bytes where the network sees %s', async (color) => {
    await openWasmEngine();
    const input: InputSpec =
      color === 'lab'
        ? { color, scale: 1, mean: [50, 0, 0], std: [50, 110, 110] }
        : { color, scale: 1, mean: [0, 0], std: [110, 110] };
    const model = getModel('resnet20_cifar');
    const shape: NetworkShape = { ...narrowed(model), channels: color === 'lab' ? 3 : 2 };
    const values = weightsOf(model, shape);
    const logits = expected(model, shape, values, input);
    const graph = exportedNetwork({ model, shape, values, input, pixels: 'uint8' });
    expectClose((await runOnnx(onnx(graph), shape.size))['logits'] as Float32Array, logits, 'ONNX Runtime');
    expectClose(runSavedModel(graph, shape.size, ['logits:0'])[0]!, logits, 'TensorFlow');
    expectClose(
      (await runTfjs(exportedNetwork({ model, shape, values, input, pixels: 'int32' }), shape.size, ['logits']))[0]!,
      logits,
      'TensorFlow.js',
    );
    expect(() => exportedNetwork({ model, shape, values, input, pixels: 'float32' })).toThrow(
      expect.objectContaining({ code: 'input.invalid' }),
    );
  });

  it('has every layer of the description within reach, the same in TensorFlow and TensorFlow.js', async () => {
    await openWasmEngine();
    const model = getModel('resnext50_32x4d');
    const shape = narrowed(model);
    const values = weightsOf(model, shape);
    const graph = exportedNetwork({ model, shape, values, input: BGR, pixels: 'int32' });
    const rows = describeNetwork(model, shape).layers;
    const bytes = exportedNetwork({ model, shape, values, input: BGR, pixels: 'uint8' });
    expect([...graph.layers.keys()]).toEqual(rows.map(({ name }) => name));
    for (const { name, output } of rows) expect(graph.layers.get(name)!.shape.slice(1), name).toEqual(output);
    const js = await runTfjs(
      graph,
      shape.size,
      rows.map(({ name }) => graph.layers.get(name)!.node.name),
    );
    runSavedModel(
      bytes,
      shape.size,
      rows.map(({ name }) => `layers/${name}:0`),
    ).forEach((found, i) => {
      expectClose(js[i]!, found, rows[i]!.name);
    });
  });

  it('gives layers that were asked for as outputs of an ONNX program, channels first', async () => {
    const model = getModel('vgg16');
    const shape = narrowed(model);
    const values = weightsOf(model, shape);
    const graph = exportedNetwork({ model, shape, values, input: BGR, pixels: 'uint8' });
    const found = (await runOnnx(onnx(graph, ['relu_2', 'fc6']), shape.size)) as Record<string, Float32Array>;
    const [map, fc6] = runSavedModel(graph, shape.size, ['layers/relu_2:0', 'layers/fc6:0']);
    expectClose(found['layers/fc6']!, fc6!, 'fc6');
    const cells = shape.size ** 2;
    const channels = map!.length / cells / BATCH;
    const last = Float32Array.from(
      map!,
      (_, i) =>
        found['layers/relu_2']![
          (Math.floor(i / channels / cells) * channels + (i % channels)) * cells + (Math.floor(i / channels) % cells)
        ]!,
    );
    expectClose(last, map!, 'relu_2');
    expect(() => onnx(graph, ['conv9_1'])).toThrow(
      expect.objectContaining({ code: 'input.invalid', message: expect.stringContaining('conv9_1') as string }),
    );
  });
});
