/** Pictures of any folder, flat or nested, for prediction: the same decoder and resizing as the packed caches. */
import { statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import { matchClasses, type ClassList } from '../../../pure/classes/classMatch.ts';
import { decodeFiles } from '../pictures/decodePool.ts';
import { fileError } from '../../files/fileErrors.ts';
import { realPlace, systemPath } from '../sources/byteNames.ts';
import { isPictureName, listFolder } from '../sources/pictureFiles.ts';
import { ProgressMeter } from './progressMeter.ts';
import type { OnProgress } from '../../../contract/progress.ts';
import type { PackKey } from '../types.ts';

const MAX_DEPTH = 16;

export interface FolderPicture {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** By the name of the first folder on its way, where that is a class; −1 otherwise. */
  readonly label: number;
  /** `size × size × channels` bytes, row-major, channels last. */
  readonly pixels: Uint8Array;
}

export interface FolderImages {
  readonly root: string;
  /** All picture files found, sorted by folder and name; `labels` belongs to them. */
  readonly paths: readonly string[];
  readonly labels: Int32Array;
  /** Files that are no usable images, each with its reason; complete when `decode` has ended. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** Yields the usable pictures in the order of `paths`. @throws the signal's reason when aborted */
  decode(
    key: PackKey,
    env?: { readonly onProgress?: OnProgress; readonly signal?: AbortSignal },
  ): AsyncGenerator<FolderPicture, void, undefined>;
}

/**
 * Lists the pictures below `path`, or the one picture that it is. A folder whose name is the id or name of one of
 * `classes` gives its pictures that label.
 * @throws {StudioError} dataset.notFound, dataset.noPermission; dataset.layoutMismatch: a file that is no picture
 * @throws {StudioError} dataset.empty: there is no picture at all
 */
export function openFolderImages(path: string, classes: ClassList = { ids: [], names: [] }): FolderImages {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  if (isFile && !isPictureName(path))
    throw new StudioError('dataset.layoutMismatch', `${path} is a file, but no image by its name.`, {
      remedy: 'Choose an image or a folder of images; unpack an archive first.',
      details: { path },
    });
  const root = isFile ? dirname(path) : path;
  const paths: string[] = isFile ? [basename(path)] : [];
  const skipped: { path: string; reason: string }[] = [];
  if (!isFile) collect(root, '', paths, skipped, new Set(), 0);
  if (paths.length === 0 && skipped.every(({ reason }) => reason.startsWith('not an image')))
    throw new StudioError('dataset.empty', `There are no images in ${root} or its folders.`, {
      remedy: 'Choose a folder with JPEG, PNG, WebP, GIF, BMP, TIFF, PNM or AVIF images.',
      details: { path: root },
    });
  const labels = labelsOf(paths, classes);
  return {
    root,
    paths,
    labels,
    skipped,
    async *decode(key, env = {}) {
      const progress = new ProgressMeter('decode', paths.length, env.onProgress);
      for await (const { start, reports, pixels } of decodeFiles(
        { count: paths.length, pathOf: (at) => systemPath(join(root, paths[at]!)) },
        () => ({ kind: 'pack', key }),
        env.signal,
      )) {
        let offset = 0;
        for (const [i, report] of reports.entries()) {
          const path = paths[start + i]!;
          if (report.ok) {
            yield {
              path,
              label: labels[start + i]!,
              pixels: pixels.subarray(offset, offset + report.pixelBytes),
            };
            offset += report.pixelBytes;
          } else skipped.push({ path, reason: report.reason });
          progress.update(start + i + 1);
        }
      }
    },
  };
}

function collect(
  root: string,
  folder: string,
  paths: string[],
  skipped: { path: string; reason: string }[],
  visited: Set<string>,
  depth: number,
): void {
  const full = join(root, folder);
  const real = realFolder(full);
  // A link back to a folder above would never end.
  if (visited.has(real) || depth > MAX_DEPTH) return;
  visited.add(real);
  const listing = listFolder(full);
  const prefix = folder === '' ? '' : `${folder}/`;
  for (const name of listing.pictures) paths.push(`${prefix}${name}`);
  for (const name of listing.broken)
    skipped.push({ path: `${prefix}${name}`, reason: 'no regular file (a broken link, a pipe or a socket)' });
  for (const name of listing.others)
    skipped.push({
      path: `${prefix}${name}`,
      reason: `not an image by its name (${extname(name).toLowerCase() || 'no ending'})`,
    });
  for (const name of listing.folders) collect(root, `${prefix}${name}`, paths, skipped, visited, depth + 1);
}

function realFolder(path: string): string {
  try {
    return realPlace(systemPath(path));
  } catch (error) {
    throw fileError(error, path, { subject: 'dataset' });
  }
}

/** By the first folder on each way; −1 where that is no class. */
function labelsOf(paths: readonly string[], classes: ClassList): Int32Array {
  const folderOf = (path: string): string | null => (path.includes('/') ? path.slice(0, path.indexOf('/')) : null);
  const folders = [...new Set(paths.map(folderOf))].filter((folder) => folder !== null);
  const { outputOf } = matchClasses(classes, { ids: folders, names: folders });
  const labels = new Map<string | null, number>(folders.map((folder, place) => [folder, outputOf[place]!]));
  return Int32Array.from(paths, (path) => labels.get(folderOf(path)) ?? -1);
}
