import { expect, test } from 'vitest';
import { deathInWords } from '../../../../core/studio/jobs/processDeath.ts';

const words = (output: string): string =>
  deathInWords('import', { code: 70, signal: null }, { killed: false, output, logFile: 'job.log', memory: 'enough' })
    .message;

test('of an error that was printed with its properties its message is told, not its last property', () => {
  const printed = [
    'Error: libvips-cpp.so.8.18.7: failed to map segment from shared object',
    '    at Object..node (node:internal/modules/cjs/loader:1925:18)',
    '    at Module.load (node:internal/modules/cjs/loader:1481:32) {',
    "  code: 'ERR_DLOPEN_FAILED'",
    '}',
    '',
    'Node.js v24.21.0',
  ];
  expect(words(printed.join('\n'))).toBe(
    'The job process failed with exit code 70: Error: libvips-cpp.so.8.18.7: failed to map segment from shared object.',
  );
  const code = [
    'RangeError [ERR_OUT_OF_RANGE]: The value of "position" is out of range.',
    "  code: 'ERR_OUT_OF_RANGE'",
  ];
  expect(words(code.join('\n'))).toContain('The value of "position" is out of range.');
});

test('without an error the last line that says something is told', () => {
  expect(words('Aborted by a guard\n}\n')).toContain('Aborted by a guard');
  expect(words('')).toBe('The job process failed with exit code 70.');
});

test.each([
  ['spawn node EMFILE', 'file.tooManyOpen', /ulimit -n/],
  ['spawn node EAGAIN', 'run.workerDied', /ulimit -u/],
  ['spawn node ENOENT', 'run.workerDied', /completely installed/],
])('a process that could not be started: %s', (startError, code, remedy) => {
  const error = deathInWords(
    'train',
    { code: null, signal: null, startError },
    { killed: false, output: '', logFile: 'job.log', memory: 'enough' },
  );
  expect(error).toMatchObject({ code, remedy: expect.stringMatching(remedy) });
});
