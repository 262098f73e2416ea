/**
 * The command line as its user meets it. What belongs to the process itself (streams, exit code, Ctrl-C) is tested on a
 * real one.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { DatasetCard } from '../../../contract/dataset.ts';
import type { Run } from '../../../contract/run.ts';
import type { SelectionReport } from '../../../core/studio/results/selectEnsemble.ts';
import type { VoteReport } from '../../../core/studio/results/vote.ts';
import { type Ended, quorumCommand, quorumJson } from '../../support/quorumCommand.ts';
import { copyFashionImages } from '../../support/fashionImages.ts';

const MAIN = inject('commandLine');
const TINY = ['--width-factor', '0.125', '--head-width', '32', '--device', 'wasm', '-b', '20', '-lr', '2e-3'];
const folder = mkdtempSync(join(tmpdir(), 'quorum-cli-'));
const pictures = join(folder, 'pictures');

/** Three classes, 20 training and 5 validation pictures each; one picture is none. */
beforeAll(() => {
  copyFashionImages(pictures, { classes: ['trouser', 'bag', 'ankle-boot'], images: { train: 20, val: 5 } });
  writeFileSync(join(pictures, 'train', 'bag', 'broken.png'), 'this is no picture');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const quorum = (args: readonly string[], dataDir = join(folder, 'data')): ReturnType<typeof quorumCommand> =>
  quorumCommand(dataDir, args);
const json = <T>(args: readonly string[]): Promise<T> => quorumJson<T>(join(folder, 'data'), args);

/** The same as a process; `onStderr` hears all that it has said there so far. */
function quorumProcess(
  args: readonly string[],
  { onStderr, dataDir = join(folder, 'data') }: ProcessOptions = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, QUORUM_HOME: dataDir } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      onStderr?.(stderr, () => child.kill('SIGINT'));
    });
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

interface ProcessOptions {
  readonly onStderr?: (text: string, interrupt: () => void) => void;
  readonly dataDir?: string;
}

test('models list and describe', async () => {
  const names = (await json<{ name: string }[]>(['models', 'list'])).map((card) => card.name);
  for (const name of ['vgg11', 'vgg13', 'vgg16', 'vgg16_c1', 'vgg19', 'vgg16_bn']) expect(names).toContain(name);
  // weights + biases of the eight convolutions, then 2048·4096 + 4096, 4096·4096 + 4096, 4096·200 + 200
  expect(await json(['models', 'describe', 'vgg11', '--size', '64', '--classes', '200'])).toMatchObject({
    learnable: 35_213_896,
    input: [64, 64, 3],
  });
  const { stdout } = await quorum(['models', 'describe', 'vgg11', '--size', '64', '--classes', '200']);
  expect(stdout).toMatch(/conv5_2 .*4×4×512 +2,359,808/);
  expect(stdout).toContain('35,213,896 learnable parameters');
});

test.each([
  [['nonsense'], 2, /unknown command/],
  [['train', '-lr', 'fast'], 2, /Enter a number/],
  [['train', '--bogus'], 2, /unknown option/],
  [['train', '-d', '12'], 2, /11, 13, 16, 19/],
  [['predict', '--data', 'val'], 2, /--run/],
  [['models', 'describe', 'vgg99'], 1, /Nearest names/],
  [['dataset', 'import', join(folder, 'nowhere')], 1, /nowhere/],
  [['train', '--dataset', 'none'], 1, /no data set "none"/],
  [['runs', 'show', 'r-1'], 1, /no run "r-1"/],
  [['ensemble', 'create', 'x', '--run', 'r-1'], 1, /no run/],
  [['predict', '--run', 'r', '--data', 'val', '--rule', 'weighted'], 2, /needs weights/],
  [['train', '--spec', 'missing.json'], 1, /missing\.json/],
])('%j ends with exit code %d', async (args, code, message) => {
  const ended = await quorum(args, join(folder, 'empty'));
  expect(ended.stderr).toMatch(message);
  expect(ended.code).toBe(code);
  expect(ended.stdout).toBe('');
});

test.each([
  [['train', '-lr', 'fast'], 2, /Enter a number/],
  [['runs', 'show', 'r-1'], 1, /no run "r-1"/],
])('so does the process of %j', async (args, code, message) => {
  const ended = await quorumProcess(args, { dataDir: join(folder, 'empty') });
  expect(ended.stderr).toMatch(message);
  expect([ended.code, ended.stdout]).toEqual([code, '']);
});

test('a damaged database is named and moved aside, and nothing is lost', async () => {
  const dataDir = join(folder, 'damaged');
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'quorum.sqlite'), 'x'.repeat(20_000));
  const ended = await quorum(['runs', 'list', '--json'], dataDir);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain('The database was damaged');
  const aside = readdirSync(dataDir).find((name) => name.startsWith('quorum.sqlite.damaged-')) ?? '';
  expect(readFileSync(join(dataDir, aside), 'utf8')).toBe('x'.repeat(20_000));
});

test('import, train two networks, predict, vote, export; stop and resume', async () => {
  const card = await json<DatasetCard>(['dataset', 'import', pictures, '--name', 'Three things']);
  expect(card).toMatchObject({
    name: 'Three things',
    layout: 'class-folders',
    quarantined: 1,
    splits: { train: { count: 60 }, val: { count: 15 } },
    grayOnly: true,
  });

  // the published command line finds the same data set again
  const first = await json<Run>([
    'train',
    '-t',
    join(pictures, 'train'),
    '-v',
    join(pictures, 'val'),
    '-d',
    '11',
    '-e',
    '3',
    '-es',
    '5',
    ...TINY,
  ]);
  expect(first).toMatchObject({
    state: 'finished',
    spec: {
      dataset: card.id,
      epochs: 3,
      earlyStopping: { patience: 5 },
      model: { name: 'vgg11' },
      preprocessing: { size: 32, color: 'gray' },
    },
    device: { kind: 'wasm' },
  });
  expect(first.last['train/loss']).toBeGreaterThan(0);
  expect((await json<{ datasets: DatasetCard[] }>(['dataset', 'list'])).datasets).toHaveLength(1);

  // Ctrl-C in the middle, then the rest
  let interrupted = false;
  const stopped = await quorumProcess(['train', '--model', 'vgg13', '-e', '4', ...TINY, '--json'], {
    onStderr(text, interrupt) {
      if (interrupted || !text.includes('first step after')) return;
      interrupted = true;
      interrupt();
    },
  });
  expect(stopped.code).toBe(130);
  const cut = JSON.parse(stopped.stdout) as Run;
  expect(cut.state).toBe('stopped');
  expect(cut.step).toBeLessThan(12);
  const second = await json<Run>(['train', '--resume', cut.id]);
  expect(second).toMatchObject({ id: cut.id, state: 'finished', step: 12 });

  const csv = join(folder, 'predictions.csv');
  const report = await json<VoteReport>([
    'predict',
    '--run',
    first.id,
    '--run',
    second.id,
    '--data',
    'val',
    '--device',
    'wasm',
    '--output',
    csv,
    '--truth',
  ]);
  expect(report).toMatchObject({ rule: { kind: 'majority', fallbackMember: 0 }, csv: { rows: 15 } });
  const lines = readFileSync(csv, 'utf8').trim().split('\n');
  expect(lines[0]).toBe('image,11,13,decision,truth');
  expect(lines).toHaveLength(16);
  const right = lines.slice(1).filter((line) => line.split(',')[3] === line.split(',')[4]).length;
  expect(report.top1).toBeCloseTo(right / 15, 12);
  expect(JSON.parse(readFileSync(report.sidecar, 'utf8'))).toMatchObject({
    csv: { rows: 15 },
    members: [{ label: '11' }, { label: '13' }],
  });

  // stored probabilities vote again without a network; an existing file is not replaced unasked
  await json(['ensemble', 'create', 'Both', '--run', first.id, '--run', second.id, '--rule', 'mean']);
  expect(
    (await quorum(['ensemble', 'predict', 'Both', '--data', 'val', '--device', 'wasm', '--output', csv])).stderr,
  ).toMatch(/exists/);
  const again = await json<VoteReport>([
    'ensemble',
    'predict',
    'Both',
    '--data',
    'val',
    '--device',
    'wasm',
    '--output',
    csv,
    '--overwrite',
  ]);
  expect(again.members.map((member) => member.prediction)).toEqual(report.members.map((member) => member.prediction));
  // labelled images choose members and weights; the half that chose does not say how good they are
  const both = ['--run', first.id, '--run', second.id, '--device', 'wasm'];
  expect((await quorum(['ensemble', 'select', 'Few', ...both])).stderr).toMatch(/15 labelled images are too few/);
  const selected = await json<SelectionReport>(['ensemble', 'select', 'Chosen', ...both, '--data', 'train']);
  expect(selected.members.map(({ id }) => id)).toEqual([first.id, second.id]);
  const taken = selected.members.filter(({ count }) => count > 0);
  expect(selected.ensemble).toMatchObject({
    members: taken.map(({ id }) => id),
    rule: { kind: 'weighted', weights: taken.map(({ count }) => count) },
  });
  expect(Math.abs(selected.selecting.images - selected.estimate.images)).toBeLessThanOrEqual(1);

  const folderReport = await json<VoteReport>([
    'predict',
    '--run',
    first.id,
    '--data',
    join(pictures, 'train', 'bag'),
    '--device',
    'wasm',
    '--output',
    join(folder, 'bags.csv'),
  ]);
  expect(folderReport).toMatchObject({ csv: { rows: 20 }, skipped: [{ path: 'broken.png' }] });

  const table = (await quorum(['runs', 'list'])).stdout;
  expect(table).toMatch(/run +name +state +epoch/);
  expect(table).toMatch(new RegExp(`${second.id}.*finished +4/4`));
  expect((await quorum(['runs', 'remove', first.id])).stderr).toContain('member of "Both"');
  for (const name of ['Both', 'Chosen']) await json(['ensemble', 'remove', name]);
  await json(['runs', 'remove', first.id, second.id]);
  await json(['dataset', 'remove', 'Three things']);
  expect(readdirSync(join(pictures, 'train', 'bag'))).toHaveLength(21);
});
