/** Lists of images as people have them: spreadsheets, competitions, label tools. */
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import type { ScanOptions } from '../../../../core/data/readers/reader.ts';
import { importInto, picture, put, temporaryFolder } from '../fixtures.ts';
import { matFile } from '../../formats/matBytes.ts';
import { errorOf, scan, tally } from './scanning.ts';

const CLASSES = ['café', 'thé', 'eau'];

/** A folder of `count` pictures called `<prefix>0.png` … */
async function pictures(root: string, count: number, prefix = 'p', ending = '.png'): Promise<void> {
  for (let i = 0; i < count; i += 1) put(join(root, `${prefix}${i}${ending}`), await picture(8, 8, i));
}

function table(header: string, count: number, row: (i: number) => string): string {
  return [header, ...Array.from({ length: count }, (_, i) => row(i))].filter((line) => line !== '').join('\n') + '\n';
}

const comma = table('path,label', 18, (i) => `p${i}.png,${CLASSES[i % 3]}`);
const COUNTS = { 'train/0': 6, 'train/1': 6, 'train/2': 6 };

describe('habits of spreadsheets', () => {
  test.each<[string, string | Buffer]>([
    ['UTF-8 with a byte order mark', `\ufeff${comma}`],
    ['UTF-16', Buffer.from(`\ufeff${comma.replaceAll('\n', '\r\n')}`, 'utf16le')],
    ['Windows-1252', Buffer.from(comma, 'latin1')],
    ['semicolons', comma.replaceAll(',', ';').replaceAll('\n', '\r\n')],
    ['sep=', `sep=;\r\n${comma.replaceAll(',', ';')}`],
    ['carriage returns alone', comma.replaceAll('\n', '\r')],
    ['a remark first', `# made by hand\n${comma}`],
    ['an index column', table(',path,label', 18, (i) => `${i},p${i}.png,${CLASSES[i % 3]}`)],
    ['an index and no header', table('', 18, (i) => `${i},p${i}.png,${CLASSES[i % 3]}`)],
    ['the class first', table('', 18, (i) => `${CLASSES[i % 3]},p${i}.png`)],
    ['blank rows', comma.replaceAll('\n', '\n,\n\n')],
    ['bars', comma.replaceAll(',', '|')],
  ])('%s', async (_name, text) => {
    const root = temporaryFolder();
    await pictures(root, 18);
    put(join(root, 'list.csv'), text);
    const found = scan(root, { val: 0 });
    expect(found.classIds).toEqual([...CLASSES].sort());
    expect(tally(found)).toEqual(COUNTS);
  });

  it('a list that cannot be read is why images beside it have no classes', async () => {
    const root = temporaryFolder();
    await pictures(root, 18);
    put(
      join(root, 'list.csv'),
      table('path,label', 18, (i) => (i === 4 ? 'p4.png,"5 inch' : `p${i}.png,a`)),
    );
    expect(errorOf(() => scan(root)).message).toMatch(/Line 6 of list\.csv has a quote/);
  });

  it('a list without labels is called that', async () => {
    const root = temporaryFolder();
    await pictures(root, 4);
    put(
      join(root, 'test.csv'),
      table('image_id', 4, (i) => `p${i}.png`),
    );
    expect(errorOf(() => scan(join(root, 'test.csv'))).message).toMatch(/test\.csv names no classes of its images/);
  });

  it('the delimiter can be said where it is no common one', async () => {
    const root = temporaryFolder();
    await pictures(root, 18);
    put(
      join(root, 'list.csv'),
      table('path label', 18, (i) => `p${i}.png ${CLASSES[i % 3]}`),
    );
    expect(tally(scan(join(root, 'list.csv'), { val: 0, delimiter: ' ' }))).toEqual(COUNTS);
    put(
      join(root, 'list.csv'),
      table('path;label,or not', 18, (i) => `p${i}.png;${CLASSES[i % 3]},sure`),
    );
    expect(scan(join(root, 'list.csv'), { val: 0, delimiter: ';' }).classIds).toEqual(
      [...CLASSES].sort().map((name) => `${name},sure`),
    );
  });

  it('the columns that were read are told, with the first rows', async () => {
    const root = temporaryFolder();
    await pictures(root, 18);
    put(
      join(root, 'list.csv'),
      table('who,path,label', 18, (i) => `me,p${i}.png,${CLASSES[i % 3]}`),
    );
    expect(scan(root, { val: 0 }).list).toMatchObject({
      file: 'list.csv',
      columns: ['who', 'path', 'label'],
      pathColumn: 1,
      labelColumn: 2,
      splitColumn: null,
    });
    expect(scan(root, { val: 0 }).list?.rows[1]).toEqual(['me', 'p0.png', 'café']);
  });

  it('an assumed encoding is said, and can be chosen', async () => {
    const root = temporaryFolder();
    await pictures(root, 4);
    put(
      join(root, 'list.csv'),
      Buffer.from(
        table('path,label', 4, (i) => `p${i}.png,B${'\xe4\xf6'[i % 2]}r`),
        'latin1',
      ),
    );
    const found = scan(root, { val: 0 });
    expect(found.classIds).toEqual(['Bär', 'Bör']);
    expect(found.notes.join('\n')).toMatch(/list\.csv was read as windows-1252/);
    expect(scan(root, { val: 0, encoding: 'windows-1251' }).classIds).toEqual(['Bдr', 'Bцr']);
    expect(errorOf(() => scan(root, { encoding: 'utf-8' })).message).toMatch(/is not utf-8 throughout/);
  });

  it.each<[RegExp, string]>([
    [/Line 6 of list\.csv has a quote \("\) that is never closed/, comma.replace('p4.png,', 'p4.png,"')],
    [
      /Line 6 of list\.csv has a quote \("\) that is closed in the middle/,
      comma.replace('p4.png,', 'p4.png,"').replace('p9.png,', 'p9.png,"'),
    ],
    [/Line 3 of list\.csv has 3 cells; the first line has 2/, comma.replace('p1.png', 'p1,x.png')],
    [/Line 3 of list\.csv has a cell of more than/, comma.replace('p1.png', 'x'.repeat(40_000))],
  ])('%s', async (message, text) => {
    const root = temporaryFolder();
    await pictures(root, 2);
    put(join(root, 'list.csv'), text);
    const error = errorOf(() => scan(join(root, 'list.csv')));
    expect(error).toMatchObject({ code: 'dataset.layoutMismatch', message: expect.stringMatching(message) as string });
    expect(error.message.length).toBeLessThan(1000);
  });
});

describe('where the images are', () => {
  it('ids without endings, in a folder beside the list', async () => {
    const root = temporaryFolder();
    await pictures(join(root, 'train'), 12, 'id', '.jpg');
    await pictures(join(root, 'test'), 3, 'new', '.jpg');
    put(
      join(root, 'labels.csv'),
      table('id,breed', 12, (i) => `id${i},${['beagle', 'pug'][i % 2]}`),
    );
    put(join(root, 'sample_submission.csv'), 'id,beagle,pug\nnew0,0.5,0.5\n');
    const found = scan(root, { val: 0 });
    expect(tally(found)).toEqual({ 'train/0': 6, 'train/1': 6 });
    expect(found.notes.join('\n')).toMatch(/paths from "id", classes from "breed"; images were found in train/);
  });

  it('names written with composed accents, files with separate ones', async () => {
    const root = temporaryFolder();
    for (let i = 0; i < 4; i += 1) put(join(root, `übung${i}.png`.normalize('NFD')), await picture(8, 8, i));
    put(
      join(root, 'list.csv'),
      table('path,label', 4, (i) => `übung${i}.png,${'ab'[i % 2]}`.normalize('NFC')),
    );
    expect(tally(scan(root, { val: 0 }))).toEqual({ 'train/0': 2, 'train/1': 2 });
  });

  it("places on another machine, by the files' names alone", async () => {
    const root = temporaryFolder();
    await pictures(join(root, 'images'), 6, 'up-');
    put(
      join(root, 'project.csv'),
      table('id,choice,image', 6, (i) => `${i},${'ab'[i % 2]},/data/upload/1/up-${i}.png`),
    );
    const found = scan(root, { val: 0 });
    expect(tally(found)).toEqual({ 'train/0': 3, 'train/1': 3 });
    expect(found.notes.join('\n')).toMatch(/found in images by their names alone/);
  });

  it('a folder that is named', async () => {
    const root = temporaryFolder();
    await pictures(join(root, 'a'), 4);
    await pictures(join(root, 'b'), 4);
    put(
      join(root, 'list.csv'),
      table('path,label', 4, (i) => `p${i}.png,${'xy'[i % 2]}`),
    );
    const found = scan(join(root, 'list.csv'), { val: 0, images: 'b' });
    for (const outside of ['..', '../b', '/etc', 'a/../../b'])
      expect(errorOf(() => scan(join(root, 'list.csv'), { images: outside })).code).toBe('input.invalid');
    expect([...found.entries].map(({ path }) => path).sort()).toEqual(['b/p0.png', 'b/p1.png', 'b/p2.png', 'b/p3.png']);
  });

  it('a list may not lead out of the folders that a browser may name', async () => {
    const [root, elsewhere] = [temporaryFolder(), temporaryFolder()];
    await pictures(elsewhere, 4);
    put(
      join(root, 'list.csv'),
      table('path,label', 4, (i) => `${elsewhere}/p${i}.png,${'ab'[i % 2]}`),
    );
    const list = join(root, 'list.csv');
    expect(tally(scan(list, { val: 0 }))).toEqual({ 'train/0': 2, 'train/1': 2 });
    expect(errorOf(() => scan(list, { allowedRoots: [root] }))).toMatchObject({ code: 'dataset.notFound' });
    expect(tally(scan(list, { val: 0, allowedRoots: [elsewhere] }))).toEqual({ 'train/0': 2, 'train/1': 2 });
  });
});

describe('which column is which', () => {
  async function found(text: string, options: Partial<ScanOptions> = {}): Promise<ReturnType<typeof scan>> {
    const root = temporaryFolder();
    await pictures(root, 12);
    put(join(root, 'list.csv'), text);
    return scan(join(root, 'list.csv'), { val: 0, ...options });
  }
  const row =
    (...cells: readonly ((i: number) => string)[]) =>
    (i: number): string =>
      cells.map((cell) => cell(i)).join(',');
  const file = (i: number): string => `p${i}.png`;
  const name = (i: number): string => 'ab'[i % 2]!;

  it('a column for each class, also where one is called target', async () => {
    const text = table(
      'filename, background, target, decoy',
      12,
      (i) => `p${i}.png, ${[0, 1, 2].map((c) => Number(i % 3 === c)).join(', ')}`,
    );
    const list = await found(text);
    expect(list.classIds).toEqual(['background', 'decoy', 'target']);
    expect(tally(list)).toEqual({ 'train/0': 4, 'train/1': 4, 'train/2': 4 });
    const twice = text.replace('p3.png, 1, 0', 'p3.png, 1, 1');
    await expect(found(twice)).rejects.toMatchObject({ code: 'dataset.columns' });
  });

  it('is_valid is the validation split', async () => {
    const list = await found(
      table(
        'fname,label,is_valid',
        12,
        row(file, name, (i) => (i < 8 ? 'False' : 'True')),
      ),
    );
    expect(tally(list)).toEqual({ 'train/0': 4, 'train/1': 4, 'val/0': 2, 'val/1': 2 });
  });

  it('folds are not used unasked; asked, the least is val', async () => {
    const text = table(
      'path,label,fold',
      12,
      row(file, name, (i) => String(i % 3)),
    );
    const unasked = await found(text);
    expect(tally(unasked)).toEqual({ 'train/0': 6, 'train/1': 6 });
    expect(unasked.notes.join('\n')).toMatch(/column "fold" of list\.csv holds numbers and was not used/);
    const asked = await found(text, { splitColumn: 'fold' });
    expect(tally(asked)).toEqual({ 'train/0': 4, 'train/1': 4, 'val/0': 2, 'val/1': 2 });
    expect(asked.notes.join('\n')).toMatch(/fold 0 of list\.csv is val/);
  });

  it('words for splits as tools write them', async () => {
    const list = await found(
      table(
        '',
        12,
        row((i) => ['TRAIN', 'TRAIN', 'VALIDATION', 'TEST'][Math.floor(i / 3)]!, file, name),
      ),
    );
    expect(tally(list)).toMatchObject({ 'train/0': 3, 'train/1': 3 });
    expect([...list.entries].filter(({ split }) => split === 'val')).toHaveLength(3);
    const birds = await found(
      table(
        'class id,filepaths,labels,data set',
        12,
        row(
          () => '1.0',
          file,
          name,
          (i) => (i < 8 ? 'train' : 'valid'),
        ),
      ),
    );
    expect(tally(birds)).toEqual({ 'train/0': 4, 'train/1': 4, 'val/0': 2, 'val/1': 2 });
  });

  it('what is not clear is asked, with all that an answer needs', async () => {
    const text = table(
      'when,photo,color,shape',
      12,
      row(
        () => '2024',
        file,
        name,
        (i) => 'xy'[Math.floor(i / 6)]!,
      ),
    );
    await expect(found(text)).rejects.toMatchObject({
      code: 'dataset.columns',
      remedy: expect.stringContaining('--label-column') as string,
      details: { file: 'list.csv', columns: ['when', 'photo', 'color', 'shape'], labelColumn: null },
    });
    expect((await found(text, { labelColumn: 'shape' })).classIds).toEqual(['x', 'y']);
    expect((await found(text, { labelColumn: '3' })).classIds).toEqual(['a', 'b']);
    await expect(found(text, { labelColumn: 'size' })).rejects.toThrow(/there is no column "size"/);
  });

  it('numbers are ordered as numbers, and it is said', async () => {
    const list = await found(table('path,label', 12, (i) => `p${i}.png,${i}.0`));
    expect(list.classIds.slice(0, 4)).toEqual(['0.0', '1.0', '2.0', '3.0']);
    expect(list.classIds.at(-1)).toBe('11.0');
    expect(list.notes.join('\n')).toMatch(/ordered as numbers: 0\.0, 1\.0, 2\.0, 3\.0/);
  });

  it('labels that look like mistakes are named', async () => {
    const labels = ['Cat', 'cat', 'nan', 'scab', 'rust', 'scab rust', 'rust scab'];
    const notes = (await found(table('path,label', 12, (i) => `p${i}.png,${labels[i % labels.length]}`))).notes.join(
      '\n',
    );
    expect(notes).toMatch(/differ only in case or accents are kept apart: Cat and cat/);
    expect(notes).toMatch(/nan usually mean that a label is missing/);
    expect(notes).toMatch(/2 labels seem to name several classes at once/);
  });
});

describe('several lists', () => {
  it('an unlabelled test list beside a labelled one', async () => {
    const root = temporaryFolder();
    await pictures(root, 8);
    put(
      join(root, 'train.csv'),
      table('image_id,label', 6, (i) => `p${i}.png,${'ab'[i % 2]}`),
    );
    put(join(root, 'test.csv'), 'image_id\np6.png\np7.png\n');
    expect(tally(scan(root, { val: 0 }))).toEqual({ 'train/0': 3, 'train/1': 3, 'test/-1': 2 });
  });

  it('official splits beside class folders are used', async () => {
    const root = temporaryFolder();
    for (const name of ['Forest', 'River']) await pictures(join(root, name), 6, `${name}_`, '.jpg');
    for (const [name, part] of Object.entries({ train: [0, 1, 2, 3], validation: [4], test: [5] })) {
      const rows = ['Forest', 'River'].flatMap((c, label) => part.map((i) => `${i},${c}/${c}_${i}.jpg,${label},${c}`));
      put(join(root, `${name}.csv`), `,Filename,Label,ClassName\n${rows.join('\n')}\n`);
    }
    const found = scan(root);
    expect(found.layout).toBe('csv-manifest');
    expect(tally(found)).toEqual({ 'train/0': 4, 'train/1': 4, 'val/0': 1, 'val/1': 1, 'test/0': 1, 'test/1': 1 });
  });

  it.each<[string, (i: number) => string, string]>([
    ['metadata.csv', (i) => `p${i}.png,${'ab'[i % 2]}`, 'file_name,label'],
    ['metadata.jsonl', (i) => JSON.stringify({ file_name: `p${i}.png`, label: 'ab'[i % 2] }), ''],
    ['_classes.csv', (i) => `p${i}.png, ${Number(i % 2 === 0)}, ${i % 2}`, 'filename, a, b'],
  ])('%s in the folder of each split', async (name, row, header) => {
    const root = temporaryFolder();
    for (const split of ['train', 'valid']) {
      await pictures(join(root, split), 4);
      put(join(root, split, name), table(header, 4, row));
    }
    const found = scan(root);
    expect(found.classIds).toEqual(['a', 'b']);
    expect(tally(found)).toEqual({ 'train/0': 2, 'train/1': 2, 'val/0': 2, 'val/1': 2 });
  });

  it('text lists of path and label', async () => {
    const root = temporaryFolder();
    await pictures(root, 6, 'a b');
    put(
      join(root, 'train.txt'),
      table('', 4, (i) => `a b${i}.png ${i % 2}`),
    );
    put(
      join(root, 'val.txt'),
      table('', 2, (i) => `a b${i + 4}.png ${i % 2}`),
    );
    expect(tally(scan(root))).toEqual({ 'train/0': 2, 'train/1': 2, 'val/0': 1, 'val/1': 1 });
  });
});

test('repeated rows: equal ones count once, contradictions are left out and named', async () => {
  const root = temporaryFolder();
  await pictures(root, 8);
  const again = ['p0.png,a', './p2.png,a', 'p1.png,a', 'p3.png,c'];
  put(join(root, 'list.csv'), table('path,label', 8, (i) => `p${i}.png,${'ab'[i % 2]}`) + again.join('\n'));
  const { card } = await importInto(root, { fractions: { val: 0 } });
  expect(card.splits.train?.count).toBe(6);
  expect(card.quarantined).toBe(2);
  const notes = card.notes.join('\n');
  expect(notes).toMatch(/2 lines repeat an image with the same class; each image counts once/);
  expect(notes).toMatch(/2 images are listed with different classes or splits, and were left out/);
  expect(notes).toMatch(/p1\.png: listed twice and differently: b \(line 3 of list\.csv\), a \(line 12 of list\.csv\)/);
});

describe('labels in a form of their own beside the images', () => {
  it('birds with their official split', async () => {
    const root = temporaryFolder();
    const rows = Array.from({ length: 8 }, (_, i) => ({
      id: i + 1,
      name: `${['001.Albatross', '002.Auklet'][i % 2]}/b${i}.png`,
      label: (i % 2) + 1,
    }));
    for (const { id, name } of rows) put(join(root, 'images', name), await picture(8, 8, id));
    put(join(root, 'images.txt'), rows.map(({ id, name }) => `${id} ${name}`).join('\n'));
    put(join(root, 'image_class_labels.txt'), rows.map(({ id, label }) => `${id} ${label}`).join('\n'));
    put(join(root, 'train_test_split.txt'), rows.map(({ id }) => `${id} ${Number(id <= 6)}`).join('\n'));
    put(join(root, 'classes.txt'), '1 001.Albatross\n2 002.Auklet\n');
    const found = scan(root, { val: 0 });
    expect(found.classIds).toEqual(['001.Albatross', '002.Auklet']);
    expect(tally(found)).toEqual({ 'train/0': 3, 'train/1': 3, 'test/0': 1, 'test/1': 1 });
  });

  it('dishes', async () => {
    const root = temporaryFolder();
    for (const dish of ['pie', 'soup']) await pictures(join(root, 'images', dish), 4, '', '.jpg');
    const lines = (numbers: readonly number[]): string =>
      ['pie', 'soup'].flatMap((d) => numbers.map((i) => `${d}/${i}`)).join('\n');
    put(join(root, 'meta', 'train.txt'), lines([0, 1, 2]));
    put(join(root, 'meta', 'test.txt'), lines([3]));
    expect(tally(scan(root, { val: 0 }))).toEqual({ 'train/0': 3, 'train/1': 3, 'test/0': 1, 'test/1': 1 });
  });

  it('pets', async () => {
    const root = temporaryFolder();
    for (const breed of ['Abyssinian', 'great_pug']) await pictures(join(root, 'images'), 3, `${breed}_`, '.jpg');
    const rows = ['Abyssinian', 'great_pug'].flatMap((breed, c) => [0, 1, 2].map((i) => `${breed}_${i} ${c + 1} 1 1`));
    put(join(root, 'annotations', 'trainval.txt'), rows.join('\n'));
    const found = scan(root, { val: 0 });
    expect(found.classIds).toEqual(['Abyssinian', 'great_pug']);
    expect(tally(found)).toEqual({ 'train/0': 3, 'train/1': 3 });
  });

  it('flowers, whose labels and splits are MATLAB files', async () => {
    const root = temporaryFolder();
    for (let i = 1; i <= 8; i += 1) put(join(root, 'jpg', `image_0000${i}.jpg`), await picture(8, 8, i));
    const labels = [1, 2, 1, 2, 10, 10, 1, 2];
    put(join(root, 'imagelabels.mat'), matFile([{ name: 'labels', type: 2, values: labels }], { compressed: true }));
    const splits = { trnid: [1, 2, 5, 3], valid: [4, 6], tstid: [7, 8] };
    const parts = Object.entries(splits).map(([name, values]) => ({ name, type: 4, values }));
    put(join(root, 'setid.mat'), matFile(parts, { compressed: true }));
    const found = scan(root, { val: 0.2 });
    expect(found.classIds).toEqual(['1', '2', '10']);
    expect(tally(found)).toEqual({
      ...{ 'train/0': 2, 'train/1': 1, 'train/2': 1 },
      ...{ 'val/1': 1, 'val/2': 1, 'test/0': 1, 'test/1': 1 },
    });
    put(join(root, 'setid.mat'), 'MATLAB 5.0 MAT-file');
    expect(errorOf(() => scan(root)).message).toMatch(/^setid\.mat is no MATLAB file/);
  });

  it('shards of pairs', async () => {
    const root = temporaryFolder();
    await pictures(root, 6, '0000');
    for (let i = 0; i < 6; i += 1) put(join(root, `0000${i}.cls`), String(i % 2));
    expect(tally(scan(root, { val: 0 }))).toEqual({ 'train/0': 3, 'train/1': 3 });
  });
});

describe('lists of very many images', () => {
  test('more than 1,500,000 are refused before any is kept', async () => {
    const root = temporaryFolder();
    await pictures(root, 2);
    put(join(root, 'list.csv'), `path,label\n${'p0.png,a\np1.png,b\n'.repeat(750_000)}p0.png,a`);
    expect(errorOf(() => scan(root, { val: 0 }))).toMatchObject({
      code: 'dataset.limit',
      message: 'list.csv lists more than 1,500,000 images.',
    });
  });

  test('of those that are not there 10,000 are named, and all are counted', async () => {
    const root = temporaryFolder();
    await pictures(root, 18);
    put(join(root, 'list.csv'), comma + table('', 12_000, (i) => `missing${i}.png,eau`));
    const found = scan(root, { val: 0 });
    expect(found.problems).toHaveLength(10_000);
    expect(found.notes.join()).toContain('12,000 images that the list names are not there');
  });
});
