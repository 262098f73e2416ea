/** Licences of everything that is shipped, as one text. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Licences that allow shipping without further ado. */
const PERMISSIVE = new RegExp(
  '^\\(?(MIT|MIT-0|ISC|BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\\.0|0BSD|Unlicense|CC0-1\\.0|BlueOak-1\\.0\\.0' +
    '|Python-2\\.0|CC-BY-4\\.0|LGPL-3\\.0-or-later|Zlib|WTFPL)\\b',
);
const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

export interface Shipped {
  readonly name: string;
  /** Relative to the project, `/` between its parts. */ readonly folder: string;
  readonly version: string;
  readonly license: string;
  readonly texts: readonly string[];
}

interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly dev?: boolean; readonly license?: string }>
  >;
}
interface PackageCard {
  readonly version: string;
  readonly license?: string | { readonly type?: string };
  readonly licenses?: readonly { readonly type?: string }[];
}

/** Every package that production needs, by the lock file. */
export function shippedPackages(projectRoot: string): Shipped[] {
  const lock = JSON.parse(readFileSync(path.join(projectRoot, 'package-lock.json'), 'utf8')) as LockFile;
  return Object.entries(lock.packages)
    .filter(
      ([place, card]) =>
        place.startsWith('node_modules/') && !card.dev && existsSync(path.join(projectRoot, place, 'package.json')),
    )
    .map(([place, card]) => {
      const folder = path.join(projectRoot, place);
      const own = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as PackageCard;
      const license =
        card.license ??
        (typeof own.license === 'string' ? own.license : own.license?.type) ??
        own.licenses?.[0]?.type ??
        'unknown';
      return {
        name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
        folder: place,
        version: card.version ?? own.version,
        license,
        texts: readdirSync(folder)
          .filter((name) => LICENCE_FILE.test(name))
          .sort()
          .map((name) => path.join(folder, name))
          .filter((file) => existsSync(file))
          .flatMap((file) => {
            try {
              return [readFileSync(file, 'utf8').trim()];
            } catch {
              return [];
            }
          }),
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version));
}

/** Packages whose licence must be looked at before shipping. */
export function doubtful(packages: readonly Shipped[]): Shipped[] {
  return packages.filter(({ license }) => !PERMISSIVE.test(license));
}

/** Name, version, licence and licence texts, package by package. */
export function licencesText(packages: readonly Shipped[]): string {
  const parts = packages.map(({ name, version, license, texts }) =>
    [`${name} ${version} (${license})`, ...texts].join('\n\n'),
  );
  const preface =
    'Quorum contains the following packages. TensorFlow, which the engine is made of, is fetched when it is first ' +
    'needed and brings its own licence (Apache-2.0).';
  const rule = '-'.repeat(80);
  return `${preface}\n\n${parts.join(`\n\n${rule}\n\n`)}\n`;
}
