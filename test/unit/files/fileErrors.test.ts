import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { StudioError } from '../../../contract/errors.ts';
import { fileError, isDiskFull, systemCode } from '../../../core/files/fileErrors.ts';

/** As libuv makes them: a full quota has a number and no name. */
function systemError(code: string, errno?: number): Error {
  return Object.assign(new Error(`${code}: it went wrong`), { code, errno });
}

const folder = mkdtempSync(join(tmpdir(), 'quorum-errors-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function failure(action: () => Promise<unknown>): Promise<unknown> {
  return action().then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
}

test.each([
  ['ENOSPC', 'file.diskFull'],
  ['EACCES', 'file.noPermission'],
  ['EPERM', 'file.noPermission'],
  ['EROFS', 'file.noPermission'],
  ['ENOENT', 'file.notFound'],
  ['ENOTDIR', 'file.notFound'],
  ['ELOOP', 'file.notFound'],
  ['EEXIST', 'file.exists'],
  ['EISDIR', 'file.exists'],
  ['ENAMETOOLONG', 'input.invalid'],
  ['EMFILE', 'file.tooManyOpen'],
  ['ENFILE', 'file.tooManyOpen'],
  ['EFBIG', 'file.tooLarge'],
  ['EIO', 'file.unreachable'],
  ['ESTALE', 'file.unreachable'],
])('%s is %s, with the path and a remedy', (system, code) => {
  const error = fileError(systemError(system), '/data/a.png') as StudioError;
  expect(error).toMatchObject({ code, details: { path: '/data/a.png', system } });
  expect(error.message).toContain('/data/a.png');
  expect(error.remedy).toMatch(/^[A-Z].*\.$/);
});

test('a full quota is known by its number', () => {
  const quota = systemError('Unknown system error -122', -122);
  expect(systemCode(quota)).toBe('EDQUOT');
  expect(isDiskFull(quota)).toBe(true);
  expect(fileError(quota, '/data/a.bin')).toMatchObject({ code: 'file.diskFull' });
});

test('anything else comes back as it is', () => {
  const odd = systemError('EUNHEARD');
  const own = new StudioError('dataset.empty', 'There is nothing.', { cause: systemError('ENOENT') });
  expect(fileError(odd, '/x')).toBe(odd);
  expect(fileError(own, '/x')).toBe(own);
  expect(fileError('text', '/x')).toBe('text');
});

test('who knows more about the place says it in its own words, also after a first translation', () => {
  const first = fileError(systemError('ENOSPC'), '/run/weights', { doing: 'write' });
  expect(
    fileError(first, '/run', { doing: 'write', remedies: { 'file.diskFull': 'Then resume the run.' } }),
  ).toMatchObject({
    code: 'file.diskFull',
    message: 'The disk is full: /run could not be written.',
    remedy: 'Then resume the run.',
  });
});

test('a data set has codes of its own', () => {
  expect(fileError(systemError('ENOENT'), '/x', { subject: 'dataset' })).toMatchObject({ code: 'dataset.notFound' });
  expect(fileError(systemError('EIO'), '/x', { subject: 'dataset' })).toMatchObject({ code: 'dataset.unavailable' });
  expect(fileError(systemError('ENOSPC'), '/x', { subject: 'dataset' })).toMatchObject({ code: 'file.diskFull' });
});

describe.runIf(process.platform === 'linux')('what the system really says', () => {
  it('a full disk', async () => {
    const full = await open('/dev/full', 'w');
    const error = await failure(() => full.write(new Uint8Array(10)));
    await full.close();
    expect(fileError(error, 'predictions.csv', { doing: 'write' })).toMatchObject({
      code: 'file.diskFull',
      message: 'The disk is full: predictions.csv could not be written.',
    });
  });

  it('a circle of links, and a name beyond the limit', async () => {
    const loop = join(folder, 'loop');
    symlinkSync(loop, loop);
    expect(fileError(await failure(() => readFile(loop)), loop)).toMatchObject({ code: 'file.notFound' });
    const long = join(folder, 'x'.repeat(300));
    expect(fileError(await failure(() => writeFile(long, '')), long)).toMatchObject({ code: 'input.invalid' });
  });
});
