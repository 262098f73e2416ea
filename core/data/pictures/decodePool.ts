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
/** Work that pays for more threads: each loads the decoder anew, a third of a second of a processor. */
const THREADS_PAY_MS = 1000;
/** Small young generations: what a thread holds for long are pixels, and those lie outside of its heap. */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 8 };

/**
 * Yields all of `files` in order, chunk by chunk. `job` is asked anew for each chunk, so that it can change on the way.
 * Ends the threads when done, when left early, and when `signal` aborts (then its reason is thrown).
 * @param threadsPayMs no thread is started as long as what is left takes less than this without
 */
export async function* decodeFiles(
  files: FileList,
  job: () => DecodeJob,
  signal?: AbortSignal,
  threadsPayMs = THREADS_PAY_MS,
): AsyncGenerator<DecodedChunk, void, undefined> {
  const first = job();
  const chunk =
    first.kind === 'pack' ? Math.max(1, Math.min(CHUNK, Math.floor(CHUNK_BYTES / (first.key.size ** 2 * 3)))) : CHUNK;
  const pathsOf = (id: number): (string | null)[] =>
    Array.from({ length: Math.min(chunk, files.count - id * chunk) }, (_, i) => files.pathOf(id * chunk + i));
  const chunks = Math.ceil(files.count / chunk);
  const here = yield* decodeHere(chunks, threadsPayMs, async (id) => {
    signal?.throwIfAborted();
    const { reports, pixels } = await decodeChunk({ id, paths: pathsOf(id), job: id === 0 ? first : job() });
    signal?.throwIfAborted();
    return { start: id * chunk, reports, pixels };
  });
  if (here === chunks) return;
  const answers = answersInOrder<DecodeRequest, DecodeReply>({
    entry: new URL('./decodeWorker.ts', import.meta.url),
    threads: Math.min(MAX_THREADS, availableParallelism()),
    options: { resourceLimits: THREAD_LIMITS, workerData: newMemoryBudget() },
    count: chunks - here,
    request: (id) => ({ id, paths: pathsOf(here + id), job: job() }),
    signal,
  });
  for await (const { reply } of answers)
    yield { start: (here + reply.id) * chunk, reports: reply.reports, pixels: reply.pixels };
}

/**
 * Decodes on this thread until more threads pay; returns how many chunks it decoded. The first one tells nothing of the
 * others: the picture library is loaded in it.
 */
async function* decodeHere(
  chunks: number,
  threadsPayMs: number,
  decode: (id: number) => Promise<DecodedChunk>,
): AsyncGenerator<DecodedChunk, number, undefined> {
  for (let id = 0; id < chunks; id += 1) {
    const began = performance.now();
    const decoded = await decode(id);
    const tookMs = performance.now() - began;
    yield decoded;
    if (id > 0 && (chunks - id - 1) * tookMs > threadsPayMs) return id + 1;
  }
  return chunks;
}
