/** Fetched weights are tried by themselves: a forward pass, the self-check, and the published figure on images at hand. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trialJob } from '../../../contract/api/catalogue.ts';
import { CatalogueFile, TrialOutcome } from '../../../contract/catalogue.ts';
import type { EvaluationRecord } from '../../../contract/evaluation.ts';
import { endOf, openHost, portClient, resultOf } from '../../contract/openHost.ts';
import { quorumCommand, quorumJson } from '../../support/quorumCommand.ts';
import { copyFashionImages, FASHION_CLASSES } from '../../support/fashionImages.ts';
import { file, type FileServer, serveFiles } from '../fetch/fileServer.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-try-'));
const WASM = ['--device', 'wasm'];
const NETWORK = { widthFactor: 0.5, headWidth: 32 };
const IMAGES = 10;
let server: FileServer;
let figure: EvaluationRecord;

const quorum = (dataDir: string, ...args: string[]): ReturnType<typeof quorumCommand> =>
  quorumCommand(join(folder, dataDir), args);
const json = <T>(dataDir: string, ...args: string[]): Promise<T> => quorumJson<T>(join(folder, dataDir), args);

/** Ten classes called as digits are, so that the images fit a published list of classes. */
beforeAll(async () => {
  const classes = Object.fromEntries(FASHION_CLASSES.map((name, digit) => [String(digit), name]));
  copyFashionImages(join(folder, 'digits'), { classes, images: { train: 20, test: IMAGES } });
  await json('made', 'dataset', 'import', join(folder, 'digits'), '--name', 'digits');
  await json(
    ...(['made', 'train', '--model', 'lenet', '--dataset', 'digits', '--name', 'source', '--size', '32'] as const),
    ...['--epochs', '2', '--batch-size', '20', '--lr', '2e-3', '--width-factor', '0.5', '--head-width', '32', ...WASM],
  );
  const weights = join(folder, 'weights.safetensors');
  await json('made', 'weights', 'export', 'source', '--format', 'safetensors', '--output', weights);
  // the file alone, without the card that Quorum writes beside it
  server = await serveFiles({ '/weights.safetensors': file(readFileSync(weights)) });
  const evaluated = await json<{ evaluations: EvaluationRecord[] }>(
    ...(['made', 'evaluate', '--run', 'source', '--data', 'test', ...WASM] as const),
  );
  figure = evaluated.evaluations[0]!;
  const entry = (name: string, top1Pct: number) => ({
    kind: 'weights' as const,
    name: `lenet.${name}`,
    title: `LeNet, ${name}`,
    approximateBytes: null,
    licence: { name: 'CC0-1.0', page: null },
    codeLicence: null,
    source: 'https://example.org/',
    paper: null,
    model: 'lenet',
    options: NETWORK,
    size: 32,
    classes: 10,
    classList: 'mnist' as const,
    input: inputOf(figure),
    published: [
      {
        dataset: 'Digits',
        protocol: 'whole',
        crop: 32,
        shortSide: null,
        split: 'test' as const,
        top1Pct,
        top5Pct: null,
      },
    ],
    acquisition: {
      kind: 'files' as const,
      files: [
        {
          name: 'weights.safetensors',
          addresses: [`${server.address}/weights.safetensors`],
          sizeBytes: null,
          hash: { kind: 'sha256' as const, hex: createHash('sha256').update(readFileSync(weights)).digest('hex') },
        },
      ],
    },
  });
  const entries = [entry('as-published', Number((100 * figure.top1!).toFixed(2))), entry('boasting', 99.9)];
  mkdirSync(join(folder, 'catalogue'));
  writeFileSync(
    join(folder, 'catalogue', 'test.json'),
    JSON.stringify(CatalogueFile.parse({ family: 'test', entries })),
  );
  process.env['QUORUM_CATALOGUE'] = join(folder, 'catalogue');
});
afterAll(async () => {
  delete process.env['QUORUM_CATALOGUE'];
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const inputOf = ({ protocol }: EvaluationRecord): EvaluationRecord['protocol']['input'] => protocol.input;

interface Fetched {
  readonly weights: { readonly id: string };
  readonly outcome: TrialOutcome | null;
}
const fetch = (dataDir: string, name: string, ...args: string[]): Promise<Fetched> =>
  json<Fetched>(dataDir, 'weights', 'fetch', name, '--accept-licence', ...args, ...WASM);

test('without images of the classes they compute, stay not tried, and it is said what is needed', async () => {
  const { stdout, code } = await quorum('empty', 'weights', 'fetch', 'lenet.as-published', '--accept-licence', ...WASM);
  expect(code).toBe(0);
  expect(stdout).toContain('forward pass: 10 finite scores');
  expect(stdout).toContain('not tried: needs labelled test images of its 10 classes, such as mnist');
});

test('where images are at hand, the self-check and the published protocol run by themselves', async () => {
  cpSync(join(folder, 'made'), join(folder, 'at-hand'), { recursive: true });
  const { outcome, weights } = await fetch('at-hand', 'lenet.as-published');
  expect(TrialOutcome.parse(outcome)).toMatchObject({
    outputs: 10,
    dataset: 'digits',
    check: { images: 10 * IMAGES },
    trial: { dataset: 'digits', images: 10 * IMAGES, publishedPct: Number((100 * figure.top1!).toFixed(2)) },
  });
  // the same weights on the same images
  expect(outcome!.trial!.top1Pct).toBeCloseTo(100 * figure.top1!, 6);
  expect(outcome!.trial!.verdict.kind).not.toBe('differs');
  const kept = readFileSync(join(folder, 'at-hand', 'weights', weights.id, 'self-check.json'), 'utf8');
  expect(JSON.parse(kept)).toMatchObject({ datasetName: 'digits', split: 'test', pictures: 10 * IMAGES });
});

test('a figure that they do not reach is never called good', async () => {
  const { outcome } = await fetch('at-hand', 'lenet.boasting', '--no-try');
  expect(outcome).toBeNull();
  const { stdout } = await quorum('at-hand', 'weights', 'try', 'lenet.boasting', ...WASM);
  expect(stdout).toMatch(/Published 99\.9, here \d+\.\d\d ± \d+\.\d on 100 images of digits: differs/);
});

test('the window lists the trial and what it can be made on, and makes it as a job', async () => {
  const host = await openHost(join(folder, 'at-hand'), []);
  try {
    const { client } = portClient(host, []);
    const row = async (name: string) => (await client.catalogue.list()).find(({ entry }) => entry.name === name)!;
    expect(await row('lenet.as-published')).toMatchObject({
      trialOn: { name: 'digits', images: 10 * IMAGES },
      trial: { dataset: 'digits', images: 10 * IMAGES },
    });
    expect((await row('lenet.boasting')).trial?.verdict.kind).toBe('differs');
    const tried = resultOf(await endOf(client, await client.catalogue.tryOut({ name: 'lenet.boasting' })), trialJob);
    expect(tried.outcome).toMatchObject({ outputs: 10, dataset: 'digits', trial: { verdict: { kind: 'differs' } } });
    await expect(client.catalogue.tryOut({ name: 'nothing' })).rejects.toThrow('no entry called "nothing"');
  } finally {
    await host.close();
  }
});

test('weights with which the network tells nothing apart are found out', async () => {
  const { weights } = await fetch('empty', 'lenet.boasting', '--no-try');
  const path = join(folder, 'empty', 'weights', weights.id, 'weights.safetensors');
  const bytes = readFileSync(path);
  const values = 8 + Number(bytes.readBigUInt64LE(0));
  writeFileSync(path, Buffer.concat([bytes.subarray(0, values), Buffer.alloc(bytes.length - values)]));
  const { code, stderr } = await quorum('empty', 'weights', 'try', 'lenet.boasting', ...WASM);
  expect([code, stderr]).toEqual([1, expect.stringContaining('the network gives one answer to two images')]);
});
