/**
 * Fetches one file: resumes what a cut connection left, tries one address after another, and gives the file its name
 * only after its length and hash are what the publisher says.
 */
import { rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '../files/makeFolder.ts';
import { StudioError } from '../../contract/errors.ts';
import { hashFile, matchesHash } from './checkHash.ts';
import type { HttpClient, HttpResponse } from './httpClient.ts';
import { partialFile, type PartialFile } from './partialFile.ts';
import type { RemoteFile } from '../../contract/remoteFile.ts';
import { isDiskFull } from '../files/fileErrors.ts';
import { requireRoomFor } from './room.ts';

/** Tries of one address whose connection breaks, each continuing where the last one ended. */
const TRIES = 4;
const FIRST_PAUSE_MS = 500;

export interface FetchOptions {
  readonly client: HttpClient;
  /** SHA-256 that the first fetch of this file had, where the publisher gives less than that. */
  readonly pinnedSha256?: string | null;
  readonly signal?: AbortSignal;
  /** Bytes that are here, and in all (null where nobody says). */
  readonly onProgress?: (doneBytes: number, totalBytes: number | null) => void;
  /** Pause before the second try, milliseconds; it doubles from try to try. */
  readonly firstPauseMs?: number;
}

export interface FetchedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Null where the file was there already. */
  readonly address: string | null;
}

/**
 * The file in `folder`, fetched unless it is there whole.
 * @throws {StudioError} fetch.refused, fetch.notFound, fetch.offline, fetch.changed: another length or hash than
 *   expected; file.diskFull. An abort comes as the signal's reason; what has arrived is kept for the next try.
 */
export async function fetchFile(file: RemoteFile, folder: string, options: FetchOptions): Promise<FetchedFile> {
  await makeFolder(folder);
  const target = path.join(folder, file.name);
  const present = await checkedFile(file, target, options);
  if (present) return { ...present, address: null };
  const problems: StudioError[] = [];
  for (const address of file.addresses) {
    try {
      return await fetchFrom(address, file, target, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof StudioError) || error.code === 'file.diskFull') throw error;
      problems.push(error);
    }
  }
  throw problems.length === 1 ? problems[0] : severalProblems(file, problems);
}

/** The file at `target` if it is what is expected; one that is not stays where it is until a better one replaces it. */
async function checkedFile(
  file: RemoteFile,
  target: string,
  { pinnedSha256 = null, signal }: FetchOptions,
): Promise<Omit<FetchedFile, 'address'> | null> {
  const found = await stat(target).catch(() => null);
  if (!found?.isFile() || (file.sizeBytes !== null && found.size !== file.sizeBytes)) return null;
  const hashes = await hashFile(target, signal);
  if (!matchesHash(hashes, file.hash, pinnedSha256)) return null;
  return { path: target, sizeBytes: found.size, sha256: hashes.sha256 };
}

/** @throws {StudioError} as `fetchFile` */
async function fetchFrom(
  address: string,
  file: RemoteFile,
  target: string,
  options: FetchOptions,
): Promise<FetchedFile> {
  const partial = partialFile(path.dirname(target), file.name);
  let pauseMs = options.firstPauseMs ?? FIRST_PAUSE_MS;
  for (let attempt = 1; ; attempt++) {
    const before = await partial.sizeBytes();
    try {
      const fetchedFrom = await receive(address, file, partial, options);
      const hashes = await hashFile(partial.path, options.signal);
      if (!matchesHash(hashes, file.hash, options.pinnedSha256 ?? null)) {
        await partial.remove();
        throw hashMismatch(file, address, hashes.sha256);
      }
      await rename(partial.path, target);
      await partial.remove();
      const { size } = await stat(target);
      return { path: target, sizeBytes: size, sha256: hashes.sha256, address: fetchedFrom };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof StudioError) throw error;
      if (isDiskFull(error)) throw diskFull(file, target, error);
      // a connection that brought something is worth as many tries as it takes
      const advanced = (await partial.sizeBytes()) > before;
      if (!advanced && attempt >= TRIES) throw offline(file, address, error);
      await sleep(pauseMs, undefined, { ...(options.signal && { signal: options.signal }) });
      pauseMs = advanced ? (options.firstPauseMs ?? FIRST_PAUSE_MS) : pauseMs * 2;
    }
  }
}

/** Writes the rest of the file behind what is there. @returns the address after redirects */
async function receive(
  address: string,
  file: RemoteFile,
  partial: PartialFile,
  options: FetchOptions,
): Promise<string> {
  const present = await resumableBytes(address, file, partial);
  if (present !== null && present.bytes === file.sizeBytes) return address;
  const headers: Record<string, string> = {};
  if (present) {
    headers['range'] = `bytes=${present.bytes}-`;
    if (present.validator !== null) headers['if-range'] = present.validator;
  }
  const response = await options.client.get(address, headers, options.signal);
  const start = firstByte(response, present?.bytes ?? 0);
  if (start === null) {
    await response.body.dump();
    await partial.remove();
    throw refusedStatus(file, address, response.status);
  }
  const totalBytes = totalLength(response, start);
  if (file.sizeBytes !== null && totalBytes !== null && totalBytes !== file.sizeBytes) {
    await response.body.dump();
    throw lengthMismatch(file, address, totalBytes);
  }
  await requireRoomFor(path.dirname(partial.path), file.name, (totalBytes ?? file.sizeBytes ?? 0) - start);
  await write(response, start, totalBytes, file, address, partial, options);
  return response.address;
}

/** What of the partial file this address may continue; null: begin anew. */
async function resumableBytes(
  address: string,
  file: RemoteFile,
  partial: PartialFile,
): Promise<{ bytes: number; validator: string | null } | null> {
  const bytes = await partial.sizeBytes();
  const origin = await partial.origin();
  if (bytes === 0 || !origin || (file.sizeBytes !== null && bytes > file.sizeBytes)) return null;
  if (origin.address === address) return { bytes, validator: origin.validator };
  // Another address has the same bytes or is found out by the hash; without one, bytes of two files could be mixed.
  return file.hash.kind === 'none' ? null : { bytes, validator: null };
}

/** Where the answer's bytes begin: at `wanted` (206), at the start of the file (200); null for any other answer. */
function firstByte(response: HttpResponse, wanted: number): number | null {
  if (response.status === 200) return 0;
  if (response.status !== 206) return null;
  const start = /^bytes (\d+)-/.exec(response.headers['content-range'] ?? '')?.[1];
  return start !== undefined && Number(start) === wanted ? wanted : null;
}

function totalLength(response: HttpResponse, start: number): number | null {
  const total = /\/(\d+)$/.exec(response.headers['content-range'] ?? '')?.[1];
  if (total !== undefined) return Number(total);
  const length = response.headers['content-length'];
  return length !== undefined && /^\d+$/.test(length) ? start + Number(length) : null;
}

async function write(
  response: HttpResponse,
  start: number,
  totalBytes: number | null,
  file: RemoteFile,
  address: string,
  partial: PartialFile,
  { signal, onProgress }: FetchOptions,
): Promise<void> {
  const limit = file.sizeBytes ?? totalBytes ?? Infinity;
  const handle = await partial.open({ address, validator: validatorOf(response) }, start > 0);
  let done = start;
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      done += chunk.length;
      if (done > limit) throw lengthMismatch(file, address, done);
      yield chunk;
      onProgress?.(done, totalBytes ?? file.sizeBytes);
    }
  };
  await pipeline(response.body, counted, handle.createWriteStream(), { ...(signal && { signal }) });
  if (totalBytes !== null && done < totalBytes) throw new Error(`ended after ${done} of ${totalBytes} bytes`);
  if (file.sizeBytes !== null && done !== file.sizeBytes) {
    await partial.remove();
    throw lengthMismatch(file, address, done);
  }
}

/** A weak ETag promises no equal bytes, so it cannot be continued by. */
function validatorOf({ headers }: HttpResponse): string | null {
  const tag = headers['etag'];
  return tag !== undefined && !tag.startsWith('W/') ? tag : (headers['last-modified'] ?? null);
}

function diskFull(file: RemoteFile, target: string, cause: unknown): StudioError {
  return new StudioError('file.diskFull', `The disk was full while ${file.name} was fetched.`, {
    remedy: 'Free some space, then fetch it again: it continues where it stopped.',
    details: { path: target },
    cause,
  });
}

function offline(file: RemoteFile, address: string, cause: unknown): StudioError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StudioError('fetch.offline', `${file.name} could not be fetched from ${address}: ${why}.`, {
    remedy:
      'Check the network and the proxy settings, then try again: it continues where it ' +
      'stopped. Without a network, fetch the file elsewhere and use --from FOLDER.',
    details: { address },
    cause,
  });
}

function refusedStatus(file: RemoteFile, address: string, status: number): StudioError {
  const gone = status === 404 || status === 410;
  const what = gone ? 'is not at' : 'was not given by';
  return new StudioError('fetch.notFound', `${file.name} ${what} ${address} (HTTP ${status}).`, {
    remedy: gone
      ? 'The publisher may have moved it. Fetch it by hand from its page, then import it.'
      : 'Try again later, or fetch it by hand from its page.',
    details: { address, status },
  });
}

function lengthMismatch(file: RemoteFile, address: string, bytes: number): StudioError {
  const expected = file.sizeBytes ?? 'another number of';
  return new StudioError('fetch.changed', `${address} has ${bytes} bytes or more, not ${expected}: another file.`, {
    remedy: 'Nothing was kept. Look at its page: the publisher may have replaced the file.',
    details: { address, bytes, expectedBytes: file.sizeBytes },
  });
}

function hashMismatch(file: RemoteFile, address: string, sha256: string): StudioError {
  const expected = file.hash.kind === 'none' ? 'the hash of its first fetch' : `${file.hash.kind} ${file.hash.hex}`;
  return new StudioError('fetch.changed', `${file.name} from ${address} is not the expected file (${expected}).`, {
    remedy: 'Nothing was kept. The file upstream was replaced or damaged on its way: try again, or look at its page.',
    details: { address, sha256, expected },
  });
}

function severalProblems(file: RemoteFile, problems: readonly StudioError[]): StudioError {
  const last = problems.at(-1)!;
  return new StudioError(
    last.code,
    `${file.name} could not be fetched: ${problems.map(({ message }) => message).join(' ')}`,
    {
      remedy: last.remedy,
      details: { problems: problems.map(({ code, message }) => ({ code, message })) },
      cause: last,
    },
  );
}
