/** Room for checkpoints, asked for before a run starts. */
import { freeBytesAt, requireFreeSpace } from '../files/freeSpace.ts';
import { formatMebibytes } from '../../pure/bytes.ts';

/** Left free beside checkpoints: logs, the database and predictions grow too. */
const RESERVE_BYTES = 512 * 2 ** 20;

/**
 * A new checkpoint is written whole before an older one goes, so there must be room for two and some more.
 * `freeBytes` is asked of the file system when left out.
 * @throws {StudioError} `file.diskFull`
 */
export async function requireCheckpointRoom(
  directory: string,
  checkpointBytes: number,
  freeBytes?: number,
): Promise<void> {
  requireFreeSpace({
    what: `Checkpoints of this run take ${formatMebibytes(checkpointBytes)} each; training needs`,
    folder: directory,
    neededBytes: 2 * checkpointBytes + RESERVE_BYTES,
    freeBytes: freeBytes ?? (await freeBytesAt(directory)),
    remedy: 'Free some disk space, or keep the data in another folder (--data-dir).',
    details: { checkpointBytes },
  });
}
