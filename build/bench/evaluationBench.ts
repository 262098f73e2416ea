/**
 * What an evaluation costs on real pictures: one crop of 224 pixels, 12 crops, and Keras's and PyTorch's forward pass
 * of the same network on resident data, alternately: `npm run bench:evaluation -- FOLDER [--model resnet50] [--batch
 * 32] [--limit 96] [--repeats 2]`. FOLDER has class folders; QUORUM_PEER_PYTHON names the Python of the peers.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { DatasetCard } from '../../contract/dataset.ts';
import { describeNetwork } from '../../core/models/describe.ts';
import { getModel } from '../../core/models/registry.ts';
import type { Evaluated } from '../../core/studio/results/measure.ts';
import { writeSafetensors } from '../../core/formats/safetensors.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'resnet50' },
    batch: { type: 'string', default: '32' },
    limit: { type: 'string', default: '96' },
    repeats: { type: 'string', default: '2' },
  },
});
const model = getModel(values.model);
const batchSize = Number(values.batch);
const limit = Number(values.limit);
const SIZE = 224;
const ONE = 'caffe-1crop-224';
const TWELVE = 'caffe-12crop-224';
const PEERS = ['keras', 'torch'] as const;

/** Random weights that keep activations finite; what they say does not matter here. */
async function randomWeights(path: string, classes: number): Promise<void> {
  const { weights } = describeNetwork(model, { size: SIZE, channels: 3, classes, options: {} });
  const fill = (count: number, kind: string, fanIn: number): Float32Array =>
    Float32Array.from({ length: count }, () =>
      kind === 'kernel'
        ? (Math.random() - 0.5) * Math.sqrt(24 / fanIn)
        : kind === 'gamma' || kind === 'variance'
          ? 1
          : 0,
    );
  await writeSafetensors(
    path,
    weights.map(({ name, shape, kind }) => ({
      name,
      shape,
      data: () => {
        const count = shape.reduce((n, side) => n * side, 1);
        return fill(count, kind, count / (shape.at(-1) ?? 1));
      },
    })),
  );
}

async function peer(framework: string): Promise<number | null> {
  try {
    const { stdout } = await promisify(execFile)(process.env['QUORUM_PEER_PYTHON'] ?? 'python3', [
      fileURLToPath(new URL('peer_bench.py', import.meta.url)),
      framework,
      model.name,
      '--size',
      String(SIZE),
      '--classes',
      '1000',
      '--batch',
      String(batchSize),
      '--mode',
      'infer',
      '--steps',
      '2',
      '--rounds',
      '3',
    ]);
    return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { imagesPerSec: number }).imagesPerSec;
  } catch (error) {
    console.log(`SKIPPED: ${framework}: ${(error as Error).message.trim().split('\n').at(-1)}`);
    return null;
  }
}

const home = mkdtempSync(join(tmpdir(), 'quorum-bench-'));
const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** The JSON result of a quorum command, as a user would call it. */
async function quorum<T>(...args: string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, '--json', '--data-dir', home, ...args], {
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(stdout) as T;
}

try {
  await quorum('dataset', 'import', resolve(positionals[0] ?? '.'), '--name', 'bench');
  const dataset = await quorum<DatasetCard>('dataset', 'show', 'bench');
  const file = join(home, 'random.safetensors');
  await randomWeights(file, dataset.classIds.length);
  const measured = new Map<string, Evaluated['timing'][]>();
  const peers = new Map<string, number[]>();
  for (let repeat = 0; repeat < Number(values.repeats); repeat += 1) {
    for (const protocol of [ONE, TWELVE]) {
      const { timing } = await quorum<Evaluated>(
        'evaluate',
        '--weights',
        file,
        '--model',
        model.name,
        '--size',
        String(SIZE),
        '--dataset',
        'bench',
        '--data',
        'train',
        '--protocol',
        protocol,
        '--batch',
        String(batchSize),
        '--limit',
        String(limit),
        '--color',
        'rgb',
        '--scale',
        '255',
        '--mean',
        '0.485,0.456,0.406',
        '--std',
        '0.229,0.224,0.225',
        '--labels',
        'own',
      );
      measured.set(protocol, [...(measured.get(protocol) ?? []), timing]);
    }
    for (const framework of PEERS) {
      const rate = await peer(framework);
      if (rate !== null) peers.set(framework, [...(peers.get(framework) ?? []), rate]);
    }
  }
  const computed = (protocol: string): number =>
    Math.min(...measured.get(protocol)!.map(({ computedMs: [ms] }) => ms!));
  for (const [protocol, all] of measured) {
    const {
      wallMs,
      viewsMs,
      waitedMs,
      computedMs: [ms],
    } = all.reduce((best, one) => (one.wallMs < best.wallMs ? one : best));
    const views = limit * (protocol === TWELVE ? 12 : 1);
    console.log(
      [
        `${protocol}: ${limit} images`,
        `computing ${seconds(ms!)} (${((1000 * views) / ms!).toFixed(1)} views/s)`,
        `decoding and cropping ${seconds(viewsMs)} beside it`,
        `waited ${seconds(waitedMs)}`,
        `in all ${seconds(wallMs)}`,
      ].join(', '),
    );
  }
  console.log(`12 crops take ${(computed(TWELVE) / computed(ONE)).toFixed(2)} × the computing of one`);
  const evaluated = (1000 * limit) / computed(ONE);
  for (const [framework, rates] of peers) {
    const forward = Math.max(...rates);
    console.log(
      `${framework}: ${forward.toFixed(1)} images/s forward alone; an evaluation by one crop, ` +
        `${evaluated.toFixed(1)}, is ${(evaluated / forward).toFixed(2)} ×`,
    );
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
