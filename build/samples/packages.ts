/** The two public packages that the sample pictures come from: names, versions, hashes, and how to get them. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SourcePackage {
  readonly name: string;
  readonly version: string;
  /** The archive's file name as its client saves it. */
  readonly archive: string;
  readonly sha256: string;
  /** Client command that saves the archive into the current folder. */
  readonly download: readonly [string, ...string[]];
  /** Command that unpacks `archive` into `folder`. */
  readonly unpack: (archive: string, folder: string) => readonly [string, ...string[]];
}

export const FASHION_MNIST: SourcePackage = {
  name: 'dataset-fashion-mnist (Debian)',
  version: '0.0~git20200523.55506a9-1',
  archive: 'dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb',
  sha256: '39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0',
  download: ['apt-get', 'download', 'dataset-fashion-mnist=0.0~git20200523.55506a9-1'],
  unpack: (archive, folder) => ['dpkg-deb', '--extract', archive, folder],
};

export const NOTO_EMOJI: SourcePackage = {
  name: 'emoji-datasource-google (npm)',
  version: '16.0.0',
  archive: 'emoji-datasource-google-16.0.0.tgz',
  sha256: 'fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438',
  download: ['npm', 'pack', 'emoji-datasource-google@16.0.0'],
  unpack: (archive, folder) => ['tar', '--extract', '--gzip', '--file', archive, '--directory', folder],
};

/**
 * Downloads `source` into `workFolder` unless it is there, checks its hash, unpacks it, and returns the unpacked
 * folder.
 */
export function fetchPackage(source: SourcePackage, workFolder: string): string {
  const archive = join(workFolder, source.archive);
  if (!existsSync(archive)) run(source.download, workFolder);
  const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (sha256 !== source.sha256)
    throw new Error(`${source.archive} has SHA-256 ${sha256}, expected ${source.sha256}; delete it and try again`);
  const folder = join(workFolder, source.archive.replace(/\.(deb|tgz)$/, ''));
  mkdirSync(folder, { recursive: true });
  run(source.unpack(archive, folder), workFolder);
  return folder;
}

function run([command, ...args]: readonly [string, ...string[]], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}
