import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../../core/data/set/openDataset.ts';
import { ensurePacked } from '../../../../core/data/packed/packedCache.ts';
import { cifar10, classFolder, importInto, picture, put, temporaryFolder } from '../fixtures.ts';
import { errorOf, scan, tally } from './scanning.ts';

async function pixelsOf(directory: string, size: number, channels: 1 | 3): Promise<Map<string, Buffer>> {
  const cache = await ensurePacked(await openDataset(directory), {
    size,
    color: channels === 1 ? 'gray' : 'rgb',
    fit: 'cover',
    interpolation: 'lanczos3',
  });
  const found = new Map<string, Buffer>();
  for (const name of ['train', 'val', 'test'] as const) {
    const split = cache.split(name);
    for (let i = 0; i < (split?.length ?? 0); i += 1) {
      const out = new Uint8Array(size * size * channels);
      split?.read([i], out);
      found.set(`${split?.pathOf(i)} ${split?.labels[i]}`, Buffer.from(out));
    }
  }
  cache.close();
  return found;
}

describe('CIFAR-100 binary', () => {
  /** Record r of a file: coarse label r mod 2, fine label r mod 4, red plane r, green r + 1, blue r + 2. */
  function records(count: number): Buffer {
    return Buffer.concat(
      Array.from({ length: count }, (_, r) =>
        Buffer.concat([Buffer.from([r % 2, r % 4]), ...[0, 1, 2].map((c) => Buffer.alloc(1024, r + c))]),
      ),
    );
  }
  function cifar100(root: string): void {
    put(join(root, 'train.bin'), records(20));
    put(join(root, 'test.bin'), records(8));
    put(join(root, 'fine_label_names.txt'), 'apple\naquarium_fish\nbaby\nbear\n');
    put(join(root, 'coarse_label_names.txt'), 'fish\nfruit\n');
  }

  it('takes the fine labels, notes the coarse ones, and reads the planes', async () => {
    const root = temporaryFolder();
    cifar100(root);
    const { card, directory } = await importInto(root, { fractions: { val: 0.2 } });
    expect(card).toMatchObject({
      layout: 'cifar100-binary',
      classNames: ['apple', 'aquarium_fish', 'baby', 'bear'],
      splits: {
        train: { count: 16, perClass: [4, 4, 4, 4] },
        val: { count: 4 },
        test: { count: 8, perClass: [2, 2, 2, 2] },
      },
    });
    expect(card.notes.join()).toMatch(
      /4 fine labels are the classes; the coarse label of each record \(coarse_label_names\.txt\) is not used/,
    );
    const pixels = await pixelsOf(directory, 32, 3);
    for (let r = 0; r < 8; r += 1)
      expect(pixels.get(`test.bin#${r} ${r % 4}`)).toEqual(
        Buffer.from(Array.from({ length: 3072 }, (_, i) => r + (i % 3))),
      );
  });

  it.each<[string, RegExp, (root: string) => void]>([
    [
      'dataset.recordSize',
      /61,460 bytes.*CIFAR-10\)/,
      (root) => writeFileSync(join(root, 'train.bin'), Buffer.alloc(3073 * 20)),
    ],
    [
      'dataset.labelRange',
      /Record 1 of test\.bin has the label 4/,
      (root) => {
        const bytes = records(8);
        bytes[3074 + 1] = 4;
        writeFileSync(join(root, 'test.bin'), bytes);
      },
    ],
    ['dataset.layoutMismatch', /missing here: test\.bin/, (root) => rmSync(join(root, 'test.bin'))],
  ])('%s: %s', (code, message, spoil) => {
    const root = temporaryFolder();
    cifar100(root);
    spoil(root);
    const error = errorOf(() => scan(root));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('CIFAR-10 beside it is still CIFAR-10', async () => {
    const root = temporaryFolder();
    await cifar10(root);
    expect(scan(root).layout).toBe('cifar10-binary');
  });
});

describe('IDX', () => {
  function idxFile(dimensions: readonly number[], bytes: Buffer): Buffer {
    const head = Buffer.alloc(4 + 4 * dimensions.length);
    head.set([0, 0, 8, dimensions.length]);
    dimensions.forEach((size, i) => head.writeUInt32BE(size, 4 + 4 * i));
    return Buffer.concat([head, bytes]);
  }
  const images = (count: number): Buffer =>
    idxFile([count, 4, 4], Buffer.from(Array.from({ length: count * 16 }, (_, i) => (i * 7) % 256)));
  const labels = (values: readonly number[]): Buffer => idxFile([values.length], Buffer.from(values));
  function mnist(root: string, { gz = false, prefix = '' } = {}): void {
    const write = (name: string, bytes: Buffer): void =>
      put(join(root, `${prefix}${name}${gz ? '.gz' : ''}`), gz ? gzipSync(bytes) : bytes);
    write('train-images-idx3-ubyte', images(20));
    write('train-labels-idx1-ubyte', labels(Array.from({ length: 20 }, (_, i) => (i % 2) + 3)));
    write('t10k-images-idx3-ubyte', images(4));
    write('t10k-labels-idx1-ubyte', labels([3, 4, 9, 3]));
  }

  it.each([{ gz: false }, { gz: true }])('reads pictures and labels (gzipped: $gz)', async ({ gz }) => {
    const root = temporaryFolder();
    mnist(root, { gz });
    const { card, directory } = await importInto(root, { fractions: { val: 0.2 } });
    expect(card).toMatchObject({
      layout: 'idx',
      classIds: ['3', '4'],
      grayOnly: true,
      nativeSize: { width: 4, height: 4 },
      splits: { train: { count: 16 }, val: { count: 4 }, test: { count: 3, perClass: [2, 1] } },
    });
    expect(card.notes.join()).toMatch(/1 images of test have labels that no training image has/);
    const pixels = await pixelsOf(directory, 4, 1);
    expect(pixels.get(`t10k-images-idx3-ubyte${gz ? '.gz' : ''}#3 0`)).toEqual(images(4).subarray(16 + 48));
    const larger = await pixelsOf(directory, 8, 3);
    expect(larger.size).toBe(23);
  });

  it("turns EMNIST's pictures upright and takes its names", async () => {
    const root = temporaryFolder();
    mnist(root, { prefix: 'emnist-letters-' });
    put(join(root, 'emnist-letters-mapping.txt'), '3 67 99\n4 68 100\n');
    const { card, directory } = await importInto(root);
    expect(card.classNames).toEqual(['Cc', 'Dd']);
    const stored = images(4).subarray(16, 32);
    const turned = Buffer.from(Array.from({ length: 16 }, (_, i) => stored[4 * (i % 4) + Math.floor(i / 4)] as number));
    expect((await pixelsOf(directory, 4, 1)).get('emnist-letters-t10k-images-idx3-ubyte#0 0')).toEqual(turned);
  });

  it.each<[string, RegExp, (root: string) => void]>([
    [
      'dataset.recordSize',
      /need 336 bytes, it has 335/,
      (root) => writeFileSync(join(root, 'train-images-idx3-ubyte'), images(20).subarray(0, 335)),
    ],
    [
      'dataset.recordSize',
      /20 images, .* 19 labels/,
      (root) => writeFileSync(join(root, 'train-labels-idx1-ubyte'), labels(new Array<number>(19).fill(3))),
    ],
    [
      'dataset.recordSize',
      /does not start like one/,
      (root) => writeFileSync(join(root, 'train-labels-idx1-ubyte'), 'hello, this is text'),
    ],
    ['dataset.missingAnnotations', /no label file/, (root) => rmSync(join(root, 'train-labels-idx1-ubyte'))],
    ['dataset.layoutMismatch', /2 data sets/, (root) => mnist(root, { prefix: 'emnist-digits-' })],
    [
      'dataset.layoutMismatch',
      /no training images/,
      (root) => {
        for (const name of ['images-idx3', 'labels-idx1']) rmSync(join(root, `train-${name}-ubyte`));
      },
    ],
  ])('%s: %s', (code, message, spoil) => {
    const root = temporaryFolder();
    mnist(root);
    spoil(root);
    const error = errorOf(() => scan(root));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});

describe('CSV list', () => {
  async function pictures(root: string, count = 10): Promise<void> {
    for (let i = 0; i < count; i += 1) put(join(root, 'images', `p ${i},x.png`), await picture(8, 8, i));
  }
  const rows = (lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;

  it.each(['labels.csv', ''])('quoted cells, CRLF, a byte order mark; given as "%s"', async (name) => {
    const root = temporaryFolder();
    await pictures(root);
    put(
      join(root, 'labels.csv'),
      `\uFEFF${rows(['Filename;Label;Split', ...Array.from({ length: 10 }, (_, i) => `"images/p ${i},x.png";"cat ""${i % 2}""";${['train', 'Validation', 'test', '', 'train'][i % 5]}`)])}`,
    );
    const { card } = await importInto(join(root, name));
    expect(card).toMatchObject({
      layout: 'csv-manifest',
      root,
      classIds: ['cat "0"', 'cat "1"'],
      quarantined: 0,
      splits: { train: { count: 6 }, val: { count: 2 }, test: { count: 2 } },
      splitRule: 'val is what the list says',
    });
  });

  it('without a header, val drawn, numbers in their order', async () => {
    const root = temporaryFolder();
    await pictures(root);
    put(
      join(root, 'list.csv'),
      rows(Array.from({ length: 10 }, (_, i) => `"images/p ${i},x.png",${i % 2 === 0 ? 10 : 9}`)),
    );
    const found = scan(root);
    expect(found.classIds).toEqual(['9', '10']);
    expect(tally(found)).toEqual({ 'train/0': 4, 'train/1': 4, 'val/0': 1, 'val/1': 1 });
  });

  it('train.csv and test.csv are the splits of their names; labels may be missing in test', async () => {
    const root = temporaryFolder();
    await pictures(root);
    put(
      join(root, 'train.csv'),
      rows(['image,class', ...Array.from({ length: 8 }, (_, i) => `"images/p ${i},x.png",${'ab'[i % 2]}`)]),
    );
    put(join(root, 'test.csv'), rows(['image,class', '"images/p 8,x.png",', '"images/p 9,x.png",']));
    expect(tally(scan(root, { val: 0.25 }))).toEqual({
      'train/0': 3,
      'train/1': 3,
      'val/0': 1,
      'val/1': 1,
      'test/-1': 2,
    });
  });

  it('takes absolute paths the user wrote, lists repeated, unlabelled and missing pictures', async () => {
    const root = temporaryFolder();
    const elsewhere = temporaryFolder();
    await pictures(root);
    put(join(elsewhere, 'far.png'), await picture(8, 8, 50));
    const lines = Array.from({ length: 10 }, (_, i) => `"images/p ${i},x.png",${'ab'[i % 2]}`);
    put(
      join(root, 'list.csv'),
      rows([
        'path,label',
        ...lines,
        `${elsewhere}/far.png,a`,
        '"./images/p 1,x.png",b',
        'images/gone.png,a',
        'images/other.png,',
      ]),
    );
    const { card, directory } = await importInto(root, { fractions: { val: 0 } });
    expect(card.splits.train?.count).toBe(11);
    expect(card.notes.join()).toMatch(/1 images are listed by absolute paths/);
    expect(card.notes.join()).toMatch(/1 lines repeat an image with the same class/);
    expect(card.quarantined).toBe(2);
    const reasons = (
      JSON.parse(readFileSync(join(directory, 'quarantine.json'), 'utf8')) as { path: string; reason: string }[]
    )
      .map(({ path, reason }) => `${path}: ${reason}`)
      .join('\n');
    expect(reasons).toMatch(/gone\.png: not there \(line 14 of list\.csv\)/);
    expect(reasons).toMatch(/other\.png: not there \(line 15 of list\.csv\)/);
    expect((await pixelsOf(directory, 8, 3)).has(`${elsewhere}/far.png 0`)).toBe(true);
  });

  it.each<[string, RegExp, readonly string[]]>([
    ['dataset.layoutMismatch', /leads out of the folder/, ['path,label', 'images/../../x.png,a']],
    ['dataset.layoutMismatch', /leads out of the folder/, ['path,label', '..\\x.png,a']],
    ['dataset.layoutMismatch', /split "holdout"/, ['path,label,split', '"images/p 1,x.png",a,holdout']],
    ['dataset.notFound', /None of the first 2 images/, ['path,label', 'x/1.png,a', 'x/2.png,b']],
    ['dataset.oneClass', /one class only/, ['path,label', '"images/p 1,x.png",a']],
    ['dataset.empty', /lists no images/, ['path,label']],
    ['dataset.columns', /not clear which column names the image files.*weight, height/, ['weight,height', '1,2']],
  ])('%s: %s', async (code, message, lines) => {
    const root = temporaryFolder();
    await pictures(root, 3);
    put(join(root, 'list.csv'), rows(lines));
    const error = errorOf(() => scan(join(root, 'list.csv')));
    expect({ code: error.code, message: error.message }).toMatchObject({ code });
    expect(error.message).toMatch(message);
  });

  it('beside class folders the folders count, unless the list itself is chosen', async () => {
    const root = temporaryFolder();
    await classFolder(root, ['a', 'b'], 3);
    put(join(root, 'meta.csv'), rows(['path,label', 'a/0.png,x', 'a/1.png,y']));
    expect(scan(root).layout).toBe('class-folders');
    expect(scan(join(root, 'meta.csv'), { val: 0 })).toMatchObject({ layout: 'csv-manifest', classIds: ['x', 'y'] });
  });
});
