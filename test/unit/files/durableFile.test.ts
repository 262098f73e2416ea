import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DurableFileSync,
  openDurableFile,
  placeDurably,
  removeAbandoned,
  temporaryBeside,
  writeDurableFile,
  writeDurableFileSync,
} from '../../../core/files/durableFile.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorum-durable-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a durable file', () => {
  it('is there under its name alone once committed', async () => {
    const path = join(folder, 'one.txt');
    await writeDurableFile(path, 'one');
    await expect(writeDurableFile(path, 'two')).rejects.toMatchObject({ code: 'file.exists' });
    expect(readFileSync(path, 'utf8')).toBe('one');
    await writeDurableFile(path, 'two', { overwrite: true });
    expect(readFileSync(path, 'utf8')).toBe('two');
    const file = await openDurableFile(path, { overwrite: true });
    await file.write(Buffer.from('three'));
    expect(readFileSync(path, 'utf8')).toBe('two');
    await file.discard();
    await file.discard();
    expect(readdirSync(folder)).toEqual(['one.txt']);
  });

  it('is not a folder', async () => {
    mkdirSync(join(folder, 'a'));
    await expect(writeDurableFile(join(folder, 'a'), '', { overwrite: true })).rejects.toMatchObject({
      code: 'file.exists',
    });
  });

  it('of two writers at once, both are whole, and the later one stays', () => {
    const path = join(folder, 'queue.json');
    const first = new DurableFileSync(path);
    const second = new DurableFileSync(path);
    first.write('first');
    second.write('second');
    first.commit();
    expect(readFileSync(path, 'utf8')).toBe('first');
    second.commit();
    expect(readFileSync(path, 'utf8')).toBe('second');
    writeDurableFileSync(path, 'third');
    expect(readFileSync(path, 'utf8')).toBe('third');
    expect(readdirSync(folder)).toEqual(['queue.json']);
  });

  it('has a temporary name that fits any file system', () => {
    const name = basename(temporaryBeside(join(folder, 'ü'.repeat(120))));
    expect(Buffer.byteLength(name)).toBeLessThan(255);
  });
});

it('what an ended process left is removed, what a running one writes is not', () => {
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  const left = `.pack.u8.${ended}-0123abcd.partial`;
  const written = basename(temporaryBeside(join(folder, 'pack.u8')));
  for (const name of [left, written, 'pack.u8', '.hidden.partial']) writeFileSync(join(folder, name), '');
  removeAbandoned(folder);
  expect(readdirSync(folder).sort()).toEqual([written, 'pack.u8', '.hidden.partial'].sort());
});

describe('putting a folder in place', () => {
  const fill = async (temporary: string, text: string): Promise<string> => {
    mkdirSync(temporary);
    writeFileSync(join(temporary, 'a.txt'), text);
    return Promise.resolve(text);
  };

  it('replaces what was there, whole', async () => {
    const path = join(folder, 'export');
    expect(await placeDurably(path, (temporary) => fill(temporary, 'one'))).toBe('one');
    await placeDurably(path, (temporary) => fill(temporary, 'two'));
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).toBe('two');
    expect(readdirSync(folder)).toEqual(['export']);
  });

  it('leaves it alone when writing fails', async () => {
    const path = join(folder, 'export');
    await placeDurably(path, (temporary) => fill(temporary, 'one'));
    const failing = placeDurably(path, async (temporary) => {
      await fill(temporary, 'two');
      throw new Error('stopped');
    });
    await expect(failing).rejects.toThrow('stopped');
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).toBe('one');
    expect(readdirSync(folder)).toEqual(['export']);
  });
});
