/**
 * The pictures that each thread began to read last, in a folder that the host names: whoever finds the process dead
 * reads there what it may have died of. Pictures that did it before are refused by their path, and by their content (an
 * archive's are under another path the next time).
 */
import { hash } from 'node:crypto';
import { existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { z } from 'zod';
import { makeFolderSync } from '../../files/makeFolder.ts';
import { isDiskFull } from '../../files/fileErrors.ts';

/** Environment variable of a job process: where its journal goes. */
export const JOURNAL_VARIABLE = 'QUORUM_DECODE_DIARY';
const REFUSED_FILE = 'refused.json';
/** More than a thread has in flight. */
const SLOTS = 16;
const SLOT_BYTES = 1024;

export const RefusedPicture = z.object({
  path: z.string(),
  /** Null where the file could not be read. */
  sha256: z.string().nullable(),
  sizeBytes: z.int(),
  reason: z.string(),
});
export type RefusedPicture = z.infer<typeof RefusedPicture>;

const folder = process.env[JOURNAL_VARIABLE];
let file: number | null = null;
let noted = 0;
let refused: readonly RefusedPicture[] | null = null;

/** Before anything is done with the picture at `path`. Why it is refused, or null. */
export function beginPicture(path: string): string | null {
  if (folder === undefined) return null;
  note(folder, path);
  refused ??= readRefused(folder);
  return refused.find((one) => one.path === path)?.reason ?? null;
}

function note(journalFolder: string, path: string): void {
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.write(path, 'utf8');
  try {
    file ??= openSync(join(journalFolder, `${process.pid}-${threadId}.journal`), 'w');
    writeSync(file, slot, 0, SLOT_BYTES, (noted % SLOTS) * SLOT_BYTES);
  } catch (error) {
    // a full disk is no fault of the picture's
    if (!isDiskFull(error)) throw error;
  }
  noted += 1;
}

/** Why a picture of this content is refused, or null. */
export function refusedContent(bytes: Buffer): string | null {
  if (!refused || refused.length === 0) return null;
  const sameSize = refused.filter((one) => one.sizeBytes === bytes.length);
  return sameSize.length === 0 ? null : (sameSize.find((one) => one.sha256 === hash('sha256', bytes))?.reason ?? null);
}

/** What the threads of processes that wrote into `journalFolder` had begun last, and forgets it. */
export function takeSuspects(journalFolder: string): string[] {
  const paths = new Set<string>();
  for (const name of existsSync(journalFolder) ? readdirSync(journalFolder) : []) {
    if (!name.endsWith('.journal')) continue;
    const bytes = readFileSync(join(journalFolder, name));
    for (let at = 0; at + SLOT_BYTES <= bytes.length; at += SLOT_BYTES) {
      const slot = bytes.subarray(at, at + SLOT_BYTES);
      const end = slot.indexOf(0);
      if (end > 0) paths.add(slot.toString('utf8', 0, end));
    }
    rmSync(join(journalFolder, name));
  }
  return [...paths];
}

export function readRefused(journalFolder: string): RefusedPicture[] {
  const path = join(journalFolder, REFUSED_FILE);
  return existsSync(path) ? RefusedPicture.array().parse(JSON.parse(readFileSync(path, 'utf8'))) : [];
}

/** Adds `picture` to those that later processes with this folder refuse. */
export function refuse(journalFolder: string, picture: RefusedPicture): void {
  makeFolderSync(journalFolder);
  writeFileSync(join(journalFolder, REFUSED_FILE), JSON.stringify([...readRefused(journalFolder), picture]));
}
