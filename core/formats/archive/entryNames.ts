/**
 * Names in an archive. They are labels: no file is ever written under one. Still, an archive whose names are made to
 * escape is not trusted at all.
 */
import { beyondLimit, hostile } from './archiveErrors.ts';

const MAX_NAME_LENGTH = 1024;
const MAX_DEPTH = 64;
const MAX_FOLDERS = 200_000;

function quoted(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
}

/**
 * The upper half of code page 437, which zip archives use where they do not say otherwise (PKWARE's APPNOTE, appendix
 * D).
 */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

function decodeCp437(bytes: Buffer): string {
  return Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : CP437[byte - 128]!)).join('');
}

/**
 * UTF-8; where it is none and need not be, code page 437 in a zip archive and Latin-1 elsewhere. Two bytes for one of
 * the first 128 characters are never honest.
 * @throws {StudioError} archive.hostile
 */
export function decodeName(bytes: Buffer, mustBeUtf8: boolean, otherwise: 'latin1' | 'cp437' = 'latin1'): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const overlong =
      bytes.some((byte, i) => (byte === 0xc0 || byte === 0xc1) && ((bytes[i + 1] ?? 0) & 0xc0) === 0x80) ||
      bytes.includes(Buffer.from([0xe0, 0x80]));
    if (mustBeUtf8 || overlong) throw hostile(`a name is no proper UTF-8 (${bytes.subarray(0, 40).toString('hex')})`);
    return otherwise === 'cp437' ? decodeCp437(bytes) : bytes.toString('latin1');
  }
}

/**
 * The name with `/` between its folders, without `.` and empty parts; '' for the root.
 * @throws {StudioError} archive.hostile
 */
export function cleanName(name: string): string {
  const slashes = name.replaceAll('\\', '/');
  if (name.includes('\0')) throw hostile(`the name ${quoted(name)} has a NUL in it`);
  if (slashes.startsWith('/') || /^[A-Za-z]:/.test(slashes))
    throw hostile(`the name ${quoted(name)} is an absolute path`);
  if (name.length > MAX_NAME_LENGTH)
    throw hostile(`a name has ${name.length.toLocaleString('en')} characters (${quoted(name)})`);
  const parts = slashes.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw hostile(`the name ${quoted(name)} leads out of the archive`);
  if (parts.length > MAX_DEPTH) throw hostile(`a name has ${parts.length} folders (${quoted(name)})`);
  return parts.join('/');
}

/** Whether a link in the archive, called `name`, points outside of it. */
export function escapes(name: string, target: string, from: 'its folder' | 'the root'): boolean {
  const slashes = target.replaceAll('\\', '/');
  if (slashes.startsWith('/') || /^[A-Za-z]:/.test(slashes)) return true;
  const parts = from === 'its folder' ? name.split('/').slice(0, -1) : [];
  for (const part of slashes.split('/')) {
    if (part === '..' && parts.pop() === undefined) return true;
    if (part !== '..' && part !== '.' && part !== '') parts.push(part);
  }
  return false;
}

/** Everything named so far: no name twice, no file where a folder is, nothing below a link. */
export class EntryNames {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>(['']);
  readonly #links = new Set<string>();
  /** Names as written, where that differs from their normal form. */
  readonly #exact = new Map<string, string>();

  /**
   * False for a name that only differs in how its accents are composed from one that was there.
   * @throws {StudioError} archive.hostile
   */
  addFile(name: string): boolean {
    const key = name.normalize('NFC');
    this.addFolder(key.slice(0, Math.max(0, key.lastIndexOf('/'))));
    if (this.#folders.has(key)) throw hostile(`${quoted(name)} is a file and a folder`);
    if (this.#links.has(key)) throw hostile(`${quoted(name)} is there twice, once as a link`);
    if (this.#files.has(key)) {
      if ((this.#exact.get(key) ?? key) === name) throw hostile(`${quoted(name)} is there twice`);
      return false;
    }
    this.#files.add(key);
    if (key !== name) this.#exact.set(key, name);
    return true;
  }

  addFolder(name: string): void {
    const key = name.normalize('NFC');
    if (this.#folders.has(key)) return;
    if (this.#files.has(key)) throw hostile(`${quoted(name)} is a file and a folder`);
    if (this.#links.has(key)) throw hostile(`${quoted(name)} is a link and a folder`);
    this.addFolder(key.slice(0, Math.max(0, key.lastIndexOf('/'))));
    this.#folders.add(key);
    if (this.#folders.size > MAX_FOLDERS)
      throw beyondLimit(`it has more than ${MAX_FOLDERS.toLocaleString('en')} folders`);
  }

  addLink(name: string): void {
    const key = name.normalize('NFC');
    if (this.#files.has(key) || this.#folders.has(key) || this.#links.has(key))
      throw hostile(`${quoted(name)} is there twice, once as a link`);
    this.addFolder(key.slice(0, Math.max(0, key.lastIndexOf('/'))));
    this.#links.add(key);
  }
}
