/** An error as the user sees it, and the exit code that goes with it. */
import { CommanderError } from 'commander';
import { StudioError } from '../contract/errors.ts';
import { asStorageError } from '../core/studio/records/storageErrors.ts';
import { printable } from './format.ts';
import { INTERRUPTED_EXIT_CODE } from './interrupts.ts';

/**
 * 0 for help and version, 2 for a command line that makes no sense, 130 for what was stopped, 1 for everything that
 * failed.
 */
export function reportError(thrown: unknown, json: boolean): number {
  const error = asStorageError(thrown);
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof StudioError) {
    if (json) process.stderr.write(`${JSON.stringify({ type: 'error', error: error.toReport() })}\n`);
    else process.stderr.write(`${printable(error.message)}\n${error.remedy ? `${printable(error.remedy)}\n` : ''}`);
    if (error.code === 'job.stopped') return INTERRUPTED_EXIT_CODE;
    return error.code === 'input.invalid' || error.code === 'run.badSpec' ? 2 : 1;
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    json
      ? `${JSON.stringify({ type: 'error', error: { code: 'internal', message } })}\n`
      : `This is a fault in Quorum:\n${message}\n`,
  );
  return 1;
}
