/** The weights of a run's newest checkpoint, to be compared byte by byte. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How many files, and the SHA-256 of the tensors in them. */
export function weightBytes(checkpoints: string): string {
  const last = readdirSync(checkpoints).sort().at(-1) ?? '';
  const files = readdirSync(join(checkpoints, last)).filter((file) => file.endsWith('.safetensors'));
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const bytes = readFileSync(join(checkpoints, last, file));
    // the header before the tensors names the run
    hash.update(bytes.subarray(8 + Number(bytes.readBigUInt64LE(0))));
  }
  return `${files.length} files, ${hash.digest('hex')}`;
}
