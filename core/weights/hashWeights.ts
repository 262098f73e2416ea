/** The hash by which a run knows the weights it started from. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { WeightFile } from '../formats/weightFile.ts';

const CHUNK_BYTES = 1 << 22;

/** SHA-256 (hex) of the file's bytes; of all its files one after another where it has several. */
export async function hashWeights({ path, files = [path] }: Pick<WeightFile, 'path' | 'files'>): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files)
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>)
      hash.update(chunk);
  return hash.digest('hex');
}
