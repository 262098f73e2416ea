/** Room on the disk, asked for before a byte is fetched. */
import { freeBytesAt, requireFreeSpace } from '../files/freeSpace.ts';

/** Left free beside what is fetched. */
const RESERVE_BYTES = 64 * 2 ** 20;

/** @throws {StudioError} file.diskFull */
export async function requireRoomFor(folder: string, name: string, neededBytes: number): Promise<void> {
  requireFreeSpace({
    what: `${name} needs`,
    folder,
    neededBytes: neededBytes + RESERVE_BYTES,
    freeBytes: await freeBytesAt(folder),
  });
}
