/** Evaluation and foreign weights from the command line: a small run and its weights, pictures of the samples. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImportedWeights, SelfCheck, WeightsInspection } from '../../../contract/weights/weights.ts';
import type { RunWithCheckpoints } from '../../../core/studio/runs/runs.ts';
import type { ProtocolEntry } from '../../../contract/protocol.ts';
import type { EvaluationDetails } from '../../../core/studio/results/evaluations.ts';
import type { Evaluation } from '../../../core/db/evaluationRepository.ts';
import type { EvaluationComparison } from '../../../core/studio/results/compareEvaluations.ts';
import { quorumCommand, quorumJson } from '../../support/quorumCommand.ts';
import { copyFashionImages } from '../../support/fashionImages.ts';

const TINY = ['--width-factor', '0.125', '--head-width', '32'];
const folder = mkdtempSync(join(tmpdir(), 'quorum-evaluate-'));
const NAMES = ['trouser', 'bag', 'ankle-boot'];
let run: RunWithCheckpoints;
let weights = '';

const quorum = (args: readonly string[]): ReturnType<typeof quorumCommand> => quorumCommand(join(folder, 'data'), args);
const json = <T>(args: readonly string[]): Promise<T> => quorumJson<T>(join(folder, 'data'), args);

/** Three classes, 30 training and 10 validation pictures each. */
beforeAll(async () => {
  copyFashionImages(join(folder, 'pictures'), { classes: NAMES, images: { train: 30, val: 10 } });
  await json([
    'train',
    '-t',
    join(folder, 'pictures', 'train'),
    '-v',
    join(folder, 'pictures', 'val'),
    '-d',
    '11',
    '-e',
    '4',
    '-i',
    '32',
    '-b',
    '20',
    '-lr',
    '2e-3',
    '--keep-epochs',
    '1,2',
    '--device',
    'wasm',
    ...TINY,
  ]);
  const [summary] = (await json<{ runs: { id: string }[] }>(['runs', 'list'])).runs;
  run = await json<RunWithCheckpoints>(['runs', 'show', summary!.id]);
  weights = resolve(run.directory, run.checkpoints.find(({ isBest }) => isBest)!.path, 'weights.safetensors');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('as trained, a run scores what its validation said', async () => {
  const {
    evaluations: [own],
  } = await json<{
    evaluations: (Evaluation & { metrics: { top1: { correct: number } }; perClass: { support: number }[] })[];
  }>(['evaluate', '--run', run.id, '--device', 'wasm']);
  expect(own).toMatchObject({
    count: 30,
    split: 'val',
    protocol: { name: 'packed-32-cover-lanczos3', labels: 'own' },
    runId: run.id,
  });
  expect(own!.top1).toBeCloseTo(run.best['val/top1']!, 6);
  expect(own!.loss).toBeCloseTo(run.best['val/loss']!, 3);
  expect(own!.perClass.map(({ support }) => support)).toEqual([10, 10, 10]);
});

test('weights from a file, several protocols at once, tables, and a comparison', async () => {
  const { mean, std } = run.spec.preprocessing;
  const dataset = run.spec.dataset;
  const file = [
    'evaluate',
    '--weights',
    weights,
    '--model',
    'vgg11',
    '--size',
    '32',
    '--name',
    'from a file',
    '--dataset',
    dataset,
    '--device',
    'wasm',
    ...TINY,
    '--color',
    run.spec.preprocessing.color,
    '--mean',
    mean.join(','),
    '--std',
    std.join(','),
  ];
  const { evaluations: measured } = await json<{ evaluations: Evaluation[] }>([
    ...file,
    '--protocol',
    'torchvision-1crop-224,caffe-12crop-224',
    '--crop-sizes',
    '32,224',
    '--limit',
    '3',
  ]);
  expect(measured.map(({ protocol }) => protocol.name)).toEqual([
    'torchvision-1crop-224.crop-32',
    'torchvision-1crop-224',
    'caffe-12crop-224.crop-32',
    'caffe-12crop-224',
  ]);
  expect(
    measured.every(
      ({ count, network, weightsPath }) => count === 3 && network === 'from a file' && weightsPath === weights,
    ),
  ).toBe(true);

  const plot = join(folder, 'sizes.svg');
  const sheet = join(folder, 'flips.png');
  expect(
    (
      await quorum([
        ...file,
        '--protocol',
        'torchvision-1crop-224',
        '--crop-sizes',
        '32,64,96',
        '--limit',
        '9',
        '--plot',
        plot,
        '--table',
        'csv',
        '--figure',
        'accuracy',
        '--intervals',
      ])
    ).stdout,
  ).toMatch(/^network,"?torchvision-1crop-224\.crop-32, accuracy %/);
  expect(readFileSync(plot, 'utf8')).toMatch(/<svg[^]*>96<[^]*from a file, torchvision-1crop-224/);

  const { stdout: table } = await quorum(['evaluate', 'list', '--table', 'md']);
  expect(table).toMatch(/\| network \|.*torchvision-1crop-224, error %/);
  expect(table).toMatch(/\| from a file \| .*30\.98\/11\.37 \(ImageNet-1k val\)/);
  const { stdout: latex } = await quorum(['evaluate', 'list', '--table', 'latex']);
  expect(latex).toContain('\\begin{tabular}');

  const comparison = await json<EvaluationComparison>([
    'evaluate',
    'compare',
    measured[0]!.id,
    measured[1]!.id,
    '--sheet',
    sheet,
  ]);
  expect(existsSync(sheet)).toBe(comparison.flips.length > 0);
  expect(comparison).toMatchObject({ labelled: 3, sameProtocol: false });
  expect(comparison.both + comparison.neither + comparison.onlyFirst + comparison.onlySecond).toBe(3);
  const different = await quorum([
    'evaluate',
    'compare',
    measured[0]!.id,
    (await json<Evaluation[]>(['evaluate', 'list'])).at(-1)!.id,
  ]);
  expect(different.code).toBe(1);
  expect(different.stderr).toMatch(/different images/);
});

test("a series of checkpoints in one table, by a protocol of one's own; the overlay and copies of training pictures count", async () => {
  const made = await json<ProtocolEntry>([
    'protocol',
    'create',
    'mine-40',
    '--short-side',
    '40',
    '--crop',
    '32',
    '--crops',
    'five',
    '--mirror',
    '--average',
    'logits',
  ]);
  expect(made.protocol).toMatchObject({ name: 'mine-40', crops: 'five', mirror: true, input: null });
  expect((await json<ProtocolEntry>(['protocol', 'create', 'mine-40', '--from', 'mine-40'])).hash).toBe(made.hash);
  expect((await quorum(['protocol', 'create', 'mine-40', '--from', 'mine-40', '--crop', '30'])).stderr).toMatch(
    /never changes its meaning/,
  );

  const series = await json<{ table: string; evaluations: Evaluation[]; timing: { computedMs: number[] } }>([
    'evaluate',
    '--run',
    run.id,
    '--checkpoints',
    '1,2,4',
    '--protocol',
    'as-trained,mine-40',
    '--device',
    'wasm',
    '--table',
    'md',
  ]);
  expect(series.table.match(/^\| .*, epoch \d/gm)).toHaveLength(3);
  // One job, each picture decoded once for all six; every checkpoint has its own figures, the last one those of its
  // validation.
  expect(series.timing.computedMs).toHaveLength(6);
  expect(series.evaluations.map(({ network, protocol }) => [network.slice(-1), protocol.name])).toEqual(
    ['1', '2', '4'].flatMap((epoch) => [
      [epoch, 'packed-32-cover-lanczos3'],
      [epoch, 'mine-40'],
    ]),
  );
  expect(new Set(series.evaluations.map(({ loss }) => loss)).size).toBe(6);
  for (const { checkpointSeq, protocol, loss } of series.evaluations)
    if (protocol.name !== 'mine-40')
      expect(loss).toBeCloseTo(run.checkpoints.find(({ seq }) => seq === checkpointSeq)!.metrics['val/loss']!, 3);
  expect((await quorum(['evaluate', '--run', run.id, '--checkpoints', '1,9', '--device', 'wasm'])).stderr).toMatch(
    /kept no checkpoint of epoch 9; it has those of epochs 1, 2, 3, 4/,
  );

  await json(['protocol', 'remove', 'mine-40']);
  expect((await quorum(['protocol', 'create', 'mine-40', '--squash', '32', '--crops', 'whole'])).stderr).toMatch(
    /Figures are stored under mine-40/,
  );
  expect((await quorum(['protocol', 'remove', 'native-32'])).stderr).toMatch(/comes with Quorum/);

  // A validation picture under a training picture's bytes is a leak.
  const leaky = join(folder, 'leaky');
  cpSync(join(folder, 'pictures'), leaky, { recursive: true });
  const name = readdirSync(join(leaky, 'val', 'bag')).sort()[0]!;
  cpSync(join(leaky, 'val', 'bag', name), join(leaky, 'train', 'bag', `copy-${name}`));
  await json(['dataset', 'import', leaky, '--name', 'leaky']);
  const {
    evaluations: [one],
  } = await json<{ evaluations: EvaluationDetails[] }>([
    'evaluate',
    '--run',
    run.id,
    '--dataset',
    'leaky',
    '--device',
    'wasm',
    '--without-duplicates',
  ]);
  expect(one!.withoutDuplicates!.exact.removed).toBe(1);
  expect(one!.withoutDuplicates!.exact.metrics.labelled).toBe(29);
  expect((await quorum(['evaluate', 'list', '--of', 'leaky', '--table', 'md', '--without-duplicates'])).stdout).toMatch(
    /without \d+ copies of training images/,
  );
  await json(['dataset', 'exclude', 'leaky', 'val', `val/bag/${name}`]);
  const {
    evaluations: [fewer],
  } = await json<{ evaluations: EvaluationDetails[] }>([
    'evaluate',
    '--run',
    run.id,
    '--dataset',
    'leaky',
    '--device',
    'wasm',
  ]);
  expect(fewer!.count).toBe(29);
});

test.each([
  [['evaluate'], 2, /either --run or --weights/],
  [['evaluate', '--weights', 'x.pth'], 2, /needs --dataset/],
  [['evaluate', '--run', 'none'], 1, /no run "none"/],
  [['evaluate', '--run', 'r', '--mean', '1,2,3'], 2, /need --color/],
])('%j ends with exit code %d', async (args, code, message) => {
  const ended = await quorum(args);
  expect(ended.stderr).toMatch(message);
  expect(ended.code).toBe(code);
});

test('an unknown protocol and a missing split are named', async () => {
  expect((await quorum(['evaluate', '--run', run.id, '--protocol', 'best', '--device', 'wasm'])).stderr).toMatch(
    /no protocol called "best"[^]*caffe-1crop-224/,
  );
  expect((await quorum(['evaluate', '--run', run.id, '--data', 'test', '--device', 'wasm'])).stderr).toMatch(
    /no test split/,
  );
});

test('weights are inspected, imported, checked and evaluated by their name', async () => {
  const shape = ['--model', 'vgg11', '--size', '32', ...TINY];
  const { channels, dataset } = {
    channels: run.spec.preprocessing.color === 'gray' ? 1 : 3,
    dataset: run.spec.dataset,
  };
  const inspected = await json<WeightsInspection>(['weights', 'inspect', weights, ...shape]);
  expect(inspected).toMatchObject({
    format: 'safetensors',
    mapping: { classes: 3, channels, missing: [], misshaped: [], unused: [], input: null },
  });
  expect(inspected.tensors.find(({ name }) => name === 'fc8/bias')).toMatchObject({ dtype: 'f32', shape: [3] });
  const { stdout } = await quorum(['weights', 'inspect', weights, '--model', 'vgg13', '--size', '32', ...TINY]);
  expect(stdout).toMatch(/missing: conv1_2\/kernel/);

  const card = await json<ImportedWeights>(['weights', 'import', weights, ...shape, '--name', 'shoes']);
  expect(card).toMatchObject({
    name: 'shoes',
    classes: 3,
    channels,
    input: null,
    model: { name: 'vgg11', options: { widthFactor: 0.125, headWidth: 32 } },
  });
  expect((await quorum(['weights', 'import', weights, ...shape, '--name', 'Shoes'])).stderr).toMatch(/already/);
  expect((await quorum(['weights', 'import', weights, '--model', 'vgg13', '--size', '32', ...TINY])).stderr).toMatch(
    /does not fit vgg13/,
  );

  const unknown = await quorum([
    'evaluate',
    '--weights',
    'shoes',
    '--dataset',
    dataset,
    '--protocol',
    'caffe-1crop-224',
    '--crop-sizes',
    '32',
    '--device',
    'wasm',
  ]);
  expect(unknown.stderr).toMatch(/weights check/);
  const check = await json<SelfCheck & { weights: ImportedWeights }>([
    'weights',
    'check',
    'shoes',
    '--dataset',
    dataset,
    '--protocol',
    'squash-rgb-224',
    '--device',
    'wasm',
    '--limit',
    '3',
  ]);
  expect(check.pictures).toBe(3);
  const saved = await json<SelfCheck & { weights: ImportedWeights }>([
    'weights',
    'check',
    'shoes',
    '--dataset',
    dataset,
    '--device',
    'wasm',
    '--save',
  ]);
  // A centre crop of enlarged pictures is not quite what the run saw; the way it was fed must still be among the best.
  expect([saved.rows[0]!.name, ...saved.tied].some((name) => name.includes('mean and sd of the data set'))).toBe(true);
  expect(saved.weights.input).toEqual(saved.rows.find(({ name }) => name === saved.proposed)!.input);
  expect(saved.rows.map(({ accuracy }) => accuracy)).toEqual(
    saved.rows.map(({ accuracy }) => accuracy).toSorted((a, b) => b - a),
  );

  const {
    evaluations: [own],
  } = await json<{ evaluations: Evaluation[] }>([
    'evaluate',
    '--weights',
    'shoes',
    '--dataset',
    dataset,
    '--protocol',
    'caffe-1crop-224',
    '--crop-sizes',
    '32',
    '--device',
    'wasm',
  ]);
  expect(own).toMatchObject({ network: 'shoes', count: 30, protocol: { input: saved.weights.input, labels: 'own' } });
  expect((await json<ImportedWeights>(['weights', 'remove', 'shoes'])).id).toBe(card.id);
  expect(await json(['weights', 'list'])).toEqual([]);
});
