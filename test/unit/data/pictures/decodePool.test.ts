/** Pictures decoded on the caller's own thread and on others: the same bytes, in the same order. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { decodeFiles } from '../../../../core/data/pictures/decodePool.ts';
import type { DecodeJob } from '../../../../core/data/pictures/decodeMessages.ts';
import { copyFashionImages } from '../../../support/fashionImages.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-decode-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
/** Five chunks: the first two are always decoded here. */
const paths = copyFashionImages(folder, { images: { train: 30 } });
const LEFT_OUT = 200;
const files = { count: paths.length, pathOf: (at: number) => (at === LEFT_OUT ? null : join(folder, paths[at]!)) };
const job: DecodeJob = {
  kind: 'pack',
  key: { size: 32, color: 'gray', fit: 'cover', interpolation: 'lanczos3' },
};

async function decoded(threadsPayMs: number): Promise<unknown[]> {
  const chunks = [];
  for await (const { start, reports, pixels } of decodeFiles(files, () => job, undefined, threadsPayMs))
    chunks.push({ start, reports, pixels: createHash('sha256').update(pixels).digest('hex') });
  return chunks;
}

test('threads give what the caller decodes itself, chunk by chunk', async () => {
  const here = await decoded(Infinity);
  expect(here.map((chunk) => (chunk as { start: number }).start)).toEqual([0, 64, 128, 192, 256]);
  expect(await decoded(0)).toEqual(here);
});

test.each([
  ['here', Infinity],
  ['by threads', 0],
])('an abort ends what is decoded %s, with its reason', async (_, threadsPayMs) => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const starts: number[] = [];
  await expect(async () => {
    for await (const { start } of decodeFiles(files, () => job, stop.signal, threadsPayMs)) {
      starts.push(start);
      if (starts.length === 3) stop.abort(reason);
    }
  }).rejects.toBe(reason);
  expect(starts).toEqual([0, 64, 128]);
});
