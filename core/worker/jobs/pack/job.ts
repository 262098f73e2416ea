/** The pack job: what a training would do first, for a run that trains on another machine. */
import { chooseDataSource } from '../../../data/batches/dataSource.ts';
import { canonicalKey, packKeyOf, packName } from '../../../data/packed/packKey.ts';
import { ensurePacked } from '../../../data/packed/packedCache.ts';
import { readIndex } from '../../../data/set/datasetIndex.ts';
import { openDataset } from '../../../data/set/openDataset.ts';
import { implementJob, type JobContext, tellProgress } from '../../jobContext.ts';
import { type Packed, type PackJob, packJob } from './messages.ts';

export async function runPackJob({ spec, datasetDir }: PackJob, context: JobContext): Promise<Packed> {
  const dataset = await openDataset(datasetDir);
  const key = packKeyOf(spec.preprocessing);
  const source = chooseDataSource(dataset, readIndex(dataset.directory), key, spec.augmentation);
  if (source.kind === 'files') return { reason: source.reason };
  const cache = await ensurePacked(dataset, key, {
    signal: context.signal,
    overlay: 'inPlace',
    onProgress: tellProgress(context),
  });
  cache.close();
  const name = packName(canonicalKey(dataset.card, key));
  return { files: [`${name}.u8`, `${name}.json`] };
}

export const run = implementJob(packJob, runPackJob);
