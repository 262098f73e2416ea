/** Finds the picture that a job process died of or hangs at, so that the next one leaves it out. */
import { hash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { makeFolderSync } from '../../files/makeFolder.ts';
import { StudioError } from '../../../contract/errors.ts';
import { refuse, type RefusedPicture, takeSuspects } from '../../data/pictures/decodeJournal.ts';
import { probePicturesJob } from '../../worker/jobs/probePictures/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';

/** Processes that may be lost to pictures in one piece of work; more of them is no picture's fault. */
export const MOST_POISON = 5;
const NATIVE_DEATHS: readonly unknown[] = ['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE'];

/** Whether a job died as a decoder does: by a fault in native code, not by anybody's hand. */
export function diedInNativeCode(error: unknown): error is StudioError {
  return (
    error instanceof StudioError && error.code === 'run.workerDied' && NATIVE_DEATHS.includes(error.details?.['signal'])
  );
}

/**
 * Whether the end of a training process can be a picture's doing: its death in native code, or a decoder that never
 * came back.
 */
export function mayBePoison(error: unknown): boolean {
  return diedInNativeCode(error) || (error instanceof StudioError && error.code === 'run.hung');
}

/**
 * Tries what was being decoded, each in turn in a fresh process: the one that kills it or takes too long. Null when
 * there is none.
 */
export async function findPoison(context: StudioContext, diaryFolder: string): Promise<RefusedPicture | null> {
  const suspects = takeSuspects(diaryFolder);
  const { decodingMs } = context.supervision.patience;
  if (suspects.length === 0) return null;
  let at = -1;
  let hung = false;
  let timer: NodeJS.Timeout | undefined;
  const job = context.startJob(probePicturesJob.of({ paths: suspects }), {
    onProgress: ({ done }) => {
      at = done;
      watch();
    },
  });
  const watch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      hung = true;
      job.kill();
    }, decodingMs);
  };
  watch();
  const failure = await job.result.then(
    () => null,
    (error: unknown) => error,
  );
  clearTimeout(timer);
  const path = suspects[at];
  const died = diedInNativeCode(failure);
  if (path === undefined || !(hung || died)) return null;
  const reason = hung
    ? 'the decoder hangs at it'
    : `it crashes the decoder (${died ? (failure.details?.['signal'] as string) : ''})`;
  const readable = existsSync(path) && statSync(path).isFile() && !hung;
  return {
    path,
    reason,
    sha256: readable ? hash('sha256', readFileSync(path)) : null,
    sizeBytes: readable ? statSync(path).size : 0,
  };
}

/**
 * Does `work`, which decodes pictures; when its process dies of one or stands still at one, does it again without that
 * picture.
 * @param id names the work
 */
export async function withoutPoison<T>(
  context: StudioContext,
  id: string,
  work: WorkOptions = {},
  run: (decodeDiary: string, work: WorkOptions) => Promise<T>,
): Promise<T> {
  const diary = context.paths.decodeDiary(id);
  const { preparingMs } = context.supervision.patience;
  makeFolderSync(diary);
  try {
    for (let found = 0; ; found++) {
      const stalled = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      const watch = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(), preparingMs);
      };
      watch();
      try {
        return await run(diary, {
          ...work,
          onProgress: (progress) => {
            watch();
            work.onProgress?.(progress);
          },
          killSignal: AbortSignal.any([stalled.signal, ...(work.killSignal ? [work.killSignal] : [])]),
        });
      } catch (error) {
        if (
          found === MOST_POISON ||
          work.signal?.aborted ||
          work.killSignal?.aborted ||
          !(stalled.signal.aborted || diedInNativeCode(error))
        )
          throw error;
        const poison = await findPoison(context, diary);
        if (!poison) throw error;
        refuse(diary, poison);
        work.onLog?.('warn', `${poison.path} is left out: ${poison.reason}.`);
      } finally {
        clearTimeout(timer);
      }
    }
  } finally {
    rmSync(diary, { recursive: true, force: true });
  }
}
