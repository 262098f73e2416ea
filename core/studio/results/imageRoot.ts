/** Where the images of an evaluation are read from. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EvaluatedImages } from '../../../contract/evaluation.ts';
import { readIndex } from '../../data/set/datasetIndex.ts';
import type { StoredPicture } from '../../data/set/thumbnail.ts';
import type { StudioContext } from '../context.ts';

/** What an image's own path is added to. */
export type ImageRoot = Omit<StoredPicture, 'path'>;

export async function whereImagesLie({ datasets, paths }: StudioContext, images: EvaluatedImages): Promise<ImageRoot> {
  if (images.kind === 'folder') {
    const isOneImage = statSync(images.path, { throwIfNoEntry: false })?.isFile() === true;
    return { root: isOneImage ? dirname(images.path) : images.path, kind: 'files' };
  }
  const directory = paths.datasetDir(images.datasetId);
  const card = await datasets.find(images.datasetId);
  return { root: card?.root ?? '', directory, kind: readIndex(directory).kind };
}
