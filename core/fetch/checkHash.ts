/** The hash of a file that arrived, against what its publisher says. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { ExpectedHash } from '../../contract/remoteFile.ts';

export interface FileHashes {
  readonly sha256: string;
  readonly md5: string;
}

/** Reads the file once for both. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<FileHashes> {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20, ...(signal && { signal }) })) {
    sha256.update(chunk as Buffer);
    md5.update(chunk as Buffer);
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex') };
}

/** Whether the bytes are what the publisher says, or were found to be at the first fetch (`pinnedSha256`). */
export function matchesHash(hashes: FileHashes, expected: ExpectedHash, pinnedSha256: string | null): boolean {
  if (pinnedSha256 !== null && hashes.sha256 !== pinnedSha256) return false;
  switch (expected.kind) {
    case 'sha256':
      return hashes.sha256 === expected.hex;
    case 'sha256Prefix':
      return hashes.sha256.startsWith(expected.hex);
    case 'md5':
      return hashes.md5 === expected.hex;
    case 'none':
      return true;
  }
}
