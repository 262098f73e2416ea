import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCsv, restoreText } from '../../support/csvText.ts';
import { evaluateEnsemble } from '../../../core/evaluate/ensemble.ts';
import { exportPredictions, type ExportOptions, type MemberOrigin } from '../../../core/evaluate/exportPredictions.ts';
import { memberLabel, memberLabels } from '../../../core/evaluate/memberLabel.ts';
import { openPredictionsCsv, type PredictionsCsvOptions } from '../../../core/evaluate/predictionsCsv.ts';
import { PredictionsSidecar, sidecarPath } from '../../../core/evaluate/predictionsSidecar.ts';
import type { PredictionIndex, Predictions } from '../../../core/evaluate/probabilityFile.ts';
import { coarseProbabilities, seeded } from './seeded.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const folder = temporaryFolder();
const VGGS = ['vgg11', 'vgg13', 'vgg16', 'vgg16_c1', 'vgg19'];
const CLASSES = ['tench', 'goldfish, red', '=cmd'];
const IDS = ['n1', 'n2', 'n3'];

async function readRows(path: string): Promise<string[][]> {
  const rows: string[][] = [];
  for await (const row of parseCsv(createReadStream(path, 'utf8'))) rows.push(row.map(restoreText));
  return rows;
}

function member(
  probabilities: number[] | Float32Array,
  labels: number[],
  classNames = CLASSES,
  classIds = IDS,
): Predictions {
  const index: PredictionIndex = {
    count: labels.length,
    classes: classNames.length,
    classNames,
    classIds,
    labels,
    paths: labels.map((_, i) => `test/${i}.png`),
    skipped: [{ path: 'test/bad.png', reason: 'not an image' }],
    device: {
      kind: 'cpu',
      name: 'CPU',
      memoryBytes: null,
      engine: 'tensorflow',
      engineVersion: '2',
      threads: 2,
      notice: null,
    },
    imagesPerSec: 10,
  };
  return { index, probabilities: Float32Array.from(probabilities) };
}

function origin(model: string): MemberOrigin {
  return {
    run: `run-${model}`,
    runName: model,
    weights: null,
    model,
    checkpoint: 'best',
    preprocessing: {
      size: 64,
      color: 'rgb',
      fit: 'cover',
      interpolation: 'lanczos3',
      scale: 255,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    },
    protocol: null,
    classes: { ids: ['n2', 'n1'], names: ['goldfish, red', 'tench'] },
  };
}

function exportOptions(
  path: string,
  members: Predictions[],
  models: string[],
  more: Partial<ExportOptions> = {},
): ExportOptions {
  return {
    path,
    members,
    origins: models.map(origin),
    result: evaluateEnsemble(members, { kind: 'majority', fallbackMember: 0 }),
    data: { path: 'samples', split: 'test', fingerprint: 'f00d' },
    protocol: 'centre crop, probabilities',
    versions: { quorum: '0.1.0' },
    ...more,
  };
}

describe('columns', () => {
  it('names the five published networks as published', () => {
    expect(VGGS.map(memberLabel)).toEqual(['11', '13', '16', '16_C11', '19']);
    expect(['vgg16_bn', 'vgg16_c1_bn', 'resnet18', 'vgg11.tag'].map(memberLabel)).toEqual([
      '16_bn',
      '16_C11_bn',
      'resnet18',
      'vgg11.tag',
    ]);
  });

  it('gives every network a column name of its own', () => {
    expect(memberLabels(['vgg11', 'vgg11', '11 (2)', 'vgg11', 'image', 'decision'])).toEqual([
      '11',
      '11 (2)',
      '11 (2) (2)',
      '11 (3)',
      'image (2)',
      'decision (2)',
    ]);
  });

  it('can be joined: a last column has the path as it is', async () => {
    const path = join(folder, 'raw.csv');
    const names = [
      '-5.png',
      '=1+1.png',
      '@at.png',
      'a,b.png',
      'quote"x.png',
      'line\nbreak.png',
      ' lead.png',
      'plain.png',
    ];
    const csv = await openPredictionsCsv(path, {
      memberLabels: ['11'],
      classNames: CLASSES,
      classIds: IDS,
      columns: { path: true },
    });
    for (const image of names) await csv.write({ image, memberClass: [0], decision: 0 });
    await csv.finish({} as Parameters<typeof csv.finish>[0]);
    const rows: string[] = [];
    for await (const row of parseCsv(createReadStream(path, 'utf8'))) rows.push(row.at(-1)!);
    expect(rows).toEqual(['path', ...names]);
  });

  it('writes image, the five networks, decision', async () => {
    const path = join(folder, 'five.csv');
    const one = (c: number): number[] => [0, 1, 2].map((other) => (other === c ? 0.8 : 0.1));
    const members = [
      [0, 2],
      [1, 2],
      [1, 2],
      [0, 0],
      [1, 1],
    ].map(([a, b]) => member([...one(a!), ...one(b!)], [0, -1]));
    const written = await exportPredictions(exportOptions(path, members, VGGS));
    const text = readFileSync(path, 'utf8');
    expect(text).toBe(
      'image,11,13,16,16_C11,19,decision\n' +
        'test/0.png,tench,"goldfish, red","goldfish, red",tench,"goldfish, red","goldfish, red"\n' +
        'test/1.png,"\'=cmd","\'=cmd","\'=cmd",tench,"goldfish, red","\'=cmd"\n',
    );
    expect(written).toEqual({
      file: 'five.csv',
      rows: 2,
      sizeBytes: Buffer.byteLength(text),
      sha256: createHash('sha256').update(text).digest('hex'),
    });
  });

  it('adds truth, why, confidences, top-5 and all probabilities on demand', async () => {
    const path = join(folder, 'wide.csv');
    const members = [member([0.75, 0.25, 0, 0.1, 0.2, 0.7], [0, -1]), member([0.25, 0.5, 0.25, 0, 0, 1], [0, -1])];
    await exportPredictions(
      exportOptions(path, members, ['vgg11', 'vgg13'], {
        cells: 'id',
        columns: { truth: true, why: true, confidence: true, top5: true, probabilities: true },
      }),
    );
    const [head, first, second] = await readRows(path);
    expect(head).toEqual([
      'image',
      '11',
      '13',
      'decision',
      'truth',
      'why',
      '11 probability',
      '13 probability',
      'decision probability',
      'top1',
      'top1 probability',
      'top2',
      'top2 probability',
      'top3',
      'top3 probability',
      'p(n1)',
      'p(n2)',
      'p(n3)',
    ]);
    expect(first).toEqual([
      'test/0.png',
      'n1',
      'n2',
      'n1',
      'n1',
      'allDiffer',
      '0.75',
      '0.5',
      '0.5',
      'n1',
      '0.5',
      'n2',
      '0.375',
      'n3',
      '0.125',
      '0.5',
      '0.375',
      '0.125',
    ]);
    expect(second).toEqual([
      'test/1.png',
      'n3',
      'n3',
      'n3',
      '',
      'unanimous',
      '0.7',
      '1',
      '0.85',
      'n3',
      '0.85',
      'n2',
      '0.1',
      'n1',
      '0.05',
      '0.05',
      '0.1',
      '0.85',
    ]);
  });

  it('shows weighted means where the rule is weighted', async () => {
    const path = join(folder, 'weighted.csv');
    const members = [member([1, 0, 0], [0]), member([0, 1, 0], [0])];
    const result = evaluateEnsemble(members, { kind: 'weighted', weights: [1, 3] });
    await exportPredictions(
      exportOptions(path, members, ['vgg11', 'vgg13'], { result, cells: 'id', columns: { confidence: true } }),
    );
    expect((await readRows(path))[1]).toEqual(['test/0.png', 'n1', 'n2', 'n2', '1', '1', '0.75']);
  });
});

it('the sidecar explains the file', async () => {
  const path = join(folder, 'explained.csv');
  const members = [member([1, 0, 0, 1, 0, 0], [0, 1]), member([1, 0, 0, 0, 1, 0], [0, 1])];
  const written = await exportPredictions(exportOptions(path, members, ['vgg11', 'vgg11']));
  const sidecar = PredictionsSidecar.parse(JSON.parse(readFileSync(sidecarPath(path), 'utf8')));
  expect(sidecar.csv).toEqual(written);
  expect(sidecar.rule.words).toContain('Where all members differ: the class of member "11".');
  expect(sidecar.members.map(({ label, top1 }) => [label, top1?.accuracy])).toEqual([
    ['11', 0.5],
    ['11 (2)', 1],
  ]);
  expect(sidecar.members[0]?.classes).toEqual({ count: 2, sameOrder: false, unknown: ['=cmd'] });
  expect(sidecar.counts).toEqual({
    images: 2,
    labelled: 2,
    skipped: [{ path: 'test/bad.png', reason: 'not an image' }],
    why: { unanimous: 1, allDiffer: 1 },
  });
  expect(sidecar.accuracy).toMatchObject({
    vote: { accuracy: 0.5 },
    oracle: { accuracy: 1 },
    agreement: [
      [1, 0.5],
      [0.5, 1],
    ],
    protocol: 'centre crop, probabilities',
  });
  expect(sidecar.classes).toEqual([
    { id: 'n1', name: 'tench' },
    { id: 'n2', name: 'goldfish, red' },
    { id: 'n3', name: '=cmd' },
  ]);
});

describe('the file appears whole or not at all', () => {
  const options: PredictionsCsvOptions = { memberLabels: ['11'], classNames: CLASSES, classIds: IDS };
  const members = [member([1, 0, 0], [0])];

  it('never replaces without being told', async () => {
    const path = join(folder, 'taken.csv');
    writeFileSync(path, 'mine');
    await expect(openPredictionsCsv(path, options)).rejects.toMatchObject({ code: 'file.exists' });
    expect(readFileSync(path, 'utf8')).toBe('mine');
    await exportPredictions(exportOptions(path, members, ['vgg11'], { overwrite: true }));
    expect(readFileSync(path, 'utf8')).toMatch(/^image,11,decision\n/);
    const sidecarOnly = join(folder, 'sidecar.csv');
    writeFileSync(sidecarPath(sidecarOnly), '{}');
    await expect(openPredictionsCsv(sidecarOnly, options)).rejects.toMatchObject({ code: 'file.exists' });
  });

  it('never replaces what took the name while it was written', async () => {
    const path = join(folder, 'race.csv');
    const before = readdirSync(folder).length;
    const long = member(
      new Float32Array(60_000).fill(1 / 3),
      Array.from({ length: 20_000 }, () => 0),
    );
    const racing = exportPredictions(
      exportOptions(path, [long], ['vgg11'], {
        onProgress: () => {
          if (!existsSync(path)) writeFileSync(path, 'mine');
        },
      }),
    );
    await expect(racing).rejects.toMatchObject({ code: 'file.exists' });
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(readdirSync(folder).length).toBe(before + 1);
  });

  it('leaves nothing behind when stopped or when a row is wrong', async () => {
    const before = readdirSync(folder);
    const long = member(
      new Float32Array(60_000).fill(1 / 3),
      Array.from({ length: 20_000 }, () => 0),
    );
    await expect(
      exportPredictions(exportOptions(join(folder, 'stopped.csv'), [long], ['vgg11'], { signal: AbortSignal.abort() })),
    ).rejects.toThrow();
    const writer = await openPredictionsCsv(join(folder, 'wrong.csv'), options);
    expect(() => writer.write({ image: 'a', memberClass: [3], decision: 0 })).toThrow(
      expect.objectContaining({ code: 'prediction.classMismatch' }),
    );
    expect(() => writer.write({ image: 'a', memberClass: [1, 1], decision: 0 })).toThrow(
      expect.objectContaining({ code: 'ensemble.badMembers' }),
    );
    await writer.discard();
    expect(readdirSync(folder)).toEqual(before);
  });

  it('says where it cannot write', async () => {
    await expect(openPredictionsCsv(join(folder, 'no', 'such', 'folder.csv'), options)).rejects.toMatchObject({
      code: 'file.notFound',
    });
    mkdirSync(join(folder, 'directory.csv'));
    await expect(
      openPredictionsCsv(join(folder, 'directory.csv'), { ...options, overwrite: true }),
    ).rejects.toMatchObject({ code: 'file.exists' });
  });
});

it('matches the classes of members by id, whatever their order', () => {
  const rule = { kind: 'mean' } as const;
  const first = member([0.5, 0.375, 0.125], [1]);
  const others = ['x', 'y', 'z'];
  const second = member([0, 0.25, 0.75], [2], others, ['n1', 'n3', 'n2']);
  const { index, decision, members, scores } = evaluateEnsemble([first, second], rule);
  expect(index).toMatchObject({ classIds: first.index.classIds, labels: [1] });
  expect([...members[1]!.probabilities]).toEqual([0, 0.75, 0.25]);
  expect([...decision]).toEqual([1]);
  expect(scores?.members[1]!.top1.accuracy).toBe(1);
  const more = evaluateEnsemble([first, member([0.25, 0.75], [-1], ['one', 'four'], ['n1', 'n4'])], rule);
  expect(more.index.classIds).toEqual(['n1', 'n2', 'n3', 'n4']);
  expect([...more.members[1]!.probabilities]).toEqual([0.25, 0, 0, 0.75]);
});

it('refuses members that predicted other images or have no class in common', () => {
  const rule = { kind: 'mean' } as const;
  const first = member([1, 0, 0], [0]);
  expect(() => evaluateEnsemble([first, member([1, 0, 0], [0], ['x', 'y', 'z'], ['x', 'y', 'z'])], rule)).toThrow(
    expect.objectContaining({ code: 'prediction.classMismatch' }),
  );
  expect(() => evaluateEnsemble([first, member([1, 0, 0, 1, 0, 0], [0, 0])], rule)).toThrow(
    /image 2 is "missing" for one and "test\/1.png"/,
  );
  expect(() => evaluateEnsemble([], rule)).toThrow(expect.objectContaining({ code: 'ensemble.badMembers' }));
});

it('streams 200,000 rows in bounded memory', async () => {
  const path = join(folder, 'long.csv');
  const next = seeded(4);
  const rows = 200_000;
  const names = Array.from({ length: 200 }, (_, c) => `class ${c}, with a name`);
  const writer = await openPredictionsCsv(path, {
    memberLabels: ['11', '13', '16', '16_C11', '19'],
    classNames: names,
    classIds: names,
  });
  let largest = 0;
  const start = process.memoryUsage().rss;
  for (let row = 0; row < rows; row++) {
    const classes = [0, 1, 2, 3, 4].map(() => Math.floor(next() * 200));
    await writer.write({ image: `test/images/test_${row}.JPEG`, memberClass: classes, decision: classes[0]! });
    if (row % 20_000 === 0) largest = Math.max(largest, process.memoryUsage().rss - start);
  }
  const sidecar = exportOptions(path, [member([1, 0, 0], [0])], ['vgg11']);
  await exportPredictions({ ...sidecar, path: join(folder, 'small.csv') });
  const { csv: _csv, ...explanation } = PredictionsSidecar.parse(
    JSON.parse(readFileSync(sidecarPath(join(folder, 'small.csv')), 'utf8')),
  );
  const written = await writer.finish(explanation);
  expect(written.rows).toBe(rows);
  expect(statSync(path).size).toBe(written.sizeBytes);
  expect(written.sizeBytes).toBeGreaterThan(30e6);
  expect(largest).toBeLessThan(120e6);
  let lines = 0;
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) {
    hash.update(piece as Buffer);
    for (const byte of piece as Buffer) if (byte === 10) lines++;
  }
  expect(lines).toBe(rows + 1);
  expect(hash.digest('hex')).toBe(written.sha256);
});

it('every row written is read back as it was', async () => {
  const path = join(folder, 'back.csv');
  const next = seeded(9);
  const probabilities = coarseProbabilities(next, 500, 3);
  const own = member(
    probabilities,
    Array.from({ length: 500 }, () => Math.floor(next() * 4) - 1),
  );
  const options = exportOptions(path, [own], ['vgg11'], { columns: { truth: true }, byteOrderMark: true });
  await exportPredictions(options);
  const rows = await readRows(path);
  expect(rows[0]).toEqual(['image', '11', 'decision', 'truth']);
  expect(rows.slice(1)).toEqual(
    own.index.paths.map((image, i) => [
      image,
      CLASSES[options.result.memberClass[0]![i]!],
      CLASSES[options.result.decision[i]!],
      CLASSES[own.index.labels[i]!] ?? '',
    ]),
  );
});
