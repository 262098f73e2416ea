/**
 * A pool of threads that answers numbered requests, and hands the answers back in the order of the requests, with a
 * bounded number in flight.
 */
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Requests and replies are told apart by their number. */
export interface Numbered {
  readonly id: number;
}

export interface OrderedPool<Request extends Numbered> {
  /** The thread's module. It posts one reply for each request it gets, with the request's number. */
  readonly entry: URL;
  readonly threads: number;
  readonly options?: WorkerOptions;
  /** How many requests there are, numbered from 0. */
  readonly count: number;
  /** Request `id`; asked for when a thread is about to be free for it, so that what it says may change on the way. */
  request(id: number): Request;
  readonly signal?: AbortSignal | undefined;
}

export interface OrderedReply<Reply> {
  readonly reply: Reply;
  /** Milliseconds the caller had to wait for it. */
  readonly waitedMs: number;
}

/** One request being answered, one waiting. */
const REQUESTS_PER_THREAD = 2;

/**
 * Yields the replies in the order of their numbers. Ends the threads when done, when left early, and when `signal`
 * aborts (then its reason is thrown). An error in a thread, or its end, is thrown as it came.
 */
export async function* answersInOrder<Request extends Numbered, Reply extends Numbered>(
  pool: OrderedPool<Request>,
): AsyncGenerator<OrderedReply<Reply>, void, undefined> {
  const { count, signal } = pool;
  const threads = Math.max(1, Math.min(pool.threads, count));
  const workers = Array.from({ length: threads }, () => new Worker(pool.entry, pool.options));
  const waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: unknown) => void }>();
  const fail = (error: unknown): void => {
    for (const { reject } of waiting.values()) reject(error);
  };
  const onAbort = (): void => fail(signal?.reason);
  for (const worker of workers) {
    worker.on('message', (reply: Reply) => {
      waiting.get(reply.id)?.resolve(reply);
      waiting.delete(reply.id);
    });
    worker.on('error', fail);
    worker.on('exit', (code) => fail(new Error(`a thread of ${pool.entry.pathname} ended with code ${code}`)));
  }
  signal?.addEventListener('abort', onAbort);

  const queue: Promise<Reply>[] = [];
  let asked = 0;
  const ask = (): void => {
    const id = asked;
    asked += 1;
    const request = pool.request(id);
    const reply = new Promise<Reply>((resolve, reject) => waiting.set(id, { resolve, reject }));
    // Handled where it is awaited; a queue that is left early must not end the process.
    reply.catch(() => undefined);
    workers[id % threads]!.postMessage(request);
    queue.push(reply);
  };
  try {
    signal?.throwIfAborted();
    while (asked < Math.min(count, threads * REQUESTS_PER_THREAD)) ask();
    for (let id = 0; id < count; id += 1) {
      const from = performance.now();
      const reply = await queue.shift()!;
      const waitedMs = performance.now() - from;
      signal?.throwIfAborted();
      if (asked < count) ask();
      yield { reply, waitedMs };
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    waiting.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
