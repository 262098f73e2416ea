/** A run goes to another data folder in a file, is checked there, and goes on; spoilt and hostile files end refused. */
import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../../../contract/run.ts';
import { writeTarOf } from '../../../core/formats/archive/writeTar.ts';
import { replayInWords } from '../../../core/studio/travel/replayArrival.ts';
import type { CheckedArrival } from '../../../core/studio/travel/travel.ts';
import { type Ended, quorumCommand, quorumJson } from '../../support/quorumCommand.ts';
import { copyFashionImages } from '../../support/fashionImages.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-travel-'));
const archive = join(folder, 'run.tar');
const there = <T>(...args: string[]): Promise<T> => quorumJson<T>(join(folder, 'there'), args);
const here = <T>(...args: string[]): Promise<T> => quorumJson<T>(join(folder, 'here'), args);
let run: Run;

function makePictures(root: string): void {
  copyFashionImages(root, { classes: ['trouser', 'bag'], images: { train: 12, val: 6 } });
}

const SMALL = [
  '--model',
  'vgg11',
  '--width-factor',
  '0.05',
  '--head-width',
  '8',
  '--batch-size',
  '8',
  '--device',
  'wasm',
];

beforeAll(async () => {
  makePictures(join(folder, 'pictures there'));
  await there('dataset', 'import', join(folder, 'pictures there'), '--name', 'two');
  run = await there<Run>('train', ...SMALL, '--epochs', '2', '--dataset', 'two', '--name', 'wanderer');
  await there('predict', '--run', run.id, '--data', 'val', '--output', join(folder, 'val.csv'));
  await there('runs', 'export', run.id, '--archive', archive, '--checkpoints', 'all');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filesOf = (data: string, id: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(folder, data, 'runs', id, 'checkpoints'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'manifest.json')
      .map(({ parentPath, name }) => [
        `${parentPath.split('/').at(-1)}/${name}`,
        readFileSync(join(parentPath, name)).toString('base64'),
      ]),
  );

test('a run arrives with its bytes, though its images are not there; a second copy is kept apart', async () => {
  const [arrived] = (await here<{ runs: CheckedArrival[] }>('runs', 'import', archive)).runs;
  expect(arrived).toMatchObject({ idThere: run.id, dataset: null, checks: [], run: { id: run.id, state: 'finished' } });
  expect(filesOf('here', run.id)).toEqual(filesOf('there', run.id));
  const metrics = (from: typeof here): Promise<{ metrics: unknown }> => from('runs', 'show', run.id);
  expect((await metrics(here)).metrics).toEqual((await metrics(there)).metrics);
  const again = (await here<{ runs: CheckedArrival[] }>('runs', 'import', archive)).runs[0]!;
  expect(again.run.id).not.toBe(run.id);
  expect(filesOf('here', again.run.id)).toEqual(filesOf('here', run.id));
  const { runs } = await here<{ runs: Run[] }>('runs', 'list');
  expect(runs.map(({ id }) => id).toSorted()).toEqual([run.id, again.run.id].toSorted());
});

test('unless all are asked for, the best and the last checkpoint travel', async () => {
  const smaller = join(folder, 'smaller.tar');
  await there('runs', 'export', run.id, '--archive', smaller);
  await quorumJson(join(folder, 'third'), ['runs', 'import', smaller]);
  // the last one is the best
  expect(readdirSync(join(folder, 'third', 'runs', run.id, 'checkpoints'))).toEqual(['ckpt-000002']);
  expect(readdirSync(join(folder, 'there', 'runs', run.id, 'checkpoints'))).toEqual(['ckpt-000001', 'ckpt-000002']);
});

test.each(['gz', 'zst'])(
  'packed as .tar.%s it is smaller and arrives the same; cut off, it is refused',
  async (kind) => {
    const packed = join(folder, `packed.tar.${kind}`);
    await there('runs', 'export', run.id, '--archive', packed, '--checkpoints', 'all');
    const bytes = readFileSync(packed);
    expect(bytes.length).toBeLessThan(readFileSync(archive).length);
    await quorumJson(join(folder, kind), ['runs', 'import', packed]);
    expect(filesOf(kind, run.id)).toEqual(filesOf('there', run.id));
    const cut = join(folder, `cut.tar.${kind}`);
    writeFileSync(cut, bytes.subarray(0, bytes.length / 2));
    const { code, stderr } = await quorumCommand(join(folder, 'empty'), ['runs', 'import', cut]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/damaged|cut off|missing/);
  },
);

test('an ensemble travels with its members, under a name that is free', async () => {
  const other = await there<Run>(
    'train',
    ...SMALL,
    '--epochs',
    '1',
    '--seed',
    '7',
    '--dataset',
    'two',
    '--name',
    'second',
  );
  const members = ['--run', run.id, '--run', other.id];
  await there('ensemble', 'create', 'both', ...members, '--rule', 'weighted', '--vote-weights', '2,1');
  const both = join(folder, 'both.tar');
  await there('runs', 'export', run.id, other.id, '--archive', both);
  const into = <T>(...args: string[]): Promise<T> => quorumJson<T>(join(folder, 'voters'), args);
  interface Known {
    readonly name: string;
    readonly members: readonly string[];
    readonly rule: { readonly weights?: readonly number[] };
  }
  const known = async (from: typeof into): Promise<Known[]> => from<Known[]>('ensemble', 'list');
  const first = (await into<{ runs: CheckedArrival[] }>('runs', 'import', both)).runs;
  expect(first.map(({ ensembles }) => ensembles)).toEqual([['both'], ['both']]);
  expect((await known(into)).map(({ members: ids, rule }) => [ids, rule])).toEqual(
    (await known(there)).map(({ members: ids, rule }) => [ids, rule]),
  );
  const second = (await into<{ runs: CheckedArrival[] }>('runs', 'import', both)).runs;
  expect(second.map(({ ensembles }) => ensembles)).toEqual([['both (2)'], ['both (2)']]);
  const again = (await known(into)).find(({ name }) => name === 'both (2)');
  expect(again?.members).toEqual(second.map((arrived) => arrived.run.id));
  // alone, its members are not all there
  const alone = join(folder, 'alone.tar');
  await there('runs', 'export', run.id, '--archive', alone);
  expect((await into<{ runs: CheckedArrival[] }>('runs', 'import', alone)).runs[0]?.ensembles).toEqual([]);
});

/** Without those that tell of the machine. */
const figuresOf = ({ last }: Run): Record<string, number> =>
  Object.fromEntries(Object.entries(last).filter(([name]) => !name.startsWith('perf/')));

test('where its images are, it predicts again to the same bytes, says so in its note, and goes on', async () => {
  // a copy with other times of change
  makePictures(join(folder, 'pictures here'));
  await here('dataset', 'import', join(folder, 'pictures here'), '--name', 'elsewhere');
  const [arrived] = (await here<{ runs: CheckedArrival[] }>('runs', 'import', archive)).runs;
  const { id } = arrived!.run;
  expect(arrived).toMatchObject({
    dataset: { name: 'elsewhere' },
    checks: [{ split: 'val', images: 12, difference: 0 }],
    // from the first of two checkpoints, to the end of the second epoch
    replay: { from: 3, steps: 3, difference: 0 },
  });
  const { note } = await here<{ note: string }>('runs', 'show', id);
  expect(note).toContain(`From run.tar, where it was ${run.id}.`);
  expect(note).toContain('Checked here: val, 12 images: equal to the bit');
  expect(note).toContain('Checked here: 3 training steps from step 3: equal to the bit.');
  const longer = await here<Run>('train', '--resume', id, '--epochs', '3');
  const same = await there<Run>('train', '--resume', run.id, '--epochs', '3');
  expect(longer.state).toBe('finished');
  expect(figuresOf(longer)).toEqual(figuresOf(same));
});

test('steps that say something else here are told by how much', () => {
  expect(replayInWords({ from: 40, steps: 20, difference: 2.04e-7 })).toBe(
    '20 training steps from step 40: losses within 2.0e-7',
  );
  expect(replayInWords({ from: 40, steps: 1, difference: Infinity })).toContain(
    '1 training step from step 40: a loss is',
  );
});

const refused = (): Promise<Ended> =>
  quorumCommand(join(folder, 'empty'), ['runs', 'import', join(folder, 'spoilt.tar')]);

async function spoil(change: (files: Map<string, Buffer>) => void): Promise<Ended> {
  const bytes = readFileSync(archive);
  const files = new Map<string, Buffer>();
  for (let at = 0; bytes[at] !== 0;) {
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    const name = bytes.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    files.set(name, bytes.subarray(at + 512, at + 512 + size));
    at += 512 + 512 * Math.ceil(size / 512);
  }
  change(files);
  rmSync(join(folder, 'spoilt.tar'), { force: true });
  await writeTarOf(
    [...files].map(([name, content]) => ({ name, content })),
    join(folder, 'spoilt.tar'),
  );
  return refused();
}

test('an archive that was changed, or holds what no archive of runs holds, is refused and leaves nothing', async () => {
  const spec = `quorum-runs/runs/${run.id}/spec.json`;
  const changed = await spoil((files) => files.set(spec, Buffer.from(files.get(spec)!.toString().replace('8', '9'))));
  expect(changed.stderr).toContain(`runs/${run.id}/spec.json is not what was packed: its SHA-256 differs`);
  expect((await spoil((files) => files.delete(spec))).stderr).toContain('spec.json is missing');
  for (const name of [
    'quorum-runs/../../escaped',
    '/etc/escaped',
    `quorum-runs/runs/${run.id}/run.sh`,
    'quorum-runs/x',
  ]) {
    const { stderr, code } = await spoil((files) => files.set(name, Buffer.from('x')));
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining('The archive is refused')]);
    expect(code).not.toBe(0);
  }
  const unlisted = `quorum-runs/evaluations/e-1/record.json`;
  expect((await spoil((files) => files.set(unlisted, Buffer.from('{}')))).stderr).toContain('not in its list of files');
  expect((await spoil((files) => files.delete('quorum-runs/archive.json'))).stderr).toContain('no archive of runs');

  const strange = await spoil((files) => {
    const ensemble = { id: 'e-1', name: 'strange', rule: { kind: 'mean' }, members: ['r-elsewhere'], createdAt: '' };
    const content = Buffer.from(JSON.stringify(ensemble));
    const name = 'ensembles/e-1.json';
    const list = JSON.parse(files.get('quorum-runs/archive.json')!.toString()) as {
      files: object[];
      ensembles: string[];
    };
    list.ensembles.push('e-1');
    list.files.push({ name, sizeBytes: content.length, sha256: hash('sha256', content) });
    files.set('quorum-runs/archive.json', Buffer.from(JSON.stringify(list)));
    files.set(`quorum-runs/${name}`, content);
  });
  expect(strange.stderr).toContain('its ensemble "strange" is not whole');

  const cut = readFileSync(archive);
  writeFileSync(join(folder, 'spoilt.tar'), cut.subarray(0, Math.floor(cut.length / 2)));
  expect((await refused()).stderr).toContain('The archive cannot be read');
  const { runs } = await quorumJson<{ runs: Run[] }>(join(folder, 'empty'), ['runs', 'list']);
  expect(runs).toEqual([]);
  expect(readdirSync(join(folder, 'empty', 'runs'))).toEqual([]);
  expect(readdirSync(join(folder, 'empty', 'arriving'))).toEqual([]);
});
