/**
 * A full disk is no end of a training: it keeps all it has in memory, waits where it is, and saves once there is room.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { TrainEvent } from '../../contract/run.ts';
import { StudioError } from '../../contract/errors.ts';
import { isDiskFull } from '../files/fileErrors.ts';
import { freeBytesAt } from '../files/freeSpace.ts';
import { formatMebibytes } from '../../pure/bytes.ts';

/** Beside the checkpoint itself: its manifest, the database's rows of the same minutes. */
const SPARE_BYTES = 8 * 2 ** 20;
const FIRST_PAUSE_MS = 2000;
/** Where the disk has room and yet refuses (a quota), it is asked ever more seldom. */
const LONGEST_PAUSE_MS = 60_000;

export interface Waiting {
  readonly directory: string;
  readonly checkpointBytes: number;
  readonly step: number;
  readonly signal: AbortSignal;
}

/**
 * What `save` gives, once it succeeds; null when `signal` ended the waiting. A failure that is no full disk is thrown
 * as it came.
 */
export async function* onceThereIsRoom<T>(
  save: () => Promise<T>,
  { directory, checkpointBytes, step, signal }: Waiting,
): AsyncGenerator<TrainEvent, T | null> {
  const neededBytes = checkpointBytes + SPARE_BYTES;
  for (let quota = 0; ;) {
    try {
      return await save();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
    const hadRoom = (await freeBytesAt(directory)) >= neededBytes;
    quota = hadRoom ? quota + 1 : 0;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** quota, LONGEST_PAUSE_MS);
    do {
      if (signal.aborted) return null;
      const freeBytes = await freeBytesAt(directory);
      const error = new StudioError(
        'file.diskFull',
        `The disk is full: the checkpoint of step ${step} needs ${formatMebibytes(neededBytes)}, and ` +
          `${directory} has ${formatMebibytes(freeBytes)} free.`,
        {
          remedy:
            'Free some space: the training waits and goes on by itself, nothing is lost. Stopping it now keeps ' +
            'its last checkpoint.',
          details: { freeBytes, neededBytes },
        },
      );
      yield { type: 'waitingForRoom', step, error: error.toReport() };
      await wait(pauseMs, undefined, { signal }).catch(() => undefined);
    } while ((await freeBytesAt(directory)) < neededBytes);
  }
}
