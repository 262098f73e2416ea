/**
 * Names of files that are no UTF-8, as old archives leave them behind on Linux. They are kept byte for byte: in a name,
 * each byte that is no UTF-8 is written `\xE4`, which is what lists, classes and tables show. The system only takes
 * such
 * a name as bytes, and a program that takes paths as text is handed a link to the file.
 */
import { isUtf8 } from 'node:buffer';
import { existsSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { temporaryFolder } from '../../files/temporaryFolder.ts';

const ESCAPED = /\\x([8-9A-F][0-9A-F])/g;

/** The name as text, from which `bytesOfName` makes the same bytes again. */
export function textOfName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = [1, 2, 3, 4].find((count) => at + count <= bytes.length && isUtf8(bytes.subarray(at, at + count)));
    text +=
      length === undefined ? `\\x${bytes[at]!.toString(16).toUpperCase()}` : bytes.toString('utf8', at, at + length);
    at += length ?? 1;
  }
  return text;
}

function bytesOfName(text: string): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const match of text.matchAll(ESCAPED)) {
    parts.push(Buffer.from(text.slice(from, match.index), 'utf8'), Buffer.from(match[1]!, 'hex'));
    from = match.index + match[0].length;
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(from), 'utf8')]);
}

/** What is said about names among `paths` that are no UTF-8; nothing where there are none. */
export function noteByteNames(paths: readonly string[]): string[] {
  const names = paths.filter((path) => path.search(ESCAPED) >= 0);
  const [first] = names;
  if (first === undefined) return [];
  return [
    `${names.length === 1 ? 'the name of 1 image is' : `the names of ${names.length.toLocaleString('en')} images are`} ` +
      `no UTF-8, as from an old archive; the bytes are shown as in ${first} (convmv renames whole folders)`,
  ];
}

/** Links of this process, by what they lead to. */
const links = new Map<string, string>();
let folderOfLinks: string | null = null;

/** A path for the system: `path` itself, or where only its bytes name a file, that of a link to it. */
export function systemPath(path: string): string {
  if (!path.includes('\\x') || existsSync(path)) return path;
  const known = links.get(path);
  if (known !== undefined) return known;
  const bytes = bytesOfName(path);
  if (isUtf8(bytes) || !existsSync(bytes)) return path;
  const link = join((folderOfLinks ??= newFolder()), hash('sha1', bytes));
  symlinkSync(bytes, link);
  links.set(path, link);
  return link;
}

function newFolder(): string {
  const folder = temporaryFolder('names');
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** What tells two places apart, links followed: names that differ in such bytes look the same as text. */
export function realPlace(path: string): string {
  return realpathSync.native(path, { encoding: 'buffer' }).toString('latin1');
}
