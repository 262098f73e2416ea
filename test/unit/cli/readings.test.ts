/** A network of eight classes on three of them: both readings and a class map, from the command line to the files. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EvaluationRecord } from '../../../contract/evaluation.ts';
import { PredictionIndex } from '../../../core/evaluate/probabilityFile.ts';
import { PredictionsSidecar } from '../../../core/evaluate/predictionsSidecar.ts';
import { quorumCommand, quorumJson } from '../../support/quorumCommand.ts';

const EMOJI = resolve(import.meta.dirname, '../../../resources/samples/noto-emoji');
const folder = mkdtempSync(join(tmpdir(), 'quorum-readings-'));
const data = join(folder, 'data');
const WASM = ['--device', 'wasm'];
/** Of the eight, in another order than theirs, and what a data set of other names calls them. */
const PART = { objects: 'Dinge', flags: 'Fahnen', 'food-drink': 'Essen' } as const;
const IMAGES = 10;

const quorum = (...args: string[]): ReturnType<typeof quorumCommand> => quorumCommand(data, args);
const json = <T>(...args: string[]): Promise<T> => quorumJson<T>(data, args);

interface Evaluated {
  readonly evaluations: EvaluationRecord[];
  readonly notes: string[];
}
const evaluate = (...args: string[]): Promise<Evaluated> =>
  json<Evaluated>('evaluate', '--run', 'emoji', ...args, ...WASM);

function copyImages(root: string, classes: Readonly<Record<string, string>>): void {
  for (const split of ['train', 'val'])
    for (const [from, to] of Object.entries(classes)) {
      mkdirSync(join(root, split, to), { recursive: true });
      const files = readdirSync(join(EMOJI, from)).sort();
      const chosen = split === 'train' ? files.slice(IMAGES, 2 * IMAGES) : files.slice(0, IMAGES);
      for (const file of chosen) cpSync(join(EMOJI, from, file), join(root, split, to, file));
    }
}

/** Rows of a stored evaluation by their images' file names, and the columns of its classes. */
function stored({ id }: EvaluationRecord) {
  const path = join(data, 'evaluations', id);
  const index = PredictionIndex.parse(JSON.parse(readFileSync(join(path, 'predictions.json'), 'utf8')));
  const bytes = readFileSync(join(path, 'probabilities.f32'));
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const rows = index.paths.map((image, i) => ({
    file: image.split('/').slice(-2).join('/'),
    row: values.subarray(i * index.classes, (i + 1) * index.classes),
  }));
  return { index, rows };
}

beforeAll(async () => {
  const eight = readdirSync(EMOJI, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? one.name : []));
  copyImages(join(folder, 'eight'), Object.fromEntries(eight.map((name) => [name, name])));
  copyImages(join(folder, 'three'), Object.fromEntries(Object.keys(PART).map((name) => [name, name])));
  copyImages(join(folder, 'renamed'), PART);
  for (const name of ['eight', 'three', 'renamed']) await json('dataset', 'import', join(folder, name), '--name', name);
  await json(
    ...['train', '--model', 'lenet', '--dataset', 'eight', '--name', 'emoji', '--size', '32', '--epochs', '2'],
    ...['--batch-size', '24', '--lr', '2e-3', '--width-factor', '0.5', '--head-width', '32', ...WASM],
  );
  writeFileSync(
    join(folder, 'map.csv'),
    ['network,dataset', ...Object.entries(PART).map((pair) => pair.join(',')), ''].join('\n'),
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('three of eight classes: each reading is what arithmetic makes of the eight probabilities', async () => {
  const whole = stored((await evaluate()).evaluations[0]!);
  const truth = Object.keys(PART).map((name) => whole.index.classIds.indexOf(name));
  const byFile = new Map(whole.rows.map(({ file, row }) => [file, row]));
  for (const reading of ['all', 'subset'] as const) {
    const { evaluations, notes } = await evaluate('--dataset', 'three', '--reading', reading);
    const [record] = evaluations;
    const part = stored(record!);
    const counted = reading === 'all' ? [...whole.index.classIds.keys()] : truth;
    let right = 0;
    for (const [i, { file, row }] of part.rows.entries()) {
      const eight = byFile.get(file)!;
      const total = counted.reduce((sum, c) => sum + eight[c]!, 0);
      for (const [column, id] of part.index.classIds.entries())
        expect(row[column]).toBeCloseTo(eight[whole.index.classIds.indexOf(id)]! / total, 6);
      const best = counted.reduce((at, c) => (eight[c]! > eight[at]! ? c : at));
      if (whole.index.classIds[best] === part.index.classIds[part.index.labels[i]!]) right++;
    }
    expect(part.rows).toHaveLength(3 * IMAGES);
    expect(record!.top1).toBe(right / part.rows.length);
    expect(part.index.classes).toBe(counted.length);
    expect(record!.protocol.reading).toBe(reading === 'all' ? undefined : 'subset');
    expect(record!.protocol.name.endsWith('.subset')).toBe(reading === 'subset');
    expect(notes.join(' ')).toContain(
      reading === 'all' ? 'The reading "subset" measures that.' : 'decides among 3 classes of 8',
    );
  }
  const { stdout } = await quorum('evaluate', 'list');
  expect(stdout).toContain('.subset');
  const { table } = await json<{ table: string }>(
    ...['evaluate', '--run', 'emoji', '--dataset', 'three', '--reading', 'subset', '--table', 'csv', ...WASM],
  );
  expect(table.split('\n')[0]).toMatch(/subset/);
});

test('a map of other names gives the figures of the same names, and stays with the record', async () => {
  const map = join(folder, 'map.csv');
  const refused = await quorum('evaluate', '--run', 'emoji', '--dataset', 'renamed', ...WASM);
  expect(refused.stderr).toContain('have no class in common');
  for (const reading of ['all', 'subset'] as const) {
    const named = await evaluate('--dataset', 'three', '--reading', reading);
    const mapped = await evaluate('--dataset', 'renamed', '--reading', reading, '--class-map', map);
    expect(mapped.evaluations[0]).toMatchObject({ top1: named.evaluations[0]!.top1, count: 3 * IMAGES });
    expect(mapped.evaluations[0]!.loss).toBeCloseTo(named.evaluations[0]!.loss!, 6);
    expect(mapped.evaluations[0]!.protocol.classMap).toMatchObject({
      file: 'map.csv',
      pairs: Object.entries(PART).map(([network, dataset]) => ({ network, data: dataset })),
    });
    expect(mapped.evaluations[0]!.protocol.name).toMatch(/\.map-[0-9a-f]{8}$/);
    expect(mapped.notes.join(' ')).toContain('3 classes matched by map.csv.');
  }
});

test.each([
  ['network,dataset\nobjects,Dinge\nbears,Fahnen\n', 'Line 3 of the class map bad.csv', 'has no class "bears"'],
  ['network,dataset\nobjects,Dinge\nflags,Dinge\n', 'Line 3 of the class map bad.csv', 'stands on line 2 already'],
  ['objects,Dinge\n', 'Line 1 of the class map bad.csv', 'the first line must be the header network,dataset'],
])('a map that does not fit is refused by its line: %j', async (text, line, cause) => {
  const bad = join(folder, 'bad.csv');
  writeFileSync(bad, text);
  const predict = ['predict', '--run', 'emoji', '--data', 'val', '--output', join(folder, 'no.csv')];
  for (const command of [['evaluate', '--run', 'emoji'], predict]) {
    const { code, stderr } = await quorum(...command, '--dataset', 'renamed', '--class-map', bad, ...WASM);
    expect(code).toBe(1);
    expect(stderr).toContain(line);
    expect(stderr).toContain(cause);
  }
});

test('votes read the subset and the map as well, and their files say so', async () => {
  await json('ensemble', 'create', 'alone', '--run', 'emoji');
  const [own] = (await evaluate('--dataset', 'three', '--reading', 'subset')).evaluations;
  const asked = ['--dataset', 'renamed', '--reading', 'subset', '--class-map', join(folder, 'map.csv'), ...WASM];
  for (const [name, command] of [
    ['predicted', ['predict', '--run', 'emoji']],
    ['voted', ['ensemble', 'predict', 'alone']],
  ] as const) {
    const output = join(folder, `${name}.csv`);
    const vote = await json<{ members: { top1: number }[] }>(...command, '--data', 'val', '--output', output, ...asked);
    expect(vote.members[0]!.top1).toBe(own!.top1);
    const sidecar = PredictionsSidecar.parse(JSON.parse(readFileSync(`${output}.json`, 'utf8')));
    expect(sidecar.accuracy.protocol).toContain("decided among the data set's classes alone");
    expect(sidecar.members[0]).toMatchObject({
      protocol: { reading: 'subset', classMap: { file: 'map.csv' } },
      classes: { count: 8, unknown: [] },
    });
    expect(sidecar.classes.map(({ name: one }) => one).sort()).toEqual(Object.values(PART).sort());
  }
  expect(readFileSync(join(folder, 'voted.csv'), 'utf8')).toBe(readFileSync(join(folder, 'predicted.csv'), 'utf8'));
});

test("a folder has no classes of its own: a subset is the map's", async () => {
  const images = join(folder, 'renamed', 'val');
  const predict = ['predict', '--run', 'emoji', '--data', images, '--reading', 'subset', ...WASM];
  const refused = await quorum(...predict, '--output', join(folder, 'no.csv'));
  expect(refused.stderr).toContain('A folder does not say which classes are the subset');
  const output = join(folder, 'folder.csv');
  const vote = await json<{ members: { top1: number }[] }>(
    ...[...predict, '--class-map', join(folder, 'map.csv'), '--output', output],
  );
  const [own] = (await evaluate('--dataset', 'three', '--reading', 'subset')).evaluations;
  expect(vote.members[0]!.top1).toBe(own!.top1);
  const [, first] = readFileSync(output, 'utf8').split('\n');
  expect(Object.values(PART)).toContain(first!.split(',')[1]);
});
