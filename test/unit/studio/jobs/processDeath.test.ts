import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type MemoryFinding, MemoryWitness } from '../../../../core/studio/jobs/memoryWitness.ts';
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
  ['SIGSEGV', 'limited', 'run.outOfMemory', /ulimit -d/],
  ['SIGABRT', 'limited', 'run.outOfMemory', /smaller batch/],
  ['SIGSEGV', 'enough', 'run.workerDied', /quorum engine test/],
  ['SIGKILL', 'limited', 'run.workerDied', /A guard of the machine/],
  ['SIGKILL', 'killed', 'run.outOfMemory', /smaller batch/],
] as const)('%s with memory %s', (signal, memory, code, remedy) => {
  const error = deathInWords(
    'train',
    { code: null, signal },
    { killed: false, output: '', logFile: 'job.log', memory },
  );
  expect(error).toMatchObject({ code, remedy: expect.stringMatching(remedy) });
});

test.skipIf(process.platform !== 'linux')(
  'a process near its own limit of memory is seen, one without a limit is not',
  async () => {
    const watched = async (program: string, args: readonly string[]): Promise<MemoryFinding> => {
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
      const witness = new MemoryWitness(() => child.pid);
      await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
      expect(child.exitCode).toBeNull();
      await setTimeout(2_500);
      const finding = witness.finding();
      child.kill('SIGKILL');
      return finding;
    };
    const script =
      'globalThis.kept = Buffer.alloc(1_100_000_000, 1); console.log("there"); setTimeout(() => {}, 60_000)';
    const node = [process.execPath, '-e', script] as const;
    expect(await watched('prlimit', ['--data=2000000000', ...node])).toBe('limited');
    expect(await watched('prlimit', ['--data=unlimited', ...node])).toBe('enough');
  },
);

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
