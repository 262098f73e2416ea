/**
 * The self-check job: a labelled sample through every plausible preprocessing; what scores best is most likely how the
 * weights were trained.
 */
import { StudioError } from '../../../../contract/errors.ts';
import { channelsOf, type InputSpec } from '../../../../contract/inputSpec.ts';
import type { SelfCheck } from '../../../../contract/weights/weights.ts';
import { normalisedPixels } from '../../../../pure/normalisation.ts';
import { openDataset } from '../../../data/set/openDataset.ts';
import { inColumns, labelIn } from '../../../evaluate/classColumns.ts';
import { InputContest } from '../../../evaluate/inputContest.ts';
import { plausibleInputs } from '../../../evaluate/protocols/plausibleInputs.ts';
import { resolveProtocol } from '../../../evaluate/protocols/resolveProtocol.ts';
import { openSplitPictures } from '../../../evaluate/protocols/splitPictures.ts';
import { viewsOfAll } from '../../../evaluate/protocols/viewPool.ts';
import { notFiniteNotes } from '../../../weights/mapWeights.ts';
import { implementJob, progressSender, tellProgress, type JobContext } from '../../jobContext.ts';
import { networkColumns } from '../../networkColumns.ts';
import { openEngine } from '../../openEngine.ts';
import { type SelfCheckJob, selfCheckJob } from './messages.ts';
import { type LoadedWeights, loadWeights, openInference } from '../../trainedNetwork.ts';
import { probabilitiesOf } from '../../viewScores.ts';

const RAW: Readonly<Record<1 | 3, InputSpec>> = {
  1: { color: 'gray', scale: 1, mean: [0], std: [1] },
  3: { color: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
};

export async function runSelfCheckJob(job: SelfCheckJob, context: JobContext): Promise<SelfCheck> {
  const dataset = await openDataset(job.datasetDir);
  const { card } = dataset;
  if (job.protocol.crops === 'dense')
    throw new StudioError('input.invalid', 'The self-check takes crops.', {
      remedy: 'Choose a protocol that is not dense.',
    });
  const weights = await loadWeights(job.network, job.declared ? channelsOf(job.declared) : undefined);
  const channels = checkableChannels(weights);
  const protocol = resolveProtocol(
    { ...job.protocol, input: RAW[channels] },
    { input: null, labels: job.labels },
    null,
    card.classIds,
  );
  const columns = networkColumns(weights, protocol.labels, { ids: card.classIds, names: card.classNames }, card.name);
  const network = openInference(await openEngine(job.device), weights, protocol.crop, 'f32');
  const classes = columns.outputOf.length;
  const contest = new InputContest(
    plausibleInputs(channels, { mean: card.channelMean, std: card.channelStd }, job.declared ?? weights.input),
    classes,
  );
  const source = await openSplitPictures(dataset, job.split, {
    limit: job.limit,
    signal: context.signal,
    onProgress: tellProgress(context),
  });
  const tell = progressSender(context, 'check', source.count);
  let seen = 0;
  try {
    if (!source.labels.some((label) => label >= 0))
      throw new StudioError('input.invalid', 'The self-check needs images with labels.', {
        remedy: 'Choose a labelled split.',
      });
    for await (const { pictures, views } of viewsOfAll(source, [protocol], job.batchSize, context.signal)) {
      if (pictures.length === 0) continue;
      const labels = pictures.map((p) => labelIn(columns, source.labels[p]!));
      for (const candidate of contest.open) {
        const { input } = candidate;
        const pixels = normalisedPixels(views[0]!, input, input.color === 'bgr' ? 'bgr' : 'rgb');
        const probabilities = probabilitiesOf({ pixels, sizes: [] }, pictures.length, {
          network,
          classes: weights.shape.classes,
          average: protocol.average,
          crop: protocol.crop,
          batchSize: job.batchSize,
        });
        candidate.add(inColumns(probabilities, weights.shape.classes, columns), labels, classes);
      }
      contest.looked(labels);
      seen += labels.length;
      tell(seen);
    }
  } finally {
    source.close();
    network.dispose();
  }
  return contest.verdict();
}

/** @throws {StudioError} `weights.mismatch`, `input.invalid`: nothing can be found out with these weights */
function checkableChannels({ notFinite, shape: { channels } }: LoadedWeights): 1 | 3 {
  if (notFinite.length > 0)
    throw new StudioError('weights.mismatch', notFiniteNotes(notFinite).join(' '), {
      remedy: 'Import other weights: nothing can be found out with these.',
    });
  if (channels === 1 || channels === 3) return channels;
  throw new StudioError(
    'input.invalid',
    `The self-check knows networks of 1 and 3 channels; this one has ${channels}.`,
    { remedy: 'Evaluate it by a protocol that names its input.' },
  );
}

export const run = implementJob(selfCheckJob, runSelfCheckJob);
