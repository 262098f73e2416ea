/** What it means that a job is gone at its place without having said how its run ended. */
import { StudioError } from '../../../contract/errors.ts';
import type { TrainEvent } from '../../../contract/run.ts';
import { type Left, NO_FOLDER } from './jobFolder.ts';
import type { JobSight } from './scheduler.ts';
import { NOT_FOUND } from './shell.ts';
import type { z } from 'zod';

export type Ending =
  | { readonly kind: 'stopped'; readonly finished: TrainEvent | null }
  /** Nobody's fault: another job goes on from the last checkpoint. */
  | { readonly kind: 'again'; readonly why: string }
  | { readonly kind: 'failed'; readonly error: StudioError };

export interface Circumstances {
  readonly place: string;
  readonly id: string;
  /** By the user, once or twice. */
  readonly stopped: boolean;
  readonly killed: boolean;
  /** Its last word, where it left to go on later. */
  readonly left: z.infer<typeof Left> | null;
  /** The end of what its script printed. */
  readonly output: string;
}

const AGAIN: Readonly<Record<string, string>> = {
  TIMEOUT: 'reached its time limit before it had saved',
  PREEMPTED: 'was preempted by another job',
  NODE_FAIL: 'lost its node',
  BOOT_FAIL: 'lost its node',
  REBOOTED: 'ended because the machine restarted',
};
const RESUME = 'The last checkpoint is kept; continue with --resume.';

export function endingOf(sight: JobSight, circumstances: Circumstances): Ending {
  const { place, id, stopped, killed, left, output } = circumstances;
  const job = `Job ${id} on ${place}`;
  const state = sight.state ?? '';
  const cancelled = state.startsWith('CANCELLED');
  if (stopped || killed || cancelled) {
    if (left?.finished) return { kind: 'stopped', finished: left.finished };
    if (killed) return failed('job.stopped', `${job} was ended.`);
    if (stopped && cancelled) return failed('job.stopped', `${job} was removed from the queue.`);
    if (cancelled && left === null)
      return failed('run.workerDied', `${job} was cancelled before it had saved.`, RESUME);
    if (cancelled) return failed('job.stopped', `${job} was cancelled.`);
  }
  const again = AGAIN[state];
  if (again !== undefined) return { kind: 'again', why: `${job} ${again}.` };
  if (left !== null) return { kind: 'again', why: `${job} left before the run had ended.` };
  if (state === 'OUT_OF_MEMORY')
    return failed(
      'run.outOfMemory',
      `${job} ran out of memory: Slurm ended it.`,
      `Ask for more memory in Settings → Places, or use a smaller batch. ${RESUME}`,
    );
  if (sight.exit?.code === NO_FOLDER)
    return failed(
      'place.refused',
      `${job} did not find the run's folder on ${sight.node ?? 'its node'}.`,
      'Set the path of the data folder in Settings → Places; the machine that trains must see it.',
    );
  if (sight.exit?.code === NOT_FOUND)
    return failed(
      'place.refused',
      `${job} did not find the program quorum there${output === '' ? '' : `: ${output}`}.`,
      'Set its module or path in Settings → Places.',
    );
  return failed('run.workerDied', `${job} ${exitWords(sight)}${output === '' ? '.' : `: ${output}`}`, RESUME);
}

function exitWords({ state, exit }: JobSight): string {
  if (state === null) return 'is not known there any more, and did not say how its run ended';
  // as a shell says it of a program
  const signal = exit?.signal || Math.max(0, (exit?.code ?? 0) - 128);
  const how = signal > 0 ? `, by signal ${signal}` : exit?.code ? `, with code ${exit.code}` : '';
  return `ended as ${state}${how}, without saying how its run ended`;
}

function failed(
  code: 'job.stopped' | 'run.workerDied' | 'run.outOfMemory' | 'place.refused',
  message: string,
  remedy?: string,
): Ending {
  return { kind: 'failed', error: new StudioError(code, message, remedy === undefined ? {} : { remedy }) };
}
