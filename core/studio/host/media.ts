/** Pictures and exported files for the screens, by id. Thumbnails are kept on disk. */
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Split } from '../../../contract/dataset.ts';
import { Preprocessing } from '../../../contract/inputSpec.ts';
import { Augmentation } from '../../../contract/recipe.ts';
import { encodeInputView } from '../../data/batches/inputView.ts';
import { encodeThumbnail, type StoredPicture } from '../../data/set/thumbnail.ts';
import type { StudioContext } from '../context.ts';
import type { Reader } from '../lookups/lookups.ts';
import { whereImagesLie } from '../results/imageRoot.ts';
import { KeptFiles } from './keptFiles.ts';
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
  const pictures = new MediaPictures(context, reader);
  return {
    async find(path, query) {
      const request = parseMediaPath(path, query);
      if (!request) return null;
      try {
        return request.kind === 'export'
          ? await findExport(join(context.paths.exportDir(request.id), request.file), request.file)
          : await pictures.find(request);
      } catch {
        // Unreadable, moved, or asked for wrongly: for a page these are the same, a picture that is not there.
        return null;
      }
    },
  };
}

type InputRequest = Extract<MediaRequest, { kind: 'input' }>;
type StoredRequest = Exclude<MediaRequest, { kind: 'export' | 'input' }>;
/** A picture, and whose folder of thumbnails it belongs to. */
type Located = { readonly picture: StoredPicture; readonly owner: string };

class MediaPictures {
  readonly #context: StudioContext;
  readonly #reader: Reader;
  readonly #limiter = new Limiter(AT_ONCE);
  readonly #thumbnails = new KeptFiles();

  constructor(context: StudioContext, reader: Reader) {
    this.#context = context;
    this.#reader = reader;
  }

  async find(request: InputRequest | StoredRequest): Promise<MediaFile | null> {
    if (request.kind === 'input') return this.#input(request);
    const found = await this.#locate(request);
    if (!found) return null;
    const { picture, owner } = found;
    const make = (): Promise<Buffer> => this.#limiter.run(() => encodeThumbnail(picture, request.size));
    if (request.form === 'full') return asFile(await make());
    // By path: an evaluation's pictures are the data set's, whatever their places in either.
    const name = hash('sha1', picture.path);
    const file = join(this.#context.paths.thumbnails, owner, name.slice(0, 2), `${name}-${request.size}.webp`);
    return asFile(await this.#thumbnails.get(file, make));
  }

  async #input({ dataset, split, index, spec }: InputRequest): Promise<MediaFile | null> {
    const view = InputSpec.safeParse(JSON.parse(Buffer.from(spec, 'base64url').toString('utf8')));
    const card = await this.#context.datasets.find(dataset);
    if (!view.success || !card) return null;
    const { root, classIds } = card;
    const directory = this.#context.paths.datasetDir(card.id);
    const {
      kind,
      pictures: [picture],
    } = await this.#reader.ask('trainedPictures', { directory, root, split, classIds, places: [index] });
    if (!picture) return null;
    const source = { root, directory, kind, path: picture.path };
    return asFile(await this.#limiter.run(() => encodeInputView(source, picture, card, view.data)));
  }

  async #locate(request: StoredRequest): Promise<Located | null> {
    if (request.kind === 'dataset') {
      const {
        paths: [path],
      } = await this.#reader.ask('datasetPaths', {
        directory: this.#context.paths.datasetDir(request.dataset),
        split: request.split,
        indices: [request.index],
      });
      return this.#inDataset(request.dataset, request.split, path ?? null);
    }
    const evaluation = await this.#context.evaluations.find(request.evaluation);
    if (!evaluation) return null;
    const { id, images, path: directory } = evaluation;
    const path = await this.#reader.ask('predictionPath', { directory, index: request.index });
    if (images.kind === 'split') return this.#inDataset(images.datasetId, images.split, path);
    return path === null ? null : { picture: { ...(await whereImagesLie(this.#context, images)), path }, owner: id };
  }

  async #inDataset(id: string, split: Split, path: string | null): Promise<Located | null> {
    const card = await this.#context.datasets.find(id);
    const directory = this.#context.paths.datasetDir(id);
    if (!card || path === null) return null;
    const { kind } = await this.#reader.ask('datasetPaths', { directory, split, indices: [] });
    return { picture: { root: card.root, path, kind, directory }, owner: join(id, split) };
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
