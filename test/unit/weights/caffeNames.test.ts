/**
 * Caffe's names of the zoo, from the published deploy files. Each test writes the .caffemodel that such a file loads,
 * with the formula's weights in the layers where the goldens' oracle (which runs the deploy file) has them, and reads
 * it: every weight must come back in the place from which test/zoo/parity.test.ts computes the oracle's logits.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { describeNetwork } from '../../../core/models/describe.ts';
import { getModel } from '../../../core/models/registry.ts';
import type { WeightSpec } from '../../../core/models/weightSpecs.ts';
import { mapWeights } from '../../../core/weights/mapWeights.ts';
import { openWeights } from '../../../core/weights/openWeights.ts';
import goldens from '../../fixtures/models/zoo-goldens.json' with { type: 'json' };
import { formulaWeight } from '../../support/formulaWeights.ts';
import { fixturePath } from './fixtures.ts';

type Row = readonly [layer: string, type: string, golden: string, extra: number | string | null];
const tables = JSON.parse(gunzipSync(readFileSync(fixturePath('caffe_names.json.gz'))).toString()) as Readonly<
  Record<string, readonly Row[]>
>;
const folder = mkdtempSync(join(tmpdir(), 'quorum-caffe-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}
const field = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
const text = (number: number, value: string): Buffer => field(number, Buffer.from(value));
/** BlobProto: data 5, shape 7 (BlobShape: dim 1). */
const blob = (shape: readonly number[], values: Float32Array): Buffer =>
  field(
    7,
    Buffer.concat([
      field(7, field(1, Buffer.from(shape.flatMap(varint)))),
      field(5, Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
    ]),
  );

/** Last two axes of a kernel to the front, transposed: HWIO to OIHW, or inputs × outputs to outputs × inputs. */
function outputsFirst(
  { shape }: Pick<WeightSpec, 'shape'>,
  values: Float32Array,
): { shape: number[]; values: Float32Array } {
  const inputs = shape.at(-2)!;
  const outputs = shape.at(-1)!;
  const area = values.length / inputs / outputs;
  const out = new Float32Array(values.length);
  for (let at = 0; at < area; at++)
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++) out[(o * inputs + i) * area + at] = values[(at * inputs + i) * outputs + o]!;
  return { shape: [outputs, inputs, ...shape.slice(0, -2)], values: out };
}

/** LayerParameter: name 1, type 2, bottom 3, top 4, blobs 7, batch_norm_param 139 (eps 3). */
function layer([name, type, golden, extra]: Row, specs: ReadonlyMap<string, WeightSpec>): Buffer {
  const found = (kind: string): WeightSpec => specs.get(`${golden}/${kind}`)!;
  const vector = (kind: string, factor = 1): Buffer =>
    blob(
      found(kind).shape,
      formulaWeight(found(kind)).map((value) => value * factor),
    );
  const head = [text(1, name), text(2, type), text(3, typeof extra === 'string' ? extra : `${name}-in`), text(4, name)];
  if (type === 'BatchNorm') {
    const eps = Buffer.alloc(5);
    eps[0] = 3 * 8 + 5;
    eps.writeFloatLE(extra as number, 1);
    // Running sums, and how much was summed up.
    return field(
      100,
      Buffer.concat([
        ...head,
        vector('mean', 2),
        vector('variance', 2),
        blob([1], Float32Array.of(2)),
        field(139, eps),
      ]),
    );
  }
  if (type === 'Scale') return field(100, Buffer.concat([...head, vector('gamma'), vector('beta')]));
  const kernel = outputsFirst(found('kernel'), formulaWeight(found('kernel')));
  const shape = type !== 'InnerProduct' && kernel.shape.length === 2 ? [...kernel.shape, 1, 1] : kernel.shape;
  return field(
    100,
    Buffer.concat([...head, blob(shape, kernel.values), ...(specs.has(`${golden}/bias`) ? [vector('bias')] : [])]),
  );
}

it.each(Object.keys(tables).filter((name) => goldens.cases.some(({ model }) => model === name)))(
  "%s: a .caffemodel of the deploy file's layers gives the goldens' weights",
  async (name) => {
    const { size, channels, classes, options } = goldens.cases.find(
      ({ model, oracle }) => model === name && oracle.startsWith('deploy file') && !oracle.endsWith('full width'),
    )!;
    const model = getModel(name);
    const shape = { size, channels, classes, options };
    const { weights } = describeNetwork(model, shape);
    const specs = new Map(weights.map((spec) => [spec.name, spec]));
    const path = join(folder, `${name}.caffemodel`);
    writeFileSync(path, Buffer.concat([text(1, name), ...tables[name]!.map((row) => layer(row, specs))]));
    const file = await openWeights(path);
    try {
      const { tensors, report } = mapWeights(file, model, shape);
      expect(report).toMatchObject({ missing: [], unused: [], misshaped: [], notFinite: [] });
      for (const spec of weights)
        expect(
          Buffer.from(tensors.get(spec.name)!.data.buffer).equals(Buffer.from(formulaWeight(spec).buffer)),
          spec.name,
        ).toBe(true);
    } finally {
      file.close();
      rmSync(path);
    }
  },
);

it('the squeeze-and-excitation networks of Caffe are among them', () => {
  expect(Object.keys(tables)).toEqual(
    expect.arrayContaining([
      'se_inception_v2',
      'legacy_seresnet50',
      'legacy_seresnext101_32x4d',
      'legacy_senet154',
      'seresnet50_hik',
      'xception',
      'dpn68',
      'airx50_24x4d',
    ]),
  );
});
