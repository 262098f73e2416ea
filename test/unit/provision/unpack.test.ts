import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { unpackWheel } from '../../../core/provision/unpack.ts';
import { storedZip } from './storedZip.ts';
import { temporaryFolder } from './temporaryFolder.ts';

test('only the listed files are written, under our names', async () => {
  const folder = temporaryFolder();
  const wheel = path.join(folder, 'a.whl');
  const target = path.join(folder, 'out');
  writeFileSync(
    wheel,
    storedZip([
      ['pkg/evil.sh', 'no'],
      ['pkg/lib.so', 'library'],
      ['pkg/bin/tool', 'program'],
      ['pkg/other.py', 'no'],
    ]),
  );
  let bytes = 0;
  await unpackWheel(
    wheel,
    [
      { from: 'pkg/lib.so', to: 'lib/lib.so.2' },
      { from: 'pkg/bin/tool', to: 'bin/tool', executable: true },
    ],
    target,
    (more) => {
      bytes += more;
    },
  );
  expect(readdirSync(target, { recursive: true }).sort()).toEqual(['bin', 'bin/tool', 'lib', 'lib/lib.so.2']);
  expect(readFileSync(path.join(target, 'lib/lib.so.2'), 'utf8')).toBe('library');
  expect(statSync(path.join(target, 'bin/tool')).mode & 0o111).toBe(0o111);
  expect(bytes).toBe('library'.length + 'program'.length);
});

test('an archive whose names climb out of the folder writes nothing', async () => {
  const folder = temporaryFolder();
  const wheel = path.join(folder, 'a.whl');
  writeFileSync(
    wheel,
    storedZip([
      ['../climbed', 'no'],
      ['pkg/lib.so', 'library'],
    ]),
  );
  await expect(
    unpackWheel(wheel, [{ from: 'pkg/lib.so', to: 'lib.so' }], path.join(folder, 'out'), () => undefined),
  ).rejects.toMatchObject({ code: 'archive.hostile' });
  expect(existsSync(path.join(folder, 'climbed'))).toBe(false);
});

test('a listed file that is not there is named', async () => {
  const folder = temporaryFolder();
  const wheel = path.join(folder, 'a.whl');
  writeFileSync(wheel, storedZip([['pkg/lib.so', 'library']]));
  await expect(
    unpackWheel(wheel, [{ from: 'pkg/gone.so', to: 'gone.so' }], folder, () => undefined),
  ).rejects.toMatchObject({ code: 'file.damaged', message: 'a.whl holds no pkg/gone.so.' });
});
