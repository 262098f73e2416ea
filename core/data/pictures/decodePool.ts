/**
 * Decodes many picture files on several threads and hands the results back in order, with a bounded number in flight.
 */
import { availableParallelism } from 'node:os';
import { answersInOrder } from '../../threads/orderedPool.ts';
import { decodeChunk } from './decodeChunk.ts';
import { newMemoryBudget } from './memoryBudget.ts';
import type { DecodeJob, DecodeReply, DecodeRequest, PictureReport } from './decodeMessages.ts';

export interface DecodedChunk {
  /** Position of the chunk's first path in the list. */
  readonly start: number;
  readonly reports: readonly PictureReport[];
  /** Pixels of the pictures that kept them, one after another. */
  readonly pixels: Uint8Array;
}

/** Files to decode, named one by one as they are needed: a list of all their absolute paths would be large. */
export interface FileList {
  readonly count: number;
  /** Null: not to be touched; its report says that it was left out. */
  pathOf(at: number): string | null;
}

/** Pictures of one request to a thread. */
const CHUNK = 64;
/** Pixels of one reply, bytes, where the size of a picture is known: keeps the memory of many threads bounded. */
const CHUNK_BYTES = 8 * 2 ** 20;
/**
 * These threads only read, measure and hand on; the decoding itself runs on libuv's pool (UV_THREADPOOL_SIZE, 4 unless
 * set).
 */
const MAX_THREADS = 4;
/** Small young generations: what a thread holds for long are pixels, and those lie outside of its heap. */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 8 };

/**
 * Yields all of `files` in order, chunk by chunk. `job` is asked anew for each chunk, so that it can change on the way.
 * Ends the threads when done, when left early, and when `signal` aborts (then its reason is thrown).
 */
export async function* decodeFiles(
  files: FileList,
  job: () => DecodeJob,
  signal?: AbortSignal,
): AsyncGenerator<DecodedChunk, void, undefined> {
  const first = job();
  const chunk =
    first.kind === 'pack' ? Math.max(1, Math.min(CHUNK, Math.floor(CHUNK_BYTES / (first.key.size ** 2 * 3)))) : CHUNK;
  const pathsOf = (id: number): (string | null)[] =>
    Array.from({ length: Math.min(chunk, files.count - id * chunk) }, (_, i) => files.pathOf(id * chunk + i));
  const chunks = Math.ceil(files.count / chunk);
  if (chunks <= 1) {
    // Starting a thread takes longer than decoding a few pictures.
    signal?.throwIfAborted();
    const { reports, pixels } = await decodeChunk({ id: 0, paths: files.count > 0 ? pathsOf(0) : [], job: first });
    signal?.throwIfAborted();
    if (reports.length > 0) yield { start: 0, reports, pixels };
    return;
  }
  const answers = answersInOrder<DecodeRequest, DecodeReply>({
    entry: new URL('./decodeWorker.ts', import.meta.url),
    threads: Math.min(MAX_THREADS, availableParallelism()),
    options: { resourceLimits: THREAD_LIMITS, workerData: newMemoryBudget() },
    count: chunks,
    request: (id) => ({ id, paths: pathsOf(id), job: job() }),
    signal,
  });
  for await (const { reply } of answers)
    yield { start: reply.id * chunk, reports: reply.reports, pixels: reply.pixels };
}
