/**
 * Files that are made to fill the memory: they are imported or refused, and each process stays within
 * its bounds. The host is the command line here; a window's host starts the same jobs.
 */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { temporaryFolder } from './support/temporaryFolder.ts';
import { watchMemory } from './support/processTree.ts';
import { startQuorum } from './support/quorumProcess.ts';
import { tell, tries } from './support/trial.ts';

/** Of the largest process; the host has a process of 180 beside it. */
const MEMORY_MB = 500;

async function pictures(folder: string, format: 'avif' | 'webp', width: number, height: number): Promise<void> {
  const flat = sharp({ create: { width, height, channels: 3, background: '#345' }, limitInputPixels: false });
  const bytes = await (
    format === 'avif' ? flat.avif({ effort: 0, quality: 1 }) : flat.webp({ lossless: true, effort: 0 })
  ).toBuffer();
  for (const name of ['a', 'b']) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < tries(2, 12); i++) writeFileSync(join(folder, name, `${i}.${format}`), bytes);
  }
}

/** Text that is written as it is made. */
async function write(path: string, pieces: Iterable<string | Buffer>): Promise<void> {
  const zipped = /gz$/.test(path) ? [createGzip({ level: 1 })] : [];
  await pipeline([Readable.from(pieces), ...zipped, createWriteStream(path)]);
}

function* emptyFiles(count: number): Generator<Buffer> {
  for (let i = 0; i < count; i++) {
    const header = Buffer.alloc(512);
    header.write(`${i % 2 ? 'a' : 'b'}/${i}.png`, 0);
    header.write('0000644\0', 100);
    header.write('00000000000\0', 124);
    header.write('00000000000\0        0', 136);
    header.write('ustar\u000000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    yield header;
  }
  yield Buffer.alloc(1024);
}

function* rows(count: number): Generator<string> {
  yield 'path,label\n';
  const many = 1000;
  for (let i = 0; i < count; i += many)
    yield Array.from({ length: many }, (_, n) => `images/${i + n}.png,${(i + n) % 10}\n`).join('');
}

function* oneLine(bytes: number): Generator<string> {
  yield 'path,label\na.png,';
  const piece = 'x'.repeat(2 ** 20);
  for (let at = 0; at < bytes; at += piece.length) yield piece;
}

async function image(path: string): Promise<void> {
  mkdirSync(join(path, '..'), { recursive: true });
  await sharp({ create: { width: 8, height: 8, channels: 3, background: '#345' } }).toFile(path);
}

interface Hostile {
  readonly name: string;
  /** Makes it below `folder`, and gives what is imported. */
  readonly make: (folder: string) => Promise<string>;
  /** What is said about it. */
  readonly says: RegExp;
}

const HOSTILE: readonly Hostile[] = [
  {
    name: `${tries(4, 24)} AVIFs of ${tries(22, 48)} megapixels`,
    make: async (folder) =>
      pictures(join(folder, 'set'), 'avif', 8000, tries(2750, 6000)).then(() => join(folder, 'set')),
    says: /larger than 19 million pixels, which takes too much memory as AVIF/,
  },
  {
    name: `${tries(4, 24)} AVIFs of 18 megapixels`,
    make: async (folder) => pictures(join(folder, 'set'), 'avif', 4500, 4000).then(() => join(folder, 'set')),
    says: /\b2 classes/,
  },
  {
    name: `${tries(4, 24)} WebPs of 49 megapixels`,
    make: async (folder) => pictures(join(folder, 'set'), 'webp', 7000, 7000).then(() => join(folder, 'set')),
    says: /larger than 40 million pixels, which takes too much memory as WebP/,
  },
  {
    name: `${tries(4, 24)} WebPs of 39 megapixels`,
    make: async (folder) => pictures(join(folder, 'set'), 'webp', 6000, 6500).then(() => join(folder, 'set')),
    says: /\b2 classes/,
  },
  {
    name: 'a tar of a million empty files',
    make: async (folder) => {
      const path = join(folder, 'set.tar.gz');
      await write(path, emptyFiles(tries(50_000, 1_000_000)));
      return path;
    },
    says: /10,000 empty files/,
  },
  {
    name: 'a list with one line of 100 MB',
    make: async (folder) => {
      await write(join(folder, 'list.csv'), oneLine(100 * 2 ** 20));
      await image(join(folder, 'a.png'));
      return join(folder, 'list.csv');
    },
    says: /a cell of more than 32,768 characters/,
  },
  {
    name: `a list of ${tries('300,000', '3,000,000')} rows`,
    make: async (folder) => {
      await write(join(folder, 'list.csv'), rows(tries(300_000, 3_000_000)));
      for (let i = 0; i < 40; i++) await image(join(folder, 'images', `${i}.png`));
      return join(folder, 'list.csv');
    },
    says: tries(/299,960 images that the list names are not there/, /lists more than 1,500,000 images/),
  },
];

test.each(HOSTILE)(
  '$name: within 500 MB',
  async ({ name, make, says }) => {
    const folder = temporaryFolder();
    const source = await make(folder);
    const started = performance.now();
    const importing = startQuorum(join(folder, 'data'), ['dataset', 'import', source, '--name', 'hostile']);
    const memory = watchMemory(importing.pid);
    await importing.ended;
    const megabytes = memory.end().largest / 1e6;
    tell(`${name}: ${megabytes.toFixed(0)} MB, ${((performance.now() - started) / 1000).toFixed(0)} s`);
    expect(importing.output()).toMatch(says);
    expect(importing.output()).not.toMatch(/This is a fault in Quorum/);
    expect(importing.output().length).toBeLessThan(100_000);
    expect(megabytes).toBeLessThan(MEMORY_MB);
  },
  tries(300_000, 1_200_000),
);
