/** Figures of a stored evaluation without copies of training images, where it is known which they are. */
import { existsSync } from 'node:fs';
import type { EvaluatedImages } from '../../../contract/evaluation.ts';
import type { Predictions } from '../../evaluate/probabilityFile.ts';
import { type WithoutDuplicates, withoutDuplicates } from '../../evaluate/withoutDuplicates.ts';
import type { StudioPaths } from '../records/paths.ts';

/** Null for a folder, and where the data set is gone or was not searched. */
export async function withoutTrainingCopies(
  images: EvaluatedImages,
  paths: Pick<StudioPaths, 'datasetDir'>,
  predictions: Predictions,
): Promise<WithoutDuplicates | null> {
  if (images.kind === 'folder') return null;
  const directory = paths.datasetDir(images.datasetId);
  return existsSync(directory) ? withoutDuplicates(directory, images.split, predictions) : null;
}
