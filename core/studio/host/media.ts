/** Pictures and exported files for the screens, by id. Thumbnails are kept on disk. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { Preprocessing } from '../../../contract/preprocessing.ts';
import { Augmentation } from '../../../contract/recipe.ts';
import { packKeyOf } from '../../data/packKey.ts';
import { encodeInputView, encodeThumbnail, type StoredPicture } from '../../data/thumbnail.ts';
import type { StudioContext } from '../context.ts';
import type { Reader } from '../reader/reader.ts';
import { Limiter } from './limiter.ts';
import { type MediaRequest, parseMediaPath } from './mediaPath.ts';

export interface MediaFile {
  readonly contentType: string;
  readonly sizeBytes: number;
  /** Never changes under this address. */
  readonly immutable: boolean;
  /** Offered for saving under this name, never shown. */
  readonly downloadAs: string | null;
  open(): Buffer | Readable;
}

export interface Media {
  /** Null when there is no such picture or file, or it cannot be read. */
  find(path: string, query: URLSearchParams): Promise<MediaFile | null>;
}

/** What an address of a network's input carries. */
export const InputSpec = z.object({ preprocessing: Preprocessing, augmentation: Augmentation, seed: z.int().min(0), epoch: z.int().min(0) });
export type InputSpec = z.infer<typeof InputSpec>;

const AT_ONCE = 4;
const EXPORT_TYPES: Readonly<Record<string, string>> = { csv: 'text/csv; charset=utf-8', json: 'application/json', png: 'image/png' };

export function createMedia(context: StudioContext, reader: Reader): Media {
  const { paths, datasets, evaluations, predictions } = context;
  const limiter = new Limiter(AT_ONCE);
  const making = new Map<string, Promise<Buffer>>();

  async function find(request: MediaRequest): Promise<MediaFile | null> {
    if (request.kind === 'export') return findExport(join(paths.exportDir(request.id), request.file), request.file);
    const picture = await locate(request);
    if (!picture) return null;
    if (request.kind === 'input') {
      const spec = InputSpec.safeParse(JSON.parse(Buffer.from(request.spec, 'base64url').toString('utf8')));
      if (!spec.success) return null;
      const { preprocessing, ...view } = spec.data;
      return asFile(await limiter.run(() => encodeInputView(picture, { ...view, key: packKeyOf(preprocessing), index: request.index })));
    }
    const owner = request.kind === 'dataset' ? join(request.dataset, request.split) : request.kind === 'evaluation' ? request.evaluation : request.prediction;
    const file = join(paths.thumbnails, owner, String(Math.floor(request.index / 1000)), `${request.index}-${request.size}.webp`);
    if (request.form === 'full') return asFile(await limiter.run(() => encodeThumbnail(picture, request.size)));
    return asFile(await kept(file, () => limiter.run(() => encodeThumbnail(picture, request.size))));
  }

  async function locate(request: Exclude<MediaRequest, { kind: 'export' }>): Promise<StoredPicture | null> {
    if (request.kind === 'prediction') {
      const prediction = await predictions.find(request.prediction);
      if (!prediction) return null;
      if (prediction.source.kind === 'split') return locateInDataset(prediction.source.datasetId, prediction.source.split, request.index);
      const path = await reader.ask('predictionPath', { directory: prediction.path, index: request.index });
      return path === null ? null : { root: prediction.source.path, path, kind: 'files' };
    }
    if (request.kind === 'evaluation') {
      const evaluation = await evaluations.find(request.evaluation), card = evaluation && await datasets.find(evaluation.datasetId);
      if (!card) return null;
      const directory = paths.datasetDir(card.id), path = await reader.ask('predictionPath', { directory: evaluation.path, index: request.index });
      const { kind } = await reader.ask('datasetPaths', { directory, split: evaluation.split, indices: [] });
      return path === null ? null : { root: card.root, path, kind, directory };
    }
    return locateInDataset(request.dataset, request.split, request.index);
  }

  async function locateInDataset(id: string, split: 'train' | 'val' | 'test', index: number): Promise<StoredPicture | null> {
    const card = await datasets.find(id);
    if (!card) return null;
    const { kind, paths: [path] } = await reader.ask('datasetPaths', { directory: paths.datasetDir(id), split, indices: [index] });
    return path === null || path === undefined ? null : { root: card.root, path, kind, directory: paths.datasetDir(id) };
  }

  /** From disk, else made once however many ask for it. */
  async function kept(file: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const stored = await readFile(file).catch(() => null);
    if (stored) return stored;
    const known = making.get(file);
    if (known) return known;
    const made = (async () => {
      try {
        const bytes = await make();
        await store(file, bytes);
        return bytes;
      } finally {
        making.delete(file);
      }
    })();
    making.set(file, made);
    return made;
  }

  return {
    async find(path, query) {
      const request = parseMediaPath(path, query);
      if (!request) return null;
      try {
        return await find(request);
      } catch {
        // Unreadable, moved, or asked for wrongly: for a page these are the same, a picture that is not there.
        return null;
      }
    },
  };
}

async function store(file: string, bytes: Buffer): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    const temporary = `${file}.${randomUUID()}`;
    await writeFile(temporary, bytes);
    await rename(temporary, file);
  } catch {
    // A full disk only makes thumbnails slower.
  }
}

function asFile(bytes: Buffer): MediaFile {
  return { contentType: 'image/webp', sizeBytes: bytes.length, immutable: true, downloadAs: null, open: () => bytes };
}

async function findExport(file: string, name: string): Promise<MediaFile | null> {
  const found = await stat(file);
  if (!found.isFile()) return null;
  return { contentType: EXPORT_TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream', sizeBytes: found.size, immutable: false, downloadAs: name, open: () => createReadStream(file) };
}
