/** The addresses below /media/: made here, and read here, so that the two agree. */
import { Split } from '../../../contract/dataset.ts';
import { MEDIA_PREFIX } from '../../../contract/api/connection.ts';

export type MediaRequest =
  | {
      readonly kind: 'dataset';
      readonly dataset: string;
      readonly split: Split;
      readonly index: number;
      readonly form: 'thumb' | 'full';
      readonly size: number;
    }
  | {
      readonly kind: 'evaluation';
      readonly evaluation: string;
      readonly index: number;
      readonly form: 'thumb' | 'full';
      readonly size: number;
    }
  | {
      readonly kind: 'input';
      readonly dataset: string;
      readonly split: Split;
      readonly index: number;
      readonly spec: string;
    }
  | { readonly kind: 'export'; readonly id: string; readonly file: string };

const ID = '([A-Za-z0-9][A-Za-z0-9-]{0,79})';
const INDEX = '(0|[1-9][0-9]{0,9})';
const DATASET = new RegExp(`^datasets/${ID}/(train|val|test)/${INDEX}/(thumb|full)$`);
const EVALUATION = new RegExp(`^evaluations/${ID}/${INDEX}/(thumb|full)$`);
const INPUT = new RegExp(`^inputs/${ID}/(train|val|test)/${INDEX}/([A-Za-z0-9_-]{1,2000})$`);
const EXPORT = new RegExp(`^exports/${ID}/([A-Za-z0-9][A-Za-z0-9 ._-]{0,99})$`);
const THUMB_SIZE = 128;
const FULL_SIZE = 2048;

/** What an address means; null for everything that is none. `path` is not decoded: none of ours needs it. */
export function parseMediaPath(path: string, query: URLSearchParams): MediaRequest | null {
  if (!path.startsWith(MEDIA_PREFIX)) return null;
  const rest = path.slice(MEDIA_PREFIX.length);
  const dataset = DATASET.exec(rest);
  if (dataset) {
    const form = dataset[4] === 'full' ? 'full' : 'thumb';
    return {
      kind: 'dataset',
      dataset: dataset[1] ?? '',
      split: Split.parse(dataset[2]),
      index: Number(dataset[3]),
      form,
      size: sizeOf(form, query),
    };
  }
  const evaluation = EVALUATION.exec(rest);
  if (evaluation) {
    const form = evaluation[3] === 'full' ? 'full' : 'thumb';
    return {
      kind: 'evaluation',
      evaluation: evaluation[1] ?? '',
      index: Number(evaluation[2]),
      form,
      size: sizeOf(form, query),
    };
  }
  const input = INPUT.exec(rest);
  if (input)
    return {
      kind: 'input',
      dataset: input[1] ?? '',
      split: Split.parse(input[2]),
      index: Number(input[3]),
      spec: input[4] ?? '',
    };
  const file = EXPORT.exec(rest);
  if (file && !file[2]?.includes('..')) return { kind: 'export', id: file[1] ?? '', file: file[2] ?? '' };
  return null;
}

/** Thumbnails come in steps, so that a cache is not filled with one picture in 480 sizes. */
const SIZES = [32, 64, 128, 256, 512];

function sizeOf(form: 'thumb' | 'full', query: URLSearchParams): number {
  if (form === 'full') return FULL_SIZE;
  const asked = Number(query.get('size') ?? THUMB_SIZE);
  return SIZES.find((size) => size >= asked) ?? (asked > 0 ? 512 : THUMB_SIZE);
}

export function datasetPictureUrls(dataset: string, split: Split, index: number): { thumbnail: string; full: string } {
  const base = `${MEDIA_PREFIX}datasets/${dataset}/${split}/${index}`;
  return { thumbnail: `${base}/thumb`, full: `${base}/full` };
}

export function evaluationPictureUrls(evaluation: string, index: number): { thumbnail: string; full: string } {
  const base = `${MEDIA_PREFIX}evaluations/${evaluation}/${index}`;
  return { thumbnail: `${base}/thumb`, full: `${base}/full` };
}

export function inputUrl(dataset: string, split: Split, index: number, spec: object): string {
  const encoded = Buffer.from(JSON.stringify(spec)).toString('base64url');
  return `${MEDIA_PREFIX}inputs/${dataset}/${split}/${index}/${encoded}`;
}

export function exportUrl(id: string, file: string): string {
  return `${MEDIA_PREFIX}exports/${id}/${encodeURIComponent(file)}`;
}
