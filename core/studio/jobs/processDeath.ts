/** What it means when a job process is gone without having said so. */
import { StudioError } from '../../../contract/errors.ts';
import { fileError } from '../../files/fileErrors.ts';
import { processLimit } from '../../files/processLimits.ts';
import type { JobExit } from './jobChild.ts';
import type { MemoryFinding } from './memoryWitness.ts';

const SIGNALS: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  SIGKILL: [
    'was killed by another program (SIGKILL); the kernel itself killed nothing for memory',
    'A guard of the machine may have done it, for memory or for time: close other programs, or use a smaller ' +
      'batch or image size.',
  ],
  SIGSEGV: [
    'crashed in native code (segmentation fault)',
    'Run quorum engine test; if that fails too, run quorum engine install again.',
  ],
  SIGBUS: [
    'crashed in native code (bus error); a full disk or a file that shrank under it can be the cause',
    'Check the free space, then run quorum engine test.',
  ],
  SIGILL: [
    'used an instruction that this processor does not have',
    'Run quorum engine test; the wasm engine (--device wasm) works on every processor.',
  ],
  SIGABRT: ['was aborted by a check inside the engine', 'The end of its log says which; run quorum engine test.'],
  SIGFPE: ['crashed in native code (arithmetic fault)', 'Run quorum engine test.'],
  SIGTERM: ['was asked to end by another program', 'Continue the run with --resume.'],
};
/** How a shell and some launchers report death by a signal: 128 + its number. */
const SIGNAL_NUMBERS: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
};

/** How native code ends that does not expect to be refused memory. */
const CRASHES = new Set(['SIGSEGV', 'SIGBUS', 'SIGABRT']);

/** What a process prints when the system gives it no more memory and it cannot go on. */
const ALLOCATION_FAILED =
  /std::bad_alloc|Array buffer allocation failed|Cannot allocate memory|OOM when allocating|out of memory/i;
/** What the loader says where a library finds no room; also where its disk holds no programs (noexec). */
const NOT_MAPPED = /failed to map segment/;
const LESS_MEMORY = 'Use a smaller batch or image size or bf16, or close other programs.';

/** The error of a `kind` job whose process ended as `exit` says; `output` is the end of what it printed. */
export function deathInWords(
  kind: string,
  exit: JobExit,
  { killed, output, logFile, memory }: { killed: boolean; output: string; logFile: string; memory: MemoryFinding },
): StudioError {
  const details = { job: kind, exitCode: exit.code, signal: exit.signal, output: output.slice(-1000), logFile, memory };
  if (exit.startError !== undefined) return notStarted(exit.startError, details);
  if (killed)
    return new StudioError('run.workerDied', 'The job process was killed on request, before it could save.', {
      remedy:
        kind === 'train'
          ? 'The last checkpoint is kept; continue with --resume.'
          : 'Start it again when you are ready.',
      details,
    });
  const signal = exit.signal ?? (exit.code !== null && exit.code > 128 ? SIGNAL_NUMBERS[exit.code - 128] : undefined);
  const known = signal ? SIGNALS[signal] : undefined;
  const saved = kind === 'train' ? ' The last checkpoint is kept; continue with --resume.' : '';
  if (signal === 'SIGKILL' && memory !== 'enough' && memory !== 'limited') {
    const how = {
      killed: 'the kernel killed it because memory ran out',
      low: 'it was killed (SIGKILL) when nearly no memory was left',
      unknown: 'it was killed (SIGKILL), most likely because memory ran out',
    }[memory];
    return new StudioError('run.outOfMemory', `The job process ran out of memory: ${how}.`, {
      remedy: LESS_MEMORY + saved,
      details: { ...details, shortage: memory === 'killed' ? 'kernel' : 'inferred' },
    });
  }
  if (memory === 'limited' && signal !== undefined && CRASHES.has(signal))
    return new StudioError(
      'run.outOfMemory',
      `The job process ran out of memory: it ${known?.[0] ?? 'crashed'} near its own limit of memory (ulimit).`,
      {
        remedy: `Raise the limit (ulimit -d, ulimit -v), or use a smaller batch or image size or bf16.${saved}`,
        details: { ...details, shortage: 'inferred' },
      },
    );
  const complaint =
    exit.code === 0
      ? undefined
      : output
          .split('\n')
          .findLast((line) => ALLOCATION_FAILED.test(line))
          ?.trim();
  if (complaint !== undefined)
    return new StudioError(
      'run.outOfMemory',
      `The job process ran out of memory: the system gave it no more (${complaint.slice(0, 200)}).`,
      { remedy: LESS_MEMORY + saved, details: { ...details, shortage: 'allocation' } },
    );
  if (signal)
    return new StudioError('run.workerDied', `The job process ${known?.[0] ?? `was ended by signal ${signal}`}.`, {
      remedy: (known?.[1] ?? `Its output is in ${logFile}.`) + saved,
      details,
    });
  const lastLine = lastWords(output);
  if (lastLine !== undefined && NOT_MAPPED.test(lastLine) && processLimit('addressSpace') !== null)
    return new StudioError('run.workerDied', `The job process has too little memory for its libraries (${lastLine}).`, {
      remedy: `Raise the limit of memory (ulimit -v unlimited) and start Quorum again.${saved}`,
      details,
    });
  return new StudioError(
    'run.workerDied',
    exit.code === 0
      ? 'The job process ended without a result.'
      : `The job process failed with exit code ${exit.code}${lastLine ? `: ${lastLine}` : ''}.`,
    { remedy: `Its output is in ${logFile}.${saved}`, details },
  );
}

function notStarted(startError: string, details: StudioError['details']): StudioError {
  const code = /\b(EMFILE|ENFILE|EAGAIN)\b/.exec(startError)?.[0];
  if (code === 'EAGAIN')
    return new StudioError('run.workerDied', 'The job process could not be started: the system allows no more.', {
      remedy: 'Close other programs, or raise the limit of processes (ulimit -u), and start again.',
      details,
    });
  if (code !== undefined) {
    const known = fileError(Object.assign(new Error(startError), { code }), 'the channels of a job process');
    if (known instanceof StudioError) return known;
  }
  return new StudioError('run.workerDied', `The job process could not be started: ${startError}.`, {
    remedy: 'Check that Quorum is completely installed (npm install).',
    details,
  });
}

/**
 * The line that says what went wrong: that of the last error in a stack trace; without one the last that says
 * something, which is no place in a trace, no property of an error, no closing bracket and not Node's own signature.
 */
function lastWords(output: string): string | undefined {
  const lines = output.split('\n').map((line) => line.trim());
  return (
    lines.findLast((line) => /^(Uncaught )?\w*(Error|Exception)( \[\w+\])?: /.test(line)) ??
    lines.findLast((line) => line !== '' && !/^(at |[{}\]]|Node\.js v|\[?cause|\w+: .*,?$)/.test(line))
  );
}
