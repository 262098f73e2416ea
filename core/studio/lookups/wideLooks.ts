/** How images with samples wider than a byte would look by each rule, so that a range of values is chosen by eye. */
import { readFile } from 'node:fs/promises';
import type { DatasetPreview } from '../../../contract/api/datasets/datasetTypes.ts';
import { StudioError } from '../../../contract/errors.ts';
import { measureValues } from '../../data/import/measureValues.ts';
import { decodePicture } from '../../data/pictures/decodePicture.ts';
import { encodePixels } from '../../data/set/thumbnail.ts';
import type { FileTree } from '../../data/sources/fileTree.ts';

const SHOWN = 4;
const SIDE = 72;

/** Null where none of the images at `paths` has such samples; rules by which there is no range have no look. */
export async function wideLooks(tree: FileTree, paths: readonly string[]): Promise<DatasetPreview['wide']> {
  const values = await measureValues(tree, paths);
  if (values === null) return null;
  const chosen = values.paths.filter((_, i) => i % Math.ceil(values.paths.length / SHOWN) === 0);
  const files = await Promise.all(chosen.map((path) => readFile(tree.file(path))));
  const looks: NonNullable<DatasetPreview['wide']>['looks'] = [];
  for (const rule of ['percentiles', 'data'] as const) {
    const range = orNull(() => values.range(rule));
    if (range === null) continue;
    const shape = { kind: 'square', size: SIDE, fit: 'cover', interpolation: 'lanczos3', valueRange: range } as const;
    const images: string[] = [];
    for (const bytes of files) {
      const { pixels } = await decodePicture(bytes, shape);
      images.push(`data:image/webp;base64,${(await encodePixels(pixels, SIDE, SIDE, 3, true)).toString('base64')}`);
    }
    looks.push({ rule, range, images });
  }
  return { count: values.paths.length, looks };
}

function orNull<T>(find: () => T): T | null {
  try {
    return find();
  } catch (error) {
    if (error instanceof StudioError) return null;
    throw error;
  }
}
