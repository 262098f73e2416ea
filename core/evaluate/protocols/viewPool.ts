/**
 * Views of many pictures by several protocols: every picture is decoded once, on threads of its own, while the network
 * computes on this one.
 */
import { availableParallelism } from 'node:os';
import { StudioError } from '../../../contract/errors.ts';
import { channelsOf } from '../../../contract/inputSpec.ts';
import { type ResolvedProtocol, viewCount } from '../../../contract/protocol.ts';
import { answersInOrder } from '../../threads/orderedPool.ts';
import { newMemoryBudget } from '../../data/pictures/memoryBudget.ts';
import type { PictureBatch, ViewReply, ViewRequest } from './viewMessages.ts';
import type { ViewSize } from './views.ts';

export interface PictureSource {
  readonly count: number;
  /** Pictures `from` to `to` (exclusive). */
  batch(from: number, to: number): PictureBatch;
}

export interface ViewChunk {
  /** Positions in the source of the pictures that could be read. */
  readonly pictures: readonly number[];
  readonly skipped: readonly { readonly picture: number; readonly reason: string }[];
  /** For each protocol: views of the pictures, one after another, each picture the same number. */
  readonly views: readonly Float32Array[];
  /** For each protocol the sizes of its views; empty where all are squares of its crop. */
  readonly sizes: readonly (readonly ViewSize[])[];
  /** For each protocol how many views of each picture differ. */
  readonly different: readonly (readonly number[])[];
  /** Milliseconds a thread took for the chunk, and those that the caller had to wait for it. */
  readonly workMs: number;
  readonly waitedMs: number;
}

/** Holds 8 pictures of 12 crops of 224 pixels: three batches of 32 views. */
const CHUNK_BYTES = 64 * 2 ** 20;
const MAX_CHUNK = 64;
/** Whole pictures are larger than the square of their short side. */
const DENSE_AREA = 1.5;
const MAX_THREADS = 4;

/**
 * Pictures a chunk: as many as fit, and where they can be so many that every batch of the protocol with the most views
 * is full.
 */
export function chunkSize(protocols: readonly ResolvedProtocol[], batchSize: number): number {
  const bytes = protocols.reduce(
    (sum, protocol) =>
      sum +
      viewCount(protocol) *
        protocol.crop ** 2 *
        (protocol.crops === 'dense' ? DENSE_AREA : 1) *
        channelsOf(protocol.input) *
        4,
    0,
  );
  const most = Math.max(1, Math.min(MAX_CHUNK, Math.floor(CHUNK_BYTES / bytes)));
  const full = batchSize / commonDivisor(batchSize, Math.max(...protocols.map(viewCount)));
  return most >= full ? most - (most % full) : most;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/**
 * Yields the views of all pictures in order. Ends its threads when done, left early or aborted (then `signal`'s reason
 * is thrown).
 * @param batchSize views that the network takes at once
 * @throws {StudioError} `input.invalid`: a picture smaller than a crop
 */
export async function* viewsOfAll(
  source: PictureSource,
  protocols: readonly ResolvedProtocol[],
  batchSize: number,
  signal?: AbortSignal,
): AsyncGenerator<ViewChunk, void, undefined> {
  const size = chunkSize(protocols, batchSize);
  const chunks = Math.ceil(source.count / size);
  const views = protocols.map(({ resize, crop, crops, mirror, input }) => ({ resize, crop, crops, mirror, input }));
  const answers = answersInOrder<ViewRequest, ViewReply>({
    entry: new URL('./viewWorker.ts', import.meta.url),
    threads: Math.min(MAX_THREADS, availableParallelism()),
    options: { workerData: newMemoryBudget() },
    count: chunks,
    request: (id) => ({
      id,
      batch: source.batch(id * size, Math.min(source.count, (id + 1) * size)),
      protocols: views,
    }),
    signal,
  });
  for await (const { reply, waitedMs } of answers) {
    if (reply.error) throw StudioError.fromReport(reply.error);
    const failed = new Map(reply.failures.map(({ position, reason }) => [position, reason]));
    const start = reply.id * size;
    const here = Math.min(size, source.count - start);
    const positions = Array.from({ length: here }, (_, position) => position);
    yield {
      pictures: positions.filter((position) => !failed.has(position)).map((position) => start + position),
      skipped: [...failed].map(([position, reason]) => ({ picture: start + position, reason })),
      views: reply.views,
      sizes: reply.sizes,
      different: reply.different,
      workMs: reply.workMs,
      waitedMs,
    };
  }
}
