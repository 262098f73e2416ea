/** The archive that a page downloads in place of a folder: what the system's tar makes of it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeTar } from '../../../../core/formats/archive/writeTar.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-tar-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('tar unpacks every file with its bytes, whatever their length', async () => {
  const source = join(folder, 'net');
  const files = {
    'model.json': Buffer.from('{}'),
    empty: Buffer.alloc(0),
    'assets.extra/classes.txt': Buffer.from('a\nb\n'),
    'whole-blocks.bin': Buffer.alloc(1024, 7),
  };
  mkdirSync(join(source, 'assets.extra'), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(source, name), bytes);
  await writeTar(source, join(folder, 'net.tar'));
  mkdirSync(join(folder, 'out'));
  execFileSync('tar', ['-xf', join(folder, 'net.tar'), '-C', join(folder, 'out')]);
  for (const [name, bytes] of Object.entries(files))
    expect(readFileSync(join(folder, 'out', 'net', name)), name).toEqual(bytes);
});

test('a name that the format cannot hold is refused, and so is writing over a file', async () => {
  const source = join(folder, 'long');
  mkdirSync(source);
  writeFileSync(join(source, 'x'.repeat(110)), '');
  await expect(writeTar(source, join(folder, 'long.tar'))).rejects.toMatchObject({ code: 'weights.limit' });
  await expect(writeTar(join(folder, 'net'), join(folder, 'net.tar'))).rejects.toMatchObject({ code: 'EEXIST' });
});
