/** The host's side of the reader thread: starts it when it is first needed, anew when it died. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { StudioError } from '../../../contract/errors.ts';
import type { ReaderReply, ReaderRequests } from './requests.ts';

interface Pending {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface Reader {
  /** @throws {StudioError} as the handler does */
  ask<Name extends keyof ReaderRequests>(
    name: Name,
    input: ReaderRequests[Name]['takes'],
  ): Promise<ReaderRequests[Name]['gives']>;
  /** The same in a thread of its own that ends with the answer, or at once when `signal` aborts. */
  askAside<Name extends keyof ReaderRequests>(
    name: Name,
    input: ReaderRequests[Name]['takes'],
    signal?: AbortSignal,
  ): Promise<ReaderRequests[Name]['gives']>;
  close(): Promise<void>;
}

/** @param entry the thread's entry; the shipped one unless given */
export function createReader(entry: string | URL = new URL('./thread.ts', import.meta.url)): Reader {
  let current: ReaderThread | null = null;
  return {
    ask(name, input) {
      if (current === null || current.dead) current = new ReaderThread(entry);
      return current.ask(name, input);
    },
    async askAside(name, input, signal) {
      signal?.throwIfAborted();
      const thread = new ReaderThread(entry);
      const stop = (): void => void thread.close();
      signal?.addEventListener('abort', stop, { once: true });
      try {
        return await thread.ask(name, input);
      } finally {
        signal?.removeEventListener('abort', stop);
        await thread.close();
      }
    },
    async close() {
      await current?.close();
    },
  };
}

class ReaderThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  dead = false;

  constructor(entry: string | URL) {
    this.#worker = new Worker(typeof entry === 'string' ? entry : fileURLToPath(entry), {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      name: 'reader',
    });
    this.#worker.on('message', (reply: ReaderReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', () => this.#fail('it ended'));
    this.#worker.unref();
  }

  ask<Name extends keyof ReaderRequests>(
    name: Name,
    input: ReaderRequests[Name]['takes'],
  ): Promise<ReaderRequests[Name]['gives']> {
    const id = ++this.#lastId;
    return new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, name, input });
    }) as Promise<ReaderRequests[Name]['gives']>;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: ReaderReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if (!pending) return;
    if ('output' in reply) pending.resolve(reply.output);
    else pending.reject(reply.error ? StudioError.fromReport(reply.error) : new Error(reply.message));
  }

  #fail(why: string): void {
    this.dead = true;
    for (const { reject } of this.#pending.values())
      reject(
        new StudioError('run.workerDied', `The thread that reads files stopped: ${why}.`, {
          remedy: 'Try again; with very large sets more memory may be needed.',
        }),
      );
    this.#pending.clear();
  }
}
