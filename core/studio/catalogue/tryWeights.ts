/** Published weights on their first day: whether they compute, how they want their images, what they reach. */
import { isDeepStrictEqual } from 'node:util';
import type { CatalogueWeights, TrialOutcome } from '../../../contract/catalogue.ts';
import type { DeviceChoice } from '../../../contract/deviceChoice.ts';
import { forwardCheckJob } from '../../worker/jobs/forwardCheck/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runJob } from '../jobs/runJob.ts';
import type { EvaluationHandlers } from '../results/evaluations.ts';
import { weightsNetwork } from '../weights/networkChoice.ts';
import type { WeightsHandlers } from '../weights/weightsHandlers.ts';
import { trialDataset, trialOf } from './trial.ts';

/** Images of the self-check: each of its preprocessings looks at all of them. */
const CHECKED = 100;

interface Using {
  readonly context: StudioContext;
  readonly weights: WeightsHandlers;
  readonly evaluations: EvaluationHandlers;
}

/**
 * A forward pass on images of a formula; then, where a data set with the published classes is at hand, the self-check on
 * a sample of it and the published protocol on all of it. What the data set said before counts.
 * @throws {StudioError} weights.mismatch: the network computes nothing with them; as checks and predictions do
 */
export async function tryWeights(
  { context, weights, evaluations }: Using,
  entry: CatalogueWeights,
  id: string,
  device: DeviceChoice,
  work?: WorkOptions,
): Promise<TrialOutcome> {
  const { trained } = await weightsNetwork(context, { kind: 'weights', path: id, options: {} });
  const { outputs } = await runJob(context, forwardCheckJob, { network: trained, device }, { ...work, device });
  const dataset = await trialDataset(context, entry);
  if (!dataset) return { outputs, dataset: null, check: null, trial: null };
  const { split } = entry.published[0]!;
  const {
    rows,
    proposed,
    pictures,
    weights: card,
  } = await weights.check({ weights: id, dataset: dataset.id, split, limit: CHECKED, device }, work);
  const images = { kind: 'split', split, dataset: dataset.id } as const;
  await evaluations.predict({ network: { kind: 'weights', text: id }, images, device }, work);
  return {
    outputs,
    dataset: dataset.name,
    check: {
      images: pictures,
      asDeclared: isDeepStrictEqual(rows.find(({ name }) => name === proposed)?.input, card.input),
    },
    trial: await trialOf(context, entry, { id }),
  };
}
