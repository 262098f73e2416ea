/** Pictures and exported files for the screens, by id. Thumbnails are kept on disk. */
import { hash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { makeFolder } from '../../files/makeFolder.ts';
import type { Split } from '../../../contract/dataset.ts';
import { Preprocessing } from '../../../contract/inputSpec.ts';
import { Augmentation } from '../../../contract/recipe.ts';
import { encodeInputView } from '../../data/batches/inputView.ts';
import { encodeThumbnail, type StoredPicture } from '../../data/set/thumbnail.ts';
import type { StudioContext } from '../context.ts';
import type { Reader } from '../lookups/lookups.ts';
import { whereImagesLie } from '../results/imageRoot.ts';
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
export const InputSpec = z.object({
  preprocessing: Preprocessing,
  augmentation: Augmentation,
  seed: z.int().min(0),
  epoch: z.int().min(0),
});
export type InputSpec = z.infer<typeof InputSpec>;

const AT_ONCE = 4;
const EXPORT_TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  png: 'image/png',
};

export function createMedia(context: StudioContext, reader: Reader): Media {
  const { paths, datasets, evaluations } = context;
  const limiter = new Limiter(AT_ONCE);
  const making = new Map<string, Promise<Buffer>>();

  async function find(request: MediaRequest): Promise<MediaFile | null> {
    if (request.kind === 'export') return findExport(join(paths.exportDir(request.id), request.file), request.file);
    if (request.kind === 'input') return findInput(request);
    const found = await locate(request);
    if (!found) return null;
    const { picture, owner } = found;
    const make = (): Promise<Buffer> => limiter.run(() => encodeThumbnail(picture, request.size));
    if (request.form === 'full') return asFile(await make());
    // By path: an evaluation's pictures are the data set's, whatever their places in either.
    const name = hash('sha1', picture.path);
    return asFile(await kept(join(paths.thumbnails, owner, name.slice(0, 2), `${name}-${request.size}.webp`), make));
  }

  async function findInput({
    dataset,
    split,
    index,
    spec,
  }: Extract<MediaRequest, { kind: 'input' }>): Promise<MediaFile | null> {
    const view = InputSpec.safeParse(JSON.parse(Buffer.from(spec, 'base64url').toString('utf8')));
    const card = await datasets.find(dataset);
    if (!view.success || !card) return null;
    const { root, classIds } = card;
    const directory = paths.datasetDir(card.id);
    const {
      kind,
      pictures: [picture],
    } = await reader.ask('trainedPictures', { directory, root, split, classIds, places: [index] });
    return picture
      ? asFile(
          await limiter.run(() =>
            encodeInputView({ root, directory, kind, path: picture.path }, picture, card, view.data),
          ),
        )
      : null;
  }

  /** `owner` names the folder of its thumbnails. */
  async function locate(
    request: Exclude<MediaRequest, { kind: 'export' | 'input' }>,
  ): Promise<{ picture: StoredPicture; owner: string } | null> {
    if (request.kind === 'dataset') {
      const {
        paths: [path],
      } = await reader.ask('datasetPaths', {
        directory: paths.datasetDir(request.dataset),
        split: request.split,
        indices: [request.index],
      });
      return inDataset(request.dataset, request.split, path ?? null);
    }
    const evaluation = await evaluations.find(request.evaluation);
    if (!evaluation) return null;
    const { id, images, path: directory } = evaluation;
    const path = await reader.ask('predictionPath', { directory, index: request.index });
    if (images.kind === 'split') return inDataset(images.datasetId, images.split, path);
    return path === null ? null : { picture: { ...(await whereImagesLie(context, images)), path }, owner: id };
  }

  async function inDataset(
    id: string,
    split: Split,
    path: string | null,
  ): Promise<{ picture: StoredPicture; owner: string } | null> {
    const card = await datasets.find(id);
    const directory = paths.datasetDir(id);
    if (!card || path === null) return null;
    const { kind } = await reader.ask('datasetPaths', { directory, split, indices: [] });
    return { picture: { root: card.root, path, kind, directory }, owner: join(id, split) };
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
    await makeFolder(dirname(file));
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
  return {
    contentType: EXPORT_TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    sizeBytes: found.size,
    immutable: false,
    downloadAs: name,
    open: () => createReadStream(file),
  };
}
