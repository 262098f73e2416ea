/** A place for temporary files that is not there. */
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { abandonedTemporaryFolders, temporaryFolder } from '../../../core/files/temporaryFolder.ts';
import { temporaryFolder as folderOfTest } from '../db/fixtures.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('where the place for temporary files is missing, it is named with what to do, and sweeping finds nothing', () => {
  const missing = join(folderOfTest(), 'missing');
  vi.stubEnv('TMPDIR', missing);
  expect(() => temporaryFolder('program')).toThrow(
    expect.objectContaining({
      code: 'file.notFound',
      message: expect.stringContaining(`${missing} (TMPDIR)`),
      remedy: expect.stringContaining('set TMPDIR to a folder'),
    }),
  );
  expect(abandonedTemporaryFolders()).toEqual([]);
});
