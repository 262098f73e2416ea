import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../../contract/errors.ts';
import { DEFAULT_LIMITS, type ArchiveLimits } from '../../../../core/data/archive/archiveBudget.ts';
import { unpackArchive, type Unpacked } from '../../../../core/data/archive/unpack.ts';
import { checkDataset } from '../../../../core/data/import/checkDataset.ts';
import { openDataset } from '../../../../core/data/set/openDataset.ts';
import { ensurePacked } from '../../../../core/data/packed/packedCache.ts';
import { encodeThumbnail } from '../../../../core/data/set/thumbnail.ts';
import { pax, tar, zip, type TarPart, type ZipPart } from './archiveBytes.ts';
import { importInto, picture, temporaryFolder } from '../fixtures.ts';

/** REJ: refused whole. SKIP: the spoilt entry is listed, the rest used. LIM: refused as too much. OK: used. */
type Outcome = 'REJ' | 'SKIP' | 'LIM' | 'OK';

interface Result {
  readonly outcome: Outcome;
  readonly unpacked: Unpacked | null;
  readonly error: StudioError | null;
  readonly writtenBytes: number;
}

const REJECTED = new Set(['archive.hostile', 'archive.damaged', 'archive.unsupported', 'dataset.empty']);

function bytesBelow(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).reduce(
    (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0),
    0,
  );
}

/**
 * Unpacks into a folder of its own and checks that nothing came to lie beside it or was written under another name than
 * a number.
 */
async function unpack(bytes: Buffer, name: string, limits?: Partial<ArchiveLimits>): Promise<Result> {
  const parent = temporaryFolder();
  const path = join(parent, name);
  const folder = join(parent, 'store');
  writeFileSync(path, bytes);
  mkdirSync(folder);
  const result = await unpackArchive(path, folder, { limits: { ...DEFAULT_LIMITS, ...limits } }).then(
    (unpacked) => ({
      outcome: unpacked.problems.length > 0 ? ('SKIP' as const) : ('OK' as const),
      unpacked,
      error: null,
    }),
    (error: unknown) => {
      if (!(error instanceof StudioError)) throw error;
      expect(error.code === 'archive.limit' || REJECTED.has(error.code), `${error.code}: ${error.message}`).toBe(true);
      return { outcome: error.code === 'archive.limit' ? ('LIM' as const) : ('REJ' as const), unpacked: null, error };
    },
  );
  expect(readdirSync(parent).sort()).toEqual([name, 'store'].sort());
  expect(existsSync('/tmp/x') && readFileSync('/tmp/x', 'utf8') === 'content').toBe(false);
  for (const entry of readdirSync(folder, { recursive: true })) expect(String(entry)).toMatch(/^\d+(\/\d+)?$/);
  return { ...result, writtenBytes: bytesBelow(folder) };
}

const SEVEN_ZIP = Buffer.concat([Buffer.from('377abcaf271c', 'hex'), Buffer.alloc(600)]);

/** Bytes that do not compress. */
const noise = (bytes: number): Buffer =>
  Buffer.concat(Array.from({ length: Math.ceil(bytes / 64) }, (_, i) => hash('sha512', String(i), 'buffer')));
const GOOD = { name: 'a/good.png' };
const inBoth = (name: string | Buffer): [zipParts: ZipPart[], tarParts: TarPart[]] => [
  [GOOD, { name }],
  [GOOD, { name }],
];
const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);
const longPath = Array.from({ length: 2000 }, () => 'd').join('/');

/** The corpus, each archive with what must come of it. Tar entries whose names are long carry them in a pax header. */
type Case = readonly [id: string, what: string, outcome: Outcome, bytes: () => Buffer, limits?: Partial<ArchiveLimits>];
const asTest = ([id, what, outcome, bytes, limits]: Case): {
  id: string;
  what: string;
  outcome: Outcome;
  bytes: () => Buffer;
  limits: Partial<ArchiveLimits> | undefined;
} => ({ id, what, outcome, bytes, limits });

const ZIPS: readonly Case[] = [
  ...(
    [
      ['A01', '../x'],
      ['A02', '/tmp/x'],
      ['A03', 'C:\\x'],
      ['A04', '..\\x'],
      ['A05', 'a/../../x'],
      ['A06', 'a\0.png'],
      ['A07', Buffer.from('c0aec0ae2f78', 'hex')],
      ['A17', 'n'.repeat(4096)],
      ['A18', longPath],
    ] as const
  ).map(
    ([id, name]) =>
      [id, `name ${JSON.stringify(String(name).slice(0, 20))}`, 'REJ', () => zip(inBoth(name)[0])] as const,
  ),
  [
    'A07',
    'overlong UTF-8 without the UTF-8 flag',
    'REJ',
    () => zip([GOOD, { name: Buffer.from('c0aec0ae2f78', 'hex'), flags: 0 }]),
  ],
  [
    'A08',
    'a link out, then a file through it',
    'REJ',
    () => zip([GOOD, { name: 'a/link', data: Buffer.from('../../..'), mode: 0o120777 }, { name: 'a/link/x' }]),
  ],
  [
    'A08',
    'a link inside, then a file through it',
    'REJ',
    () => zip([GOOD, { name: 'b', data: Buffer.from('a'), mode: 0o120777 }, { name: 'b/x' }]),
  ],
  [
    'A09',
    'a link inside',
    'SKIP',
    () => zip([GOOD, { name: 'a/link.png', data: Buffer.from('good.png'), mode: 0o120777 }]),
  ],
  ['A11', 'a device', 'REJ', () => zip([GOOD, { name: 'a/null', mode: 0o020666 }])],
  ['A12', 'set-user-id bits', 'OK', () => zip([GOOD, { name: 'a/x.png', mode: 0o104755 }])],
  ['A13', 'one name twice', 'REJ', () => zip([GOOD, GOOD])],
  [
    'A15',
    'names that differ in normal form',
    'SKIP',
    () => zip([GOOD, { name: 'a/é.png' }, { name: 'a/e\u0301.png' }]),
  ],
  [
    'A16',
    'names Windows does not take',
    'OK',
    () => zip([GOOD, { name: 'CON/NUL.txt' }, { name: 'a./x.png' }, { name: 'a /y.png' }]),
  ],
  ['A19', 'a file where a folder is needed', 'REJ', () => zip([GOOD, { name: 'a/good.png/x.png' }])],
  ['A20', 'entries over each other', 'LIM', () => zip([GOOD, { name: 'a/2.png' }], { overlap: true })],
  ['A21', 'a hostile archive inside', 'SKIP', () => zip([GOOD, { name: 'inner.zip', data: zip([{ name: '../x' }]) }])],
  ['A22', 'claims 3 GB of zeros', 'LIM', () => zip([GOOD, { name: 'a/zeros.bin', data: zeros(2 ** 20), claims: 3e9 }])],
  ['A22', 'really 100 MB of zeros', 'LIM', () => zip([GOOD, { name: 'a/zeros.bin', data: zeros(100e6) }])],
  ['A24', 'claims 5 bytes, has 50 MB', 'LIM', () => zip([GOOD, { name: 'a/x.png', data: zeros(50e6), claims: 5 }])],
  ['A24', 'claims 2 MB, has 50 MB', 'LIM', () => zip([GOOD, { name: 'a/x.png', data: zeros(50e6), claims: 2e6 }])],
  [
    'A25',
    'claims 200 MB, has 5 bytes',
    'REJ',
    () => zip([GOOD, { name: 'a/x.png', data: Buffer.from('12345'), claims: 2e8 }]),
  ],
  ['A26', 'a ZIP64 count of 4,000,000,000', 'LIM', () => zip([], { zip64Count: 4e9, before: zip([]) })],
  ['A26', 'a ZIP64 directory at 2^62', 'REJ', () => farDirectory()],
  ['A27', '3,000,000 entries', 'LIM', () => zip([GOOD], { zip64Count: 3e6 })],
  ['A28', 'another name in the local header', 'REJ', () => zip([GOOD, { name: 'a/1.png', localName: 'b/1.png' }])],
  ['A29', 'cut off in its directory', 'REJ', () => zip([GOOD, { name: 'a/1.png' }]).subarray(0, -40)],
  ['A29', 'directory shorter than its count', 'REJ', () => zip([GOOD], { count: 2 })],
  ['A30', 'a wrong checksum', 'SKIP', () => zip([GOOD, { name: 'a/1.png', crc: 1 }])],
  ['A31', 'encrypted', 'REJ', () => zip([GOOD, { name: 'a/1.png', flags: 0x801 }])],
  ['A32', 'an unknown method', 'REJ', () => zip([GOOD, { name: 'a/1.png', method: 97 }])],
  ['A33', 'one disk of several', 'REJ', () => zip([GOOD], { disk: 1 })],
  ['A34', 'bytes before the first entry', 'REJ', () => zip([GOOD], { before: Buffer.from('PK\x03\x04 and more') })],
  ['A39', 'bytes behind the end', 'OK', () => zip([GOOD], { after: Buffer.from('garbage') })],
  ['A40', 'nothing inside', 'REJ', () => zip([])],
  ['A41', 'RAR called zip', 'REJ', () => Buffer.from('526172211a0701003392b5e50a010506', 'hex')],
  ['A42', 'LZ4 called zip', 'REJ', () => Buffer.from('04224d186040820000', 'hex')],
  ['A42', 'Zstandard called zip', 'REJ', () => Buffer.from('28b52ffd2400010000', 'hex')],
  [
    'H25',
    'more files than allowed',
    'LIM',
    () => zip(Array.from({ length: 11 }, (_, i) => ({ name: `a/${i}.png` }))),
    { entries: 10 },
  ],
  [
    'H25',
    'more bytes than allowed',
    'LIM',
    () =>
      zip(Array.from({ length: 11 }, (_, i) => ({ name: `a/${i}.png`, method: 0, data: Buffer.alloc(100_000, i) }))),
    { totalBytes: 1e6 },
  ],
];

/** Its locator (PK\x06\x07) points far beyond any file. */
function farDirectory(): Buffer {
  const bytes = zip([GOOD], { zip64Count: 1 });
  bytes.writeBigUInt64LE(2n ** 62n, bytes.indexOf('PK\x06\x07', 0, 'latin1') + 8);
  return bytes;
}

const TARS: readonly Case[] = [
  ...(
    [
      ['A01', '../x'],
      ['A02', '/tmp/x'],
      ['A03', 'C:\\x'],
      ['A04', '..\\x'],
      ['A05', 'a/../../x'],
      ['A07', Buffer.from('c0aec0ae2f78', 'hex')],
    ] as const
  ).map(([id, name]) => [id, `name ${JSON.stringify(String(name))}`, 'REJ', () => tar(inBoth(name)[1])] as const),
  ['A06', 'NUL in a pax name', 'REJ', () => tar([GOOD, pax({ path: 'a\0/../x' }), { name: 'x' }])],
  [
    'A08',
    'a link out, then a file through it',
    'REJ',
    () => tar([GOOD, { name: 'a/link', type: '2', target: '/tmp', data: zeros(0) }, { name: 'a/link/x' }]),
  ],
  [
    'A08',
    'a link inside, then a file through it',
    'REJ',
    () => tar([GOOD, { name: 'b', type: '2', target: 'a', data: zeros(0) }, { name: 'b/x' }]),
  ],
  [
    'A09',
    'a link inside',
    'SKIP',
    () => tar([GOOD, { name: 'a/link.png', type: '2', target: '../a/good.png', data: zeros(0) }]),
  ],
  [
    'A10',
    'a hard link to outside',
    'REJ',
    () => tar([GOOD, { name: 'a/link.png', type: '1', target: '../../etc/passwd', data: zeros(0) }]),
  ],
  ...['3', '4', '6'].map(
    (type) =>
      [
        'A11',
        `a device or pipe (${type})`,
        'REJ',
        () => tar([GOOD, { name: 'a/null', type, data: zeros(0) }]),
      ] as const,
  ),
  ['A12', 'set-user-id bits', 'OK', () => tar([GOOD, { name: 'a/x.png', mode: 0o4755 }])],
  ['A13', 'one name twice', 'REJ', () => tar([GOOD, { name: './a//good.png' }])],
  [
    'A15',
    'names that differ in normal form',
    'SKIP',
    () => tar([GOOD, { name: 'a/é.png' }, { name: 'a/e\u0301.png' }]),
  ],
  ['A16', 'names Windows does not take', 'OK', () => tar([GOOD, { name: 'CON/NUL.txt' }, { name: 'a /x.png' }])],
  ['A17', 'a name of 4,096 characters', 'REJ', () => tar([GOOD, pax({ path: 'n'.repeat(4096) }), { name: 'n' }])],
  [
    'A18',
    '2,000 folders deep',
    'REJ',
    () => tar([GOOD, { name: 'long', type: 'L', data: Buffer.from(`${longPath.slice(0, 900)}\0`) }, { name: 'n' }]),
  ],
  ['A19', 'a folder where a file is', 'REJ', () => tar([GOOD, { name: 'a/good.png/', type: '5', data: zeros(0) }])],
  ['A22', '100 MB of zeros in 100 kB', 'LIM', () => gzipSync(tar([GOOD, { name: 'a/zeros.bin', data: zeros(100e6) }]))],
  [
    'A22',
    'one file beyond its limit',
    'LIM',
    () => tar([GOOD, { name: 'a/big.bin', data: Buffer.alloc(5000), claims: 3e8 }]),
  ],
  ['A23', 'gzip of gzip', 'LIM', () => gzipSync(gzipSync(tar([GOOD])))],
  [
    'A27',
    'more entries than allowed',
    'LIM',
    () => tar(Array.from({ length: 1001 }, (_, i) => ({ name: `${i}`, data: zeros(0) }))),
    { entries: 1000 },
  ],
  ['A35', 'a wrong header checksum', 'REJ', () => tar([GOOD, { name: 'a/1.png', badChecksum: true }])],
  ['A36', 'a sparse file', 'REJ', () => tar([GOOD, { name: 'a/1.png', type: 'S' }])],
  [
    'A36',
    'a sparse file in pax',
    'REJ',
    () => tar([GOOD, pax({ 'GNU.sparse.realsize': '1000000000' }), { name: 'a/1.png' }]),
  ],
  ['A36', 'two sizes', 'REJ', () => tar([GOOD, pax({ size: '1000000' }), { name: 'a/1.png' }])],
  ['A37', 'a pax path that leads out', 'REJ', () => tar([GOOD, pax({ path: '../x' }), { name: 'harmless.png' }])],
  [
    'A38',
    'cut off inside a file',
    'SKIP',
    () => tar([GOOD, { name: 'a/1.png', data: Buffer.alloc(5000, 7) }]).subarray(0, 4000),
  ],
  [
    'A38',
    'gzip cut off inside a file',
    'SKIP',
    () => gzipSync(tar([GOOD, { name: 'a/1.png', data: noise(90_000) }])).subarray(0, 60_000),
  ],
  ['A39', 'bytes behind the end', 'OK', () => tar([GOOD], Buffer.concat([zeros(1024), Buffer.from('garbage')]))],
  ['A40', 'nothing inside', 'REJ', () => tar([])],
  ['A42', 'bzip2 called tar.gz', 'REJ', () => Buffer.from('425a683931415926535900000000', 'hex')],
];

describe('archives that are not what they should be', () => {
  it.each(ZIPS.map(asTest))('zip $id: $what ends as $outcome', async ({ what, outcome, bytes, limits }) => {
    const result = await unpack(bytes(), 'data.zip', limits);
    expect({ what, outcome: result.outcome, message: result.error?.message }).toMatchObject({ outcome });
    if (result.unpacked !== null) expect(result.unpacked.names).toContain('a/good.png');
    expect(result.writtenBytes).toBeLessThan((limits?.totalBytes ?? 64 * 2 ** 20) * 1.01);
  });

  it.each(TARS.map(asTest))('tar $id: $what ends as $outcome', async ({ what, outcome, bytes, limits }) => {
    const result = await unpack(bytes(), bytes().readUInt16BE(0) === 0x1f8b ? 'data.tar.gz' : 'data.tar', limits);
    expect({ what, outcome: result.outcome, message: result.error?.message }).toMatchObject({ outcome });
    if (result.unpacked !== null) expect(result.unpacked.names).toContain('a/good.png');
    expect(result.writtenBytes).toBeLessThan(64 * 2 ** 20 * 1.01);
  });

  it('A14: names equal but for their case are both kept, whatever the file system', async () => {
    const { unpacked } = await unpack(zip([GOOD, { name: 'a/GOOD.png' }, { name: 'A/good.png' }]), 'data.zip');
    expect(unpacked?.names).toEqual(['a/good.png', 'a/GOOD.png', 'A/good.png']);
  });

  it('says what it left out', async () => {
    const cut = await unpack(
      tar([GOOD, { name: 'a/1.png', data: Buffer.alloc(5000, 7) }]).subarray(0, 4000),
      'data.tar',
    );
    expect(cut.unpacked?.problems).toEqual([
      { path: 'a/1.png', split: null, reason: 'the archive is cut off inside of it' },
    ]);
    const garbage = await unpack(zip([GOOD], { after: Buffer.from('garbage') }), 'data.zip');
    expect(garbage.unpacked?.notes.join()).toMatch(/7 bytes behind the end/);
    const inner = await unpack(
      zip([GOOD, { name: 'more.7z', data: SEVEN_ZIP }, { name: '__MACOSX/._x.png' }, { name: 'a/.DS_Store' }]),
      'data.zip',
    );
    expect(inner.unpacked).toMatchObject({
      names: ['a/good.png'],
      notes: ['1 archives inside (more.7z) were not unpacked'],
      problems: [{ path: 'more.7z', split: null, reason: expect.stringMatching(/7-Zip/) as string }],
    });
  });
});

describe('archives as people have them', () => {
  it('names of old zips are code page 437, without control characters', async () => {
    const parts = [GOOD, { name: Buffer.from([0x4b, 0x84, 0x66, 0x2f, 0x31]), flags: 0 }];
    const { unpacked } = await unpack(zip(parts), 'data.zip');
    expect(unpacked?.names).toEqual(['a/good.png', 'Käf/1']);
    expect(unpacked?.notes.join()).toMatch(/1 names in the archive say no encoding .* code page 437 \(Käf\/1\)/);
    const sjis = Buffer.concat([Buffer.from([0x94, 0x4c, 0x8c, 0xa2]), Buffer.from('/1.png')]);
    const [name] = (await unpack(zip([{ name: sjis, flags: 0 }]), 'data.zip')).unpacked!.names;
    expect(name).toMatch(/^[^\p{Cc}]+$/u);
  });

  it('archives inside become folders of their names: a tar of tars, a zip in a zip, a folder twice', async () => {
    const one = (name: string): { name: string; data: Buffer } => ({ name, data: noise(50) });
    const ofTars = tar([
      { name: 'n01.tar', data: tar([one('n01_1.JPEG'), one('n01_2.JPEG')]) },
      { name: 'n02.tar', data: tar([one('n02/n02_1.JPEG')]) },
    ]);
    const { unpacked } = await unpack(ofTars, 'train.tar');
    expect(unpacked?.names).toEqual(['n01/n01_1.JPEG', 'n01/n01_2.JPEG', 'n02/n02_1.JPEG']);
    expect(unpacked?.notes).toEqual(['archives inside were unpacked as folders of their names: n01.tar, n02.tar']);
    const inZip = await unpack(
      zip([GOOD, { name: 'sub/pets.tar.gz', data: gzipSync(tar([one('cat/1.png')])) }]),
      'a.zip',
    );
    expect(inZip.unpacked?.names).toEqual(['a/good.png', 'sub/pets/cat/1.png']);
  });

  it('a hostile or damaged archive inside is left out as a whole, the rest stays; depth has an end', async () => {
    const hostile = zip([{ name: 'fine.png' }, { name: '../x' }]);
    const bad = await unpack(zip([GOOD, { name: 'inner.zip', data: hostile }]), 'data.zip');
    expect(bad.unpacked?.names).toEqual(['a/good.png', null]);
    expect(bad.unpacked?.problems).toMatchObject([{ path: 'inner.zip' }]);
    expect(bad.writtenBytes).toBeLessThan(200);
    const deep = (levels: number): Buffer => zip([levels === 0 ? GOOD : { name: 'next.zip', data: deep(levels - 1) }]);
    expect((await unpack(deep(2), 'data.zip')).unpacked?.names).toEqual(['next/a/good.png']);
    expect((await unpack(deep(3), 'data.zip')).error?.message).toMatch(
      /holds 1 archives inside \(next\/next\/next.zip\)/,
    );
  });

  it('what archives inside unpack to counts against the outermost one', async () => {
    const zeros = zip([{ name: 'zeros.png', data: Buffer.alloc(3 * 2 ** 20), method: 8 }]);
    const bomb = zip([{ name: 'a.zip', data: zeros, method: 8 }]);
    expect(zeros.length).toBeLessThan(2 ** 14);
    const limits = { ratio: 100, ratioFromBytes: 2 ** 20 };
    expect((await unpack(bomb, 'data.zip', limits)).outcome).toBe('LIM');
  });

  it('archives inside that are not read are named, and what to do about them', async () => {
    const { error } = await unpack(
      tar([
        { name: 'n01.tar', data: SEVEN_ZIP },
        { name: 'n02.tar', data: SEVEN_ZIP },
      ]),
      'train.tar',
    );
    expect(error).toMatchObject({
      code: 'dataset.empty',
      message: expect.stringMatching(/holds 2 archives inside \(n01\.tar, n02\.tar\), and nothing else/) as string,
      remedy: expect.stringMatching(/unpack each of them into a folder of its name/) as string,
    });
  });

  it('a tar that is cut off says so once, wherever it is cut', async () => {
    const parts = [GOOD, { name: 'a/1.png', data: Buffer.alloc(5000, 7) }];
    const inside = await unpack(tar(parts).subarray(0, 4000), 'data.tar');
    expect(inside.unpacked?.notes).toEqual(['the archive is cut off: files after that place are missing']);
    const between = await unpack(tar(parts, Buffer.alloc(0)), 'data.tar');
    expect(between.unpacked?.notes.join()).toMatch(/no end mark: if it is cut off/);
    expect((await unpack(tar(parts), 'data.tar')).unpacked?.notes).toEqual([]);
  });

  it('a place beyond any file in the ZIP64 locator is damage', async () => {
    const bytes = zip([GOOD], { zip64Count: 1 });
    const locator = bytes.indexOf(Buffer.from('504b0607', 'hex'));
    bytes.writeBigUInt64LE(2n ** 62n, locator + 8);
    expect((await unpack(bytes, 'data.zip')).error).toMatchObject({ code: 'archive.damaged' });
  });
});

describe('importing an archive', () => {
  async function classFiles(prefix: string): Promise<{ name: string; data: Buffer }[]> {
    const files = [];
    for (let i = 0; i < 12; i += 1)
      files.push({ name: `${prefix}${'ab'[i % 2]}/picture number ${i}.png`, data: await picture(8, 8, i) });
    return files;
  }

  it.each<[string, (files: { name: string; data: Buffer }[]) => Buffer]>([
    ['flowers.zip', zip],
    ['flowers.tar', tar],
    ['flowers.tar.gz', (files) => gzipSync(tar(files))],
    [
      'flowers.tgz',
      (files) =>
        gzipSync(
          tar([
            { name: './', type: '5', data: Buffer.alloc(0) },
            ...files.map((file) => ({ ...file, name: `./${file.name}` })),
          ]),
        ),
    ],
  ])('%s: names are kept as paths, the pictures as numbers; it works without the archive', async (name, make) => {
    const files = await classFiles('flowers/');
    const folder = temporaryFolder();
    const path = join(folder, name);
    writeFileSync(path, make(files));
    const stages = new Set<string>();
    const { card, directory } = await importInto(path, {}, { onProgress: ({ stage }) => stages.add(stage) });
    expect([...stages]).toEqual(['unpack', 'scan', 'decode']);
    expect(card).toMatchObject({
      layout: 'class-folders',
      classIds: ['a', 'b'],
      root: `${path}/flowers`,
      splits: { train: { count: 10 }, val: { count: 2 } },
    });
    expect(readdirSync(join(directory, 'files/0')).sort((a, b) => Number(a) - Number(b))).toEqual(
      files.map((_, i) => String(i)),
    );
    const again = await importInto(path);
    expect(again.card.fingerprint).toBe(card.fingerprint);
    rmSync(path);
    const dataset = await openDataset(directory);
    const cache = await ensurePacked(dataset, { size: 4, color: 'rgb', fit: 'cover', interpolation: 'lanczos3' });
    expect(cache.split('val')?.pathOf(0)).toMatch(/^a\/picture number \d+\.png$/);
    cache.close();
    expect(await checkDataset(directory)).toMatchObject({ ok: true, compared: 12, missing: 0 });
    const thumbnail = await encodeThumbnail(
      { root: card.root, path: 'a/picture number 0.png', kind: 'files', directory },
      64,
    );
    expect(thumbnail.subarray(0, 4).toString()).toBe('RIFF');
  });

  it('lists what was spoilt in it, and leaves nothing of a refused one', async () => {
    const folder = temporaryFolder();
    const files = await classFiles('');
    writeFileSync(join(folder, 'data.zip'), zip([...files, { name: 'a/torn.png', crc: 3 }]));
    const { card } = await importInto(join(folder, 'data.zip'));
    expect(card.quarantined).toBe(1);
    expect(card.notes.join('\n')).toMatch(
      /unpacked from data\.zip[^]*a\/torn\.png: its checksum in the archive is wrong/,
    );
    writeFileSync(join(folder, 'bad.zip'), zip([...files, { name: '../../x.png' }]));
    const error: unknown = await importInto(join(folder, 'bad.zip')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'archive.hostile' });
  });

  it('a CSV list in an archive may not name files of the computer', async () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'data.zip'),
      zip([
        { name: 'list.csv', data: Buffer.from('path,label\n/etc/hostname,a\nx.png,b\n') },
        { name: 'x.png', data: await picture(8, 8, 1) },
      ]),
    );
    const error: unknown = await importInto(join(folder, 'data.zip')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'dataset.layoutMismatch',
      message: expect.stringMatching(/may only name what is in the archive/) as string,
    });
  });
});
