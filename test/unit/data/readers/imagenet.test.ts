import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Scan } from '../../../../core/data/readers/reader.ts';
import { classFolder, importInto, picture, put, temporaryFolder, WNIDS } from '../fixtures.ts';
import { errorOf, scan, tally } from './scanning.ts';

describe('ImageNet', () => {
  /** Three synsets of 4 pictures, 6 flat val pictures; picture i of val belongs to synset i mod 3. */
  async function imagenet(root: string, prefix = ''): Promise<void> {
    await classFolder(join(root, prefix, 'train'), WNIDS, 4);
    for (let i = 1; i <= 6; i += 1)
      put(join(root, prefix, 'val', `ILSVRC2012_val_0000000${i}.JPEG`), await picture(8, 8, 40 + i, 'jpeg'));
  }
  const truth = (label: (i: number) => string | number): string =>
    Array.from({ length: 6 }, (_, i) => `ILSVRC2012_val_0000000${i + 1}.JPEG ${label(i)}\n`).join('');
  const wnid = (i: number): string => WNIDS[i % 3] as string;
  const expectRight = (found: Scan): void => {
    const val = [...found.entries].filter(({ split }) => split === 'val');
    expect(val).toHaveLength(6);
    for (const { path, label } of val) expect(label, path).toBe((Number(/(\d)\.JPEG$/.exec(path)?.[1]) - 1) % 3);
  };

  it('val in folders, names from synset_words.txt', async () => {
    const root = temporaryFolder();
    await classFolder(join(root, 'train'), WNIDS, 4);
    await classFolder(join(root, 'val'), WNIDS, 2);
    put(
      join(root, 'synset_words.txt'),
      'n01443537 goldfish, Carassius auratus\nn01629819 European fire salamander\nn02058221 albatross\n',
    );
    const found = scan(root);
    expect(found).toMatchObject({
      layout: 'imagenet',
      classIds: WNIDS,
      classNames: ['goldfish', 'European fire salamander', 'albatross'],
    });
    expect(tally(found)).toEqual({ 'train/0': 4, 'train/1': 4, 'train/2': 4, 'val/0': 2, 'val/1': 2, 'val/2': 2 });
    expect(found.notes).toEqual([
      'class order: the 3 synset folders of train, sorted (the order of ILSVRC2012 models)',
      'val is sorted into synset folders',
    ]);
  });

  it.each<[string, RegExp, (root: string) => void]>([
    ['synsets written out', /synsets written out/, (root) => put(join(root, 'val.txt'), truth(wnid))],
    [
      'numbers of sorted synsets from 0',
      /numbers 0–2 as in synsets\.txt, counted from 0 \(sorted synsets, the order of ILSVRC2012\)/,
      (root) => {
        put(
          join(root, 'val.txt'),
          truth((i) => i % 3),
        );
        put(join(root, 'synsets.txt'), WNIDS.join('\n'));
      },
    ],
    [
      'numbers of sorted synsets from 1',
      /counted from 1 \(sorted/,
      (root) => {
        put(
          join(root, 'val.txt'),
          truth((i) => (i % 3) + 1),
        );
        put(join(root, 'synsets.txt'), WNIDS.join('\n'));
      },
    ],
    [
      'a list in another order',
      /not sorted: another order than that of ILSVRC2012/,
      (root) => {
        put(
          join(root, 'val.txt'),
          truth((i) => [2, 0, 1][i % 3] as number),
        );
        put(join(root, 'imagenet_lsvrc_2015_synsets.txt'), [WNIDS[1], WNIDS[2], WNIDS[0]].join('\n'));
      },
    ],
    [
      'the development kit of 2015: only numbers, from 1',
      /as in the development kit \(ILSVRC2015_devkit\/data\/map_clsloc\.txt, from 1\); one line an image/,
      (root) => {
        put(
          join(root, 'ILSVRC2015_devkit/data/ILSVRC2015_clsloc_validation_ground_truth.txt'),
          Array.from({ length: 6 }, (_, i) => [3, 1, 2][i % 3]).join('\n'),
        );
        put(
          join(root, 'ILSVRC2015_devkit/data/map_clsloc.txt'),
          `${WNIDS[1]} 1 salamander\n${WNIDS[2]} 2 albatross\n${WNIDS[0]} 3 goldfish\n`,
        );
      },
    ],
    [
      "Kaggle's solution file",
      /LOC_val_solution\.csv, synsets written out/,
      (root) =>
        put(
          join(root, 'LOC_val_solution.csv'),
          `ImageId,PredictionString\n${truth((i) => `${wnid(i)} 1 2 3 4`).replaceAll('.JPEG ', ',')}`,
        ),
    ],
  ])('flat val: %s', async (_what, note, make) => {
    const root = temporaryFolder();
    await imagenet(root);
    make(root);
    const found = scan(root);
    expectRight(found);
    expect(found.notes[1]).toMatch(note);
  });

  it('the tree as distributed, ILSVRC/Data/CLS-LOC', async () => {
    const root = temporaryFolder();
    await imagenet(root, 'ILSVRC/Data/CLS-LOC');
    put(join(root, 'LOC_val_solution.csv'), `ImageId,PredictionString\n${truth(wnid).replaceAll('.JPEG ', ',')}`);
    expectRight(scan(root));
  });

  it.each<[string, string, RegExp, (root: string) => void]>([
    ['dataset.missingAnnotations', 'no label file', /there is no label file/, () => undefined],
    [
      'dataset.missingAnnotations',
      'numbers that nothing explains',
      /nothing here says which class has which number/,
      (root) =>
        put(
          join(root, 'val.txt'),
          truth((i) => i % 3),
        ),
    ],
    [
      'dataset.missingAnnotations',
      "the development kit's numbers with a sorted list only",
      /nothing here says/,
      (root) => {
        put(join(root, 'ILSVRC2012_validation_ground_truth.txt'), '1\n2\n3\n1\n2\n3\n');
        put(join(root, 'synsets.txt'), WNIDS.join('\n'));
      },
    ],
    [
      'dataset.labelRange',
      'numbers that may start at 0 or at 1',
      /cannot be told whether/,
      (root) => {
        put(
          join(root, 'val.txt'),
          truth(() => 1),
        );
        put(join(root, 'synsets.txt'), WNIDS.join('\n'));
      },
    ],
    [
      'dataset.missingAnnotations',
      'too few labels',
      /5 labels for 6 images/,
      (root) => put(join(root, 'ILSVRC2012_validation_ground_truth.txt'), '1\n2\n3\n1\n2\n'),
    ],
  ])('%s for %s', async (code, _what, message, make) => {
    const root = temporaryFolder();
    await imagenet(root);
    make(root);
    const error = errorOf(() => scan(root));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.remedy).toBeTruthy();
  });
});

describe('Places365', () => {
  async function places(root: string): Promise<void> {
    put(join(root, 'categories_places365.txt'), '/a/airfield 0\n/a/apartment_building/outdoor 1\n');
    const train: string[] = [];
    for (let i = 0; i < 8; i += 1) {
      const name = `/a/${i % 2 === 0 ? 'airfield' : 'apartment_building/outdoor'}/0000000${i}.jpg`;
      put(join(root, 'data_256', name), await picture(8, 8, i, 'jpeg'));
      train.push(`${name} ${i % 2}`);
    }
    put(join(root, 'places365_train_standard.txt'), `${train.join('\n')}\n`);
    for (let i = 0; i < 2; i += 1)
      put(join(root, 'val_256', `Places365_val_0000000${i}.jpg`), await picture(8, 8, 20 + i, 'jpeg'));
    put(join(root, 'places365_val.txt'), 'Places365_val_00000000.jpg 1\nPlaces365_val_00000001.jpg 0\n');
  }

  it('reads its lists', async () => {
    const root = temporaryFolder();
    await places(root);
    const { card } = await importInto(root);
    expect(card).toMatchObject({
      layout: 'places365',
      classIds: ['a/airfield', 'a/apartment_building/outdoor'],
      classNames: ['airfield', 'apartment building, outdoor'],
      quarantined: 0,
      splits: { train: { count: 8, perClass: [4, 4] }, val: { count: 2, perClass: [1, 1] } },
    });
    const found = scan(root);
    expect([...found.entries].filter(({ split }) => split === 'val')).toEqual([
      { path: 'val_256/Places365_val_00000000.jpg', split: 'val', label: 1 },
      { path: 'val_256/Places365_val_00000001.jpg', split: 'val', label: 0 },
    ]);
  });

  it.each<[string, (root: string) => void]>([
    ['dataset.labelRange', (root) => put(join(root, 'places365_val.txt'), 'Places365_val_00000000.jpg 2\n')],
    ['dataset.notFound', (root) => renameSync(join(root, 'data_256'), join(root, 'pictures'))],
    ['dataset.layoutMismatch', (root) => put(join(root, 'places365_val.txt'), '../../x.jpg 1\n')],
    ['dataset.layoutMismatch', (root) => put(join(root, 'categories_places365.txt'), '/a/airfield 1\n/b/bar 0\n')],
    [
      'dataset.layoutMismatch',
      (root) => renameSync(join(root, 'categories_places365.txt'), join(root, 'categories.txt')),
    ],
  ])('%s', async (code, spoil) => {
    const root = temporaryFolder();
    await places(root);
    spoil(root);
    expect(errorOf(() => scan(root)).code).toBe(code);
  });
});

describe('nested folders (D04, D05)', () => {
  async function nested(root: string): Promise<void> {
    await classFolder(join(root, 'animals'), ['cat', 'dog'], 3);
    await classFolder(join(root, 'plants'), ['rose'], 4);
    put(join(root, 'plants', 'direct.png'), await picture(8, 8, 90));
  }

  it('are asked about, with both answers named', async () => {
    const root = temporaryFolder();
    await nested(root);
    const error = errorOf(() => scan(root));
    expect(error.code).toBe('dataset.nested');
    expect(error.details).toMatchObject({ choices: ['first', 'leaf'] });
    expect(error.remedy).toMatch(/--nested first .* --nested leaf/);
  });

  it.each<['first' | 'leaf', Record<string, number>, readonly string[]]>([
    ['first', { 'train/0': 6, 'train/1': 5 }, ['animals', 'plants']],
    [
      'leaf',
      { 'train/0': 3, 'train/1': 3, 'train/2': 1, 'train/3': 4 },
      ['animals/cat', 'animals/dog', 'plants', 'plants/rose'],
    ],
  ])('%s', async (rule, counts, classIds) => {
    const root = temporaryFolder();
    await nested(root);
    const found = scan(root, { nested: rule, val: 0 });
    expect(found.classIds).toEqual(classIds);
    expect(tally(found)).toEqual(counts);
  });

  it('an answer imports classes that lie too deep', async () => {
    const root = temporaryFolder();
    await classFolder(join(root, 'animals'), ['cat', 'dog'], 3);
    await classFolder(join(root, 'plants'), ['rose'], 3);
    mkdirSync(join(root, 'plants', 'empty'));
    expect(errorOf(() => scan(root)).details).toMatchObject({
      first: ['animals', 'plants'],
      leaf: ['animals/cat', 'animals/dog', 'plants/rose'],
    });
    expect((await importInto(root, { nested: 'leaf', fractions: { val: 0 } })).card.splits.train?.perClass).toEqual([
      3, 3, 3,
    ]);
    expect((await importInto(root, { nested: 'first', fractions: { val: 0 } })).card.splits.train?.perClass).toEqual([
      6, 3,
    ]);
  });
});
