/** Classes are matched by id and name in every command, and weight files are fed as the card beside them says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Evaluation } from '../../../core/db/evaluationRepository.ts';
import type { PredictionsSidecar } from '../../../core/evaluate/predictionsSidecar.ts';
import type { RunWithCheckpoints } from '../../../core/studio/runs/runs.ts';
import { quorumCommand, quorumJson } from '../../support/quorumCommand.ts';
import { copyFashionImages } from '../../support/fashionImages.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-classes-'));
/** Capitals come first among folders, and lists write small letters: another order, and another spelling. */
const FOLDERS = { 'Ankle-boot': 'ankle-boot', Trouser: 'trouser', bag: 'bag' } as const;
const WASM = ['--device', 'wasm'];
let run: RunWithCheckpoints;

const quorum = (args: readonly string[]): ReturnType<typeof quorumCommand> => quorumCommand(join(folder, 'data'), args);
const json = <T>(args: readonly string[]): Promise<T> => quorumJson<T>(join(folder, 'data'), args);
const rows: { path: string; label: string; split: string }[] = [];

/** A list of the same pictures; a label that is null leaves them out. */
async function importList(name: string, label: (own: string) => string | null): Promise<void> {
  const lines = rows.flatMap((row) => {
    const own = label(row.label);
    return own === null ? [] : [`${row.path},${own},${row.split}`];
  });
  const list = join(folder, 'pictures', `${name}.csv`);
  writeFileSync(list, ['path,label,split', ...lines, ''].join('\n'));
  await quorum(['dataset', 'import', list, '--name', name]);
}

interface Evaluated {
  readonly evaluations: (Evaluation & {
    perClass: { support: number; recall: number | null }[];
    classNames: string[];
  })[];
  readonly notes: string[];
}

const evaluate = (...args: string[]): Promise<Evaluated> => json<Evaluated>(['evaluate', ...args, ...WASM]);

beforeAll(async () => {
  const paths = copyFashionImages(join(folder, 'pictures'), { classes: FOLDERS, images: { train: 30, val: 10 } });
  for (const path of paths) {
    const [split = '', label = ''] = path.split('/');
    rows.push({ path, label, split });
  }
  const size = ['--model', 'lenet', '-e', '4', '-i', '32', '-b', '20', '-lr', '2e-3'];
  const tiny = ['--width-factor', '0.5', '--head-width', '32'];
  const folders = ['-t', join(folder, 'pictures', 'train'), '-v', join(folder, 'pictures', 'val')];
  await json(['train', ...folders, ...size, ...tiny, ...WASM]);
  const [summary] = (await json<{ runs: { id: string }[] }>(['runs', 'list'])).runs;
  run = await json<RunWithCheckpoints>(['runs', 'show', summary!.id]);
  await importList('bylist', (name) => name.toLowerCase());
  await importList('missing', (name) => (name === 'bag' ? null : name));
  await importList('added', (name) => (name === 'bag' ? 'coat' : name));
  await importList('spelled', (name) => `class of ${name}s`);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('the same pictures in another order of classes give the same figures', async () => {
  const { evaluations: own } = await evaluate('--run', run.id);
  expect(own[0]!.top1).toBeGreaterThan(0.6);
  const { evaluations, notes } = await evaluate('--run', run.id, '--dataset', 'bylist');
  expect(evaluations[0]!.classNames).toEqual(['ankle-boot', 'bag', 'trouser']);
  expect(evaluations[0]).toMatchObject({ top1: own[0]!.top1, top5: null, count: 30 });
  expect(evaluations[0]!.loss).toBeCloseTo(own[0]!.loss!, 6);
  expect(notes.join(' ')).toContain('lists the classes in another order');
});

test('fewer classes: those that are there count, by both readings', async () => {
  const { evaluations, notes } = await evaluate('--run', run.id, '--dataset', 'missing');
  expect(evaluations[0]).toMatchObject({ count: 20, classNames: ['Ankle-boot', 'Trouser', 'bag'] });
  expect(evaluations[0]!.perClass[2]).toMatchObject({ support: 0, recall: null });
  expect(notes.join(' ')).toMatch(/lacks 1 class: bag.*among the 2 of the data set alone top-1 is/);
});

test('a class that the network does not know is named; its images count as unlabelled', async () => {
  const { evaluations, notes } = await evaluate('--run', run.id, '--dataset', 'added');
  expect(evaluations[0]!.perClass.map(({ support }) => support)).toEqual([10, 10, 0, 0]);
  expect(notes.join(' ')).toContain('does not know 1 class: coat');
});

test('nothing in common is refused by evaluation and prediction', async () => {
  for (const args of [
    ['evaluate', '--run', run.id, '--dataset', 'spelled', ...WASM],
    ['predict', '--run', run.id, '--data', 'val', '--dataset', 'spelled', '--output', join(folder, 'no.csv'), ...WASM],
  ]) {
    const { code, stderr } = await quorum(args);
    expect(code).toBe(1);
    expect(stderr).toContain('have no class in common');
  }
});

test('a run is fine-tuned, and votes, on the same classes in another order', async () => {
  const frozen = ['--epochs', '1', '--lr', '1e-12', '--train-only', 'head', '--batchsize', '20'];
  const network = ['--model', 'lenet', '--width-factor', '0.5', '--head-width', '32'];
  await json(['train', '--init', run.id, '--dataset', 'bylist', '--name', 'tuned', ...network, ...frozen, ...WASM]);
  const tuned = await json<RunWithCheckpoints>(['runs', 'show', 'tuned']);
  expect(tuned.spec.classNames).toEqual(['ankle-boot', 'bag', 'trouser']);
  expect(tuned.spec.fineTuning?.newHead).toBe(false);
  expect(tuned.best['val/top1']).toBeCloseTo(run.best['val/top1']!, 6);
  const output = join(folder, 'vote.csv');
  const vote = await json<{ members: { top1: number }[]; agreement: number[][] }>([
    'predict',
    ...['--run', run.id, '--run', 'tuned', '--data', 'val', '--dataset', 'bylist', '--output', output, ...WASM],
  ]);
  expect(vote.members.map(({ top1 }) => top1)).toEqual([run.best['val/top1'], run.best['val/top1']]);
  expect(vote.agreement[0]![1]).toBe(1);
  expect(readFileSync(output, 'utf8').split('\n')).toHaveLength(32);
});

test('two networks with their classes in another order are compared image by image, and vote as an ensemble', async () => {
  const first = await evaluate('--run', run.id, '--dataset', 'bylist');
  const second = await evaluate('--run', 'tuned', '--dataset', 'bylist');
  const ids = [first, second].map(({ evaluations }) => evaluations[0]!.id);
  const comparison = await json<{ flips: unknown[] }>(['evaluate', 'compare', ...ids]);
  expect(comparison.flips).toEqual([]);
  await quorum(['ensemble', 'create', 'both', '--run', run.id, '--run', 'tuned', '--rule', 'mean']);
  const output = join(folder, 'ensemble.csv');
  const vote = await json<{ top1: number; members: { top1: number }[] }>([
    ...['ensemble', 'predict', 'both', '--data', 'val', '--dataset', 'bylist', '--output', output, ...WASM],
  ]);
  expect(vote.members.map(({ top1 }) => top1)).toEqual([run.best['val/top1'], run.best['val/top1']]);
  expect(vote.top1).toBe(run.best['val/top1']);
});

test("an exported file is fed as its card says, and answers in its card's classes", async () => {
  const file = join(folder, 'exported.npy');
  await json(['weights', 'export', run.id, '--format', 'npy', '--output', file]);
  await quorum(['protocol', 'create', 'fit-32', '--squash', '32', '--crops', 'whole', '--crop', '32', '--no-mirror']);
  const { evaluations: own } = await evaluate('--run', run.id, '--protocol', 'fit-32');
  const { evaluations } = await evaluate(
    ...['--weights', file, '--model', 'lenet', '--size', '32', '--dataset', 'bylist', '--protocol', 'fit-32'],
  );
  expect(evaluations[0]!.top1).toBe(own[0]!.top1);
  expect(evaluations[0]!.loss).toBeCloseTo(own[0]!.loss!, 6);
  const { stderr } = await quorum([
    ...['train', '--init', file, '--model', 'lenet', '--size', '32', '--dataset', 'bylist', '--epochs', '1'],
    ...['--batchsize', '20', '--lr', '1e-12', ...WASM],
  ]);
  expect(stderr).toContain('as the weights need them');
});

test('the self-check of imported weights goes by their classes', async () => {
  const file = join(folder, 'checked.safetensors');
  await json(['weights', 'export', run.id, '--format', 'safetensors', '--output', file]);
  await quorum(['weights', 'import', file, '--model', 'lenet', '--name', 'checked']);
  interface Checked {
    readonly rows: { correct: number; total: number; input: unknown }[];
    readonly classes: number;
  }
  const check = (dataset: string): Promise<Checked> =>
    json<Checked>(['weights', 'check', 'checked', '--dataset', dataset, ...WASM]);
  const [inOrder, other] = [await check('pictures'), await check('bylist')];
  expect(inOrder.rows[0]!.correct / inOrder.rows[0]!.total).toBeGreaterThan(0.6);
  expect(other.rows[0]).toMatchObject({ correct: inOrder.rows[0]!.correct, total: inOrder.rows[0]!.total });
  const { code, stderr } = await quorum(['weights', 'check', 'checked', '--dataset', 'spelled', ...WASM]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('no class in common')]);
});

test('ten-crop votes are the ten-crop evaluations, of runs and of imported copies, byte for byte', async () => {
  await quorum(['protocol', 'create', 'ten-32', '--short-side', '36', '--crops', 'five', '--crop', '32', '--mirror']);
  for (const [name, source] of [
    ['ten-copy', run.id],
    ['ten-tuned-copy', 'tuned'],
  ] as const) {
    const file = join(folder, `${name}.safetensors`);
    await json(['weights', 'export', source, '--format', 'safetensors', '--output', file]);
    const network = ['--model', 'lenet', '--width-factor', '0.5', '--head-width', '32'];
    await json(['weights', 'import', file, ...network, '--name', name]);
  }
  const evaluated: Evaluation[] = [];
  for (const network of [run.id, 'tuned'])
    evaluated.push(...(await evaluate('--run', network, '--dataset', 'bylist', '--protocol', 'ten-32')).evaluations);
  const voteOf = async (name: string, ...members: string[]) => {
    const output = join(folder, `${name}.csv`);
    const vote = await json<{ members: { prediction: string; top1: number }[] }>([
      ...['predict', ...members, '--data', 'val', '--dataset', 'bylist', '--protocol', 'ten-32', '--truth'],
      ...['--rule', 'mean', '--member-probabilities', '--output', output, ...WASM],
    ]);
    return { ...vote, csv: readFileSync(output, 'utf8'), sidecar: readFileSync(`${output}.json`, 'utf8') };
  };
  const ofRuns = await voteOf('ten-runs', '--run', run.id, '--run', 'tuned');
  // what was evaluated is not computed again
  expect(ofRuns.members.map(({ prediction }) => prediction)).toEqual(evaluated.map(({ id }) => id));
  expect(ofRuns.members.map(({ top1 }) => top1)).toEqual(evaluated.map(({ top1 }) => top1));
  const ofCopies = await voteOf('ten-copies', '--weights', 'ten-copy', '--weights', 'ten-tuned-copy');
  expect(ofCopies.csv).toBe(ofRuns.csv);
  expect(JSON.parse(ofCopies.sidecar)).toMatchObject({
    accuracy: { protocol: expect.stringContaining('by ten-32') as string },
    members: [{ protocol: { name: 'ten-32', crops: 'five', mirror: true } }, { protocol: { name: 'ten-32' } }],
  });
  // the vote is the mean of the stored probabilities
  const stored = evaluated.map(({ id }) => {
    const bytes = readFileSync(join(folder, 'data', 'evaluations', id, 'probabilities.f32'));
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  });
  const [header, ...lines] = ofRuns.csv.trim().split('\n');
  const names = ['ankle-boot', 'bag', 'trouser'];
  const decision = header!.split(',').indexOf('decision');
  for (const [image, line] of lines.entries()) {
    const sums = names.map((_, c) => stored[0]![3 * image + c]! + stored[1]![3 * image + c]!);
    expect(line.split(',')[decision]).toBe(names[sums.indexOf(Math.max(...sums))]);
  }
});

test('imported copies vote as their runs, byte for byte, beside runs and in ensembles', async () => {
  const network = ['--model', 'lenet', '--width-factor', '0.5', '--head-width', '32'];
  for (const [name, source] of [
    ['copy', run.id],
    ['tuned-copy', 'tuned'],
  ] as const) {
    const file = join(folder, `${name}.safetensors`);
    await json(['weights', 'export', source, '--format', 'safetensors', '--output', file]);
    await json(['weights', 'import', file, ...network, '--name', name]);
  }
  const rule = ['--rule', 'weighted', '--vote-weights', '2,1', '--probabilities', '--truth', '--batch-size', '20'];
  const voteOf = async (name: string, ...members: string[]): Promise<string> => {
    const output = join(folder, `${name}.csv`);
    const data = ['--data', 'val', '--dataset', 'bylist', '--output', output];
    await json(['predict', ...members, ...data, ...rule, ...WASM]);
    return readFileSync(output, 'utf8');
  };
  const ofRuns = await voteOf('of-runs', '--run', run.id, '--run', 'tuned');
  expect(ofRuns.split('\n')).toHaveLength(32);
  expect(await voteOf('of-copies', '--weights', 'copy', '--weights', 'tuned-copy')).toBe(ofRuns);
  expect(await voteOf('of-both', '--weights', 'copy', '--run', 'tuned')).toBe(ofRuns);
  const sidecar = JSON.parse(readFileSync(join(folder, 'of-both.csv.json'), 'utf8')) as PredictionsSidecar;
  expect(sidecar.members).toMatchObject([
    { run: null, weights: { name: 'copy' }, classes: { count: 3, sameOrder: false, unknown: [] } },
    { runName: 'tuned', weights: null, classes: { count: 3, sameOrder: true, unknown: [] } },
  ]);

  await quorum(['ensemble', 'create', 'mixed', '--weights', 'copy', '--run', 'tuned', '--rule', 'mean']);
  const output = join(folder, 'mixed.csv');
  const vote = await json<{ members: { kind: string; top1: number }[] }>([
    ...['ensemble', 'predict', 'mixed', '--data', 'val', '--dataset', 'bylist', '--output', output, ...WASM],
  ]);
  expect(vote.members.map(({ kind }) => kind)).toEqual(['weights', 'run']);
  expect(vote.members.map(({ top1 }) => top1)).toEqual([run.best['val/top1'], run.best['val/top1']]);
  const removed = await quorum(['weights', 'remove', 'copy']);
  expect(removed.stderr).toContain('"copy" is a member of "mixed".');
});
