/** A run's data set, as long as it is still the one the run was made for. */
import { existsSync } from 'node:fs';
import { StudioError } from '../../../contract/errors.ts';
import type { Run } from '../../../contract/run.ts';
import { dataFingerprint } from '../../data/set/overlay.ts';
import type { StudioContext } from '../context.ts';

/**
 * Its folder.
 * @throws {StudioError} `dataset.notFound`; `dataset.changed`: another one than the run was made for
 */
export async function requireRunDataset({ datasets, paths }: StudioContext, run: Run): Promise<string> {
  const card = await datasets.find(run.spec.dataset);
  const directory = paths.datasetDir(run.spec.dataset);
  if (!card || !existsSync(directory))
    throw new StudioError('dataset.notFound', `Data set ${run.spec.dataset} of run ${run.id} no longer exists.`, {
      remedy: 'Import it again and start a new run.',
    });
  if (card.fingerprint !== run.spec.datasetFingerprint)
    throw new StudioError('dataset.changed', `Data set "${card.name}" is not the one run ${run.id} was made for.`, {
      remedy: 'Start a new run on it.',
    });
  if (run.spec.dataFingerprint !== undefined && dataFingerprint({ card, directory }) !== run.spec.dataFingerprint) {
    throw new StudioError(
      'dataset.changed',
      `Images of data set "${card.name}" were left out or relabelled since run ${run.id} was made.`,
      {
        remedy: 'Take these changes back to go on with it, or start a new run with the same settings.',
        details: { frozen: run.spec.dataFingerprint },
      },
    );
  }
  return directory;
}
