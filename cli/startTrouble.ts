/**
 * Limits of the system under which nothing can even be loaded, told before the rest of the program is: each module is a
 * file that is opened, and each library takes memory.
 */
import { closeSync, openSync } from 'node:fs';
import { processLimit } from '../core/files/processLimits.ts';

/** What a command and its job open at once, beside what Node itself has open. */
const DESCRIPTORS = 16;

export interface StartTrouble {
  readonly code: 'file.tooManyOpen' | 'run.outOfMemory';
  readonly message: string;
  readonly remedy: string;
}

const FEW_DESCRIPTORS: StartTrouble = {
  code: 'file.tooManyOpen',
  message: 'Quorum may not open enough files: the limit of open files is too low, or the system has no more.',
  remedy: 'Raise the limit (ulimit -n 4096) and start Quorum again.',
};

const LITTLE_MEMORY: StartTrouble = {
  code: 'run.outOfMemory',
  message: 'The system gives Quorum too little memory to load its libraries.',
  remedy: 'Raise the limit of memory (ulimit -v unlimited), or close other programs.',
};

/** Null where enough files can be opened. */
export function descriptorTrouble(): StartTrouble | null {
  const open: number[] = [];
  try {
    while (open.length < DESCRIPTORS) open.push(openSync(process.execPath, 'r'));
    return null;
  } catch (error) {
    return loadingTrouble(error);
  } finally {
    for (const file of open) closeSync(file);
  }
}

/** Why the program could not be loaded; null where that is no matter of limits. */
export function loadingTrouble(error: unknown): StartTrouble | null {
  const text = error instanceof Error ? `${'code' in error ? String(error.code) : ''} ${error.message}` : '';
  if (/\b(EMFILE|ENFILE)\b/.test(text)) return FEW_DESCRIPTORS;
  // said of a disk that holds no programs (noexec), too
  if (/failed to map segment/.test(text)) return processLimit('addressSpace') === null ? null : LITTLE_MEMORY;
  if (/cannot allocate memory|\bENOMEM\b/i.test(text)) return LITTLE_MEMORY;
  return null;
}
