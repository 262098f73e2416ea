import { expect, test, vi } from 'vitest';
import { StudioError } from '../../../../contract/errors.ts';
import { mayPass, onceItCanBeStored } from '../../../../core/studio/training/storagePatience.ts';

const withCode = (code: string, errno?: number): Error => Object.assign(new Error(code), { code, errno });

test.each([
  withCode('SQLITE_BUSY'),
  withCode('SQLITE_IOERR_WRITE'),
  withCode('SQLITE_READONLY'),
  withCode('SQLITE_FULL'),
  withCode('EIO', -5),
  withCode('EACCES', -13),
  withCode('EROFS', -30),
  withCode('Unknown system error -122', -122),
  new StudioError('database.busy', 'Another program writes.'),
])('%s may pass', (error) => {
  expect(mayPass(error)).toBe(true);
});

test.each([
  withCode('SQLITE_CONSTRAINT_FOREIGNKEY'),
  withCode('SQLITE_CORRUPT'),
  withCode('EFBIG', -27),
  new TypeError('a fault of ours'),
])('%s would be the same again', (error) => {
  expect(mayPass(error)).toBe(false);
});

test('what cannot be stored now is stored later, and that is said once', async () => {
  vi.useFakeTimers();
  try {
    const told = vi.fn();
    let left = 3;
    const stored = onceItCanBeStored(
      async () => {
        if (left-- > 0) throw withCode('SQLITE_BUSY');
        return 'stored';
      },
      new AbortController().signal,
      told,
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await stored).toBe('stored');
    expect(told).toHaveBeenCalledTimes(1);
  } finally {
    vi.useRealTimers();
  }
});
