import { expect, test } from 'vitest';
import { asStorageError } from '../../../../core/studio/records/storageErrors.ts';

const failed = (code: string, errno?: number): Error =>
  Object.assign(new Error(code), { code, errno, path: '/data/x' });

test.each([
  ['ENOSPC', 'file.diskFull'],
  ['SQLITE_FULL', 'file.diskFull'],
  ['EROFS', 'file.noPermission'],
  ['EACCES', 'file.noPermission'],
  ['SQLITE_READONLY', 'file.noPermission'],
  ['EMFILE', 'file.tooManyOpen'],
  ['EFBIG', 'file.tooLarge'],
  ['EIO', 'file.unreachable'],
  ['SQLITE_IOERR_SHMSIZE', 'file.damaged'],
  ['SQLITE_BUSY', 'database.busy'],
])('%s is %s, and says what now', (code, expected) => {
  expect(asStorageError(failed(code))).toMatchObject({ code: expected, remedy: expect.stringMatching(/./) });
});

test('what the network says about no file stays as it is', () => {
  const timedOut = Object.assign(new Error('connect'), { code: 'ETIMEDOUT' });
  expect(asStorageError(timedOut)).toBe(timedOut);
  expect(asStorageError(failed('ETIMEDOUT'))).toMatchObject({ code: 'file.unreachable' });
});

test('a fault of ours stays one', () => {
  const fault = new TypeError('undefined is not a function');
  expect(asStorageError(fault)).toBe(fault);
});
