/** Decodes many picture files on several threads and hands the results back in order, with a bounded number in flight. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { decodeChunk } from './decodeChunk.ts';
import { newPixelBudget } from './pixelBudget.ts';
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
  /** Null: not to be touched; its report says that it was left out. */ pathOf(at: number): string | null;
}

/** Pictures of one request to a thread. */
const CHUNK = 64;
/** Pixels of one reply, bytes, where the size of a picture is known: keeps the memory of many threads bounded. */
const CHUNK_BYTES = 8 * 2 ** 20;
/** One chunk being decoded, one waiting. */
const CHUNKS_PER_THREAD = 2;
/** These threads only read, measure and hand on; the decoding itself runs on libuv's pool (UV_THREADPOOL_SIZE, 4 unless set). */
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
  const threads = Math.min(MAX_THREADS, availableParallelism(), chunks);
  const budget = newPixelBudget();
  const workers = Array.from(
    { length: threads },
    () =>
      new Worker(new URL('./decodeWorker.ts', import.meta.url), { resourceLimits: THREAD_LIMITS, workerData: budget }),
  );
  const pending = new Map<number, { resolve: (reply: DecodeReply) => void; reject: (error: unknown) => void }>();
  const fail = (error: unknown): void => {
    for (const waiting of pending.values()) waiting.reject(error);
  };
  const onAbort = (): void => fail(signal?.reason);
  for (const worker of workers) {
    worker.on('message', (reply: DecodeReply) => {
      pending.get(reply.id)?.resolve(reply);
      pending.delete(reply.id);
    });
    worker.on('error', fail);
    worker.on('exit', (code) => fail(new Error(`a decode thread ended with code ${code}`)));
  }
  signal?.addEventListener('abort', onAbort);

  const queue: Promise<DecodeReply>[] = [];
  let asked = 0;
  const ask = (): void => {
    const id = asked;
    asked += 1;
    const request: DecodeRequest = { id, paths: pathsOf(id), job: job() };
    const reply = new Promise<DecodeReply>((resolve, reject) => pending.set(id, { resolve, reject }));
    reply.catch(() => undefined);
    workers[id % threads]?.postMessage(request);
    queue.push(reply);
  };

  try {
    signal?.throwIfAborted();
    while (asked < Math.min(chunks, threads * CHUNKS_PER_THREAD)) ask();
    for (let id = 0; id < chunks; id += 1) {
      const { reports, pixels } = await (queue.shift() as Promise<DecodeReply>);
      signal?.throwIfAborted();
      if (asked < chunks) ask();
      yield { start: id * chunk, reports, pixels };
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    pending.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
