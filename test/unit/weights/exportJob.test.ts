/** The export job: every format with its card, read back; whole or not at all. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExportCard, type ExportFormat, type ExportOrigin } from '../../../contract/weights/exportCard.ts';
import { describeNetwork } from '../../../core/models/describe.ts';
import { getModel } from '../../../core/models/registry.ts';
import { mapWeights } from '../../../core/weights/mapWeights.ts';
import { openWeights } from '../../../core/weights/openWeights.ts';
import { writeSafetensors } from '../../../core/formats/safetensors.ts';
import type { FrozenGraph } from '../../../core/engine/export/frozen.ts';
import { programFiles } from '../../../core/worker/jobs/exportWeights/exportProgram.ts';
import { runImportWeightsJob } from '../../../core/worker/jobs/importWeights/job.ts';
import { runInspectWeightsJob } from '../../../core/worker/jobs/inspectWeights/job.ts';
import { runExportWeightsJob } from '../../../core/worker/jobs/exportWeights/job.ts';
import type { WorkerMessage } from '../../../core/worker/jobMessages.ts';
import type { ExportWeightsJob } from '../../../core/worker/jobs/exportWeights/messages.ts';
import { formulaWeight } from '../../support/formulaWeights.ts';
import { centreSquare } from '../../../core/evaluate/protocols/asTrained.ts';

const folder = mkdtempSync(join(tmpdir(), 'export-job-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const model = getModel('resnet20_cifar');
const options = { widthFactor: 0.01, depthFactor: 0.34 };
const shape = { size: 32, channels: 3, classes: 4, options };
const specs = describeNetwork(model, shape).weights;
const source = join(folder, 'source.safetensors');
beforeAll(() =>
  writeSafetensors(
    source,
    specs.map((spec) => ({ name: spec.name, shape: spec.shape, data: formulaWeight(spec) })),
  ),
);

const origin: ExportOrigin = {
  name: 'small',
  model: { name: model.name, options },
  title: model.title,
  size: 32,
  channels: 3,
  classes: 4,
  input: { color: 'bgr', scale: 1, mean: [104, 117, 123], std: [1, 1, 1] },
  classNames: ['a', 'b', 'c', 'd'],
  classIds: ['n1', 'n2', 'n3', 'n4'],
  labels: 'own',
  resize: 'short side to 32',
  protocol: centreSquare(32),
  source: {
    kind: 'file',
    id: null,
    checkpoint: null,
    dataset: null,
    definition: model.source,
    license: model.license,
    paper: model.paper,
  },
  metrics: [],
  notes: [],
};
const job = (format: ExportFormat, change: Partial<ExportWeightsJob> = {}): ExportWeightsJob => ({
  network: {
    model: { name: model.name, options },
    size: 32,
    channels: 3,
    classes: 4,
    outputs: null,
    weights: { kind: 'file', path: source },
  },
  format,
  output: join(folder, `out.${format}`),
  overwrite: false,
  origin,
  exportedBy: 'Quorum test',
  size: null,
  pixels: null,
  features: [],
  ...change,
});
const run = (
  one: ExportWeightsJob,
  signal = new AbortController().signal,
  sent: WorkerMessage[] = [],
): Promise<ExportCard> =>
  runExportWeightsJob(one, {
    send: (message) => {
      sent.push(message);
    },
    signal,
    startedAt: 0,
  });

describe('exports', () => {
  it.each(['safetensors', 'npy'] as const)(
    '%s keeps every weight, and the card says how they are fed',
    async (format) => {
      const sent: WorkerMessage[] = [];
      const card = await run(job(format), undefined, sent);
      const file = await openWeights(join(folder, `out.${format}`));
      const { tensors, report } = mapWeights(file, model, shape);
      file.close();
      expect(report).toMatchObject({ missing: [], unused: [], misshaped: [] });
      for (const spec of specs) expect(tensors.get(spec.name)!.data, spec.name).toEqual(formulaWeight(spec));
      expect(ExportCard.parse(JSON.parse(readFileSync(join(folder, `out.${format}.card.json`), 'utf8')))).toEqual(card);
      expect(card).toMatchObject({
        format,
        input: { color: 'bgr' },
        classNames: ['a', 'b', 'c', 'd'],
        classIds: ['n1', 'n2', 'n3', 'n4'],
        program: null,
        source: { license: model.license },
      });
      expect(sent.some((message) => message.type === 'progress' && message.done === message.total)).toBe(true);
    },
  );

  it.each(['safetensors', 'npy'] as const)(
    "%s comes back with its card, unless the card is another file's",
    async (format) => {
      const output = join(folder, `again.${format}`);
      const ask = {
        path: output,
        network: { model: model.name, options, size: 32 },
        id: 'w-1',
        name: 'again',
        input: null,
        labels: null,
        outputs: null,
        protocol: null,
      };
      await run(job(format, { output }));
      const { input, protocol, notes } = await runImportWeightsJob({ ...ask, outputDir: join(folder, `in-${format}`) });
      expect(input).toEqual(origin.input);
      expect(protocol).toEqual(origin.protocol);
      expect(notes.join()).toContain(`again.${format}.card.json`);
      expect((await runInspectWeightsJob({ path: output, network: ask.network })).mapping!.input).toEqual(origin.input);
      const card = JSON.parse(readFileSync(`${output}.card.json`, 'utf8')) as ExportCard;
      writeFileSync(
        `${output}.card.json`,
        JSON.stringify({ ...card, files: [{ ...card.files[0], sha256: '0'.repeat(64) }] }),
      );
      const other = await runImportWeightsJob({ ...ask, outputDir: join(folder, `other-${format}`) });
      expect(other.input).toBe(null);
      expect(other.notes.join()).toMatch(/belongs to another file/);
    },
  );

  it.each([
    ['savedmodel', 'saved_model.pb', 'images:0', 'uint8'],
    ['tfjs', 'model.json', 'images:0', 'int32'],
  ] as const)('%s is a folder with its card and class names', async (format, main, tensor, pixels) => {
    const card = await run(job(format));
    const output = join(folder, `out.${format}`);
    expect(readdirSync(output)).toEqual(expect.arrayContaining([main, 'card.json']));
    expect(readFileSync(join(output, format === 'tfjs' ? 'classes.txt' : 'assets.extra/classes.txt'), 'utf8')).toBe(
      'a\nb\nc\nd\n',
    );
    expect(card.program).toMatchObject({
      pixels,
      layout: 'NHWC',
      inputs: { images: { tensor, shape: [-1, 32, 32, 3] } },
      outputs: { probabilities: { tensor: 'probabilities:0', shape: [-1, 4] } },
      layers: { conv1: { tensor: 'layers/conv1:0' } },
    });
    expect(Object.keys(card.program!.layers)).toEqual(describeNetwork(model, shape).layers.map(({ name }) => name));
  });

  it('onnx is one file with the card beside it', async () => {
    const card = await run(job('onnx', { features: ['conv1'] }));
    expect(card.files).toMatchObject([{ name: 'out.onnx', sizeBytes: readFileSync(join(folder, 'out.onnx')).length }]);
    await expect(run(job('onnx', { features: ['conv99'], output: join(folder, 'other.onnx') }))).rejects.toMatchObject({
      code: 'input.invalid',
    });
    expect(existsSync(join(folder, 'other.onnx'))).toBe(false);
  });

  it.each(['savedmodel', 'onnx'] as const)('%s cannot hold more than 2 GiB, and says which formats can', (format) => {
    const nodes = [
      { stored: { shape: [2 ** 29], dtype: 'float32', data: new Float32Array(0) } },
    ] as unknown as FrozenGraph['nodes'];
    expect(() =>
      programFiles(
        format,
        { nodes, inputs: {}, outputs: {}, layers: new Map() },
        { origin, features: [], exportedBy: 'test' },
      ),
    ).toThrow(
      expect.objectContaining({
        code: 'weights.limit',
        message: expect.stringContaining('2 GiB') as string,
        remedy: expect.stringMatching(/safetensors, npy or tfjs/) as string,
      }),
    );
  });

  it('replaces nothing unless told so, and then as a whole', async () => {
    const output = join(folder, 'twice');
    await run(job('savedmodel', { output }));
    writeFileSync(join(output, 'stale'), '');
    await expect(run(job('savedmodel', { output }))).rejects.toMatchObject({ code: 'file.exists' });
    await run(job('savedmodel', { output, overwrite: true }));
    expect(existsSync(join(output, 'stale'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.includes('.exporting') || name.includes('.replaced'))).toEqual([]);
  });

  it.each(['safetensors', 'npy', 'savedmodel', 'tfjs', 'onnx'] as const)(
    '%s, stopped, leaves nothing',
    async (format) => {
      const stop = new AbortController();
      const output = join(folder, `stopped-${format}`);
      stop.abort();
      await expect(run(job(format, { output }), stop.signal)).rejects.toBe(stop.signal.reason);
      expect(readdirSync(folder).filter((name) => name.startsWith('stopped-'))).toEqual([]);
    },
  );
});
