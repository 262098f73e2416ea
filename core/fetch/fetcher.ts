/**
 * Fetches for several callers at once: whoever asks for a file under way hears of the same download, and it ends when
 * nobody waits for it.
 */
import { fetchFile, type FetchedFile, type FetchOptions } from './fetchFile.ts';
import type { HttpClient } from './httpClient.ts';
import type { RemoteFile } from '../../contract/remoteFile.ts';

export type FetchProgress = NonNullable<FetchOptions['onProgress']>;

export interface FetchCall {
  readonly pinnedSha256?: string | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: FetchProgress;
}

export interface Fetcher {
  /** @throws {StudioError} as `fetchFile` */
  fetch(file: RemoteFile, folder: string, call?: FetchCall): Promise<FetchedFile>;
  /** Ends what is under way; what has arrived stays for the next time. */
  close(): Promise<void>;
}

interface Download {
  readonly done: Promise<FetchedFile>;
  readonly listeners: Set<FetchProgress>;
  readonly abort: AbortController;
  waiting: number;
}

export function createFetcher(client: HttpClient): Fetcher {
  const downloads = new Map<string, Download>();

  function start(key: string, file: RemoteFile, folder: string, pinnedSha256: string | null): Download {
    const abort = new AbortController();
    const listeners = new Set<FetchProgress>();
    const done = fetchFile(file, folder, {
      client,
      pinnedSha256,
      signal: abort.signal,
      onProgress: (doneBytes, totalBytes) => {
        for (const listener of listeners) listener(doneBytes, totalBytes);
      },
    }).finally(() => downloads.delete(key));
    const download = { done, listeners, abort, waiting: 0 };
    downloads.set(key, download);
    return download;
  }

  return {
    async fetch(file, folder, { pinnedSha256 = null, signal, onProgress } = {}) {
      signal?.throwIfAborted();
      const key = `${folder}\0${file.name}`;
      const download = downloads.get(key) ?? start(key, file, folder, pinnedSha256);
      download.waiting++;
      if (onProgress) download.listeners.add(onProgress);
      try {
        return await untilAborted(download.done, signal);
      } finally {
        if (onProgress) download.listeners.delete(onProgress);
        download.waiting--;
        if (download.waiting === 0) download.abort.abort();
      }
    },
    async close() {
      const running = [...downloads.values()];
      for (const { abort } of running) abort.abort();
      await Promise.allSettled(running.map(({ done }) => done));
      await client.close();
    },
  };
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
