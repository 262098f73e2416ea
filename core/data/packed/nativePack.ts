/** The packed cache that import writes on the way, for as long as all pictures turn out to be squares of one size. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { MAX_NATIVE_SIDE } from '../pictures/decodeMessages.ts';
import { readFully } from '../../files/readFully.ts';
import { PackWriter, requirePackSpace, type PackSummary } from './packFile.ts';

/**
 * Starts gray and is rewritten as RGB when the first colour picture comes. Given up, and deleted, at the first picture
 * of another size.
 */
export class NativePack {
  readonly #path: string;
  readonly #expected: number;
  #side: number | null = 0;
  #color: 'gray' | 'rgb' = 'gray';
  #file: number | null = null;
  #writer: PackWriter | null = null;
  #count = 0;

  /** `expected` pictures at most will be added; used to see early that the disk is too small. */
  constructor(path: string, expected: number) {
    this.#path = path;
    this.#expected = expected;
  }

  /** Side of the pictures; 0 before the first, null when given up. */
  get side(): number | null {
    return this.#side;
  }

  get color(): 'gray' | 'rgb' {
    return this.#color;
  }

  /** Adds the next picture: `rgb` is `width × height × 3`, and may be null where the size rules it out anyway. */
  add(width: number, height: number, gray: boolean, rgb: Uint8Array | null): void {
    if (this.#side === null) return;
    if (this.#side === 0 && width === height && width <= MAX_NATIVE_SIDE) {
      requirePackSpace(dirname(this.#path), this.#expected * width * height * (gray ? 1 : 3));
      this.#side = width;
      this.#open(this.#path);
    }
    if (width !== this.#side || height !== this.#side) {
      this.discard();
      return;
    }
    if (rgb === null) throw new Error(`the pixels of a ${width} × ${height} image were not kept`);
    if (!gray && this.#color === 'gray') this.#promote();
    this.#writer?.write(this.#color === 'gray' ? firstChannel(rgb) : rgb);
    this.#count += 1;
  }

  /** Syncs and closes the file; null when there is none. */
  finish(): PackSummary | null {
    if (this.#file === null || this.#writer === null) return null;
    const summary = this.#writer.finish();
    fsyncSync(this.#file);
    closeSync(this.#file);
    this.#file = null;
    return summary;
  }

  /** Closes and deletes the file; further pictures are ignored. */
  discard(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
    this.#writer = null;
    this.#side = null;
    rmSync(this.#path, { force: true });
  }

  #open(path: string): void {
    this.#file = openSync(path, 'w+');
    this.#writer = new PackWriter(this.#file);
  }

  #promote(): void {
    const grayFile = this.#file!;
    const imageBytes = this.#side! ** 2;
    requirePackSpace(dirname(this.#path), this.#expected * imageBytes * 3);
    const temporary = `${this.#path}.rgb`;
    this.#open(temporary);
    const gray = new Uint8Array(imageBytes);
    for (let i = 0; i < this.#count; i += 1) {
      readFully(grayFile, gray, imageBytes, i * imageBytes);
      this.#writer?.write(repeatChannel(gray));
    }
    closeSync(grayFile);
    renameSync(temporary, this.#path);
    this.#color = 'rgb';
  }
}

function firstChannel(rgb: Uint8Array): Uint8Array {
  const gray = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < gray.length; i += 1) gray[i] = rgb[3 * i]!;
  return gray;
}

/** Three equal channels from one. */
export function repeatChannel(gray: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(gray.length * 3);
  for (let i = 0, at = 0; i < gray.length; i += 1, at += 3) {
    const value = gray[i]!;
    rgb[at] = value;
    rgb[at + 1] = value;
    rgb[at + 2] = value;
  }
  return rgb;
}
