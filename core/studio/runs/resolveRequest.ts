/**
 * From what a user asks for to a frozen spec: finds the data set, the network and the weights that it names, by their
 * ids.
 */
import type { DatasetCard } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { RunSpec } from '../../../contract/runSpec.ts';
import { getModel } from '../../models/registry.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { type StartingPoint, startOf } from '../weights/startingPoint.ts';
import { parseRunRequest, resolveSpec } from './resolveSpec.ts';

export interface ResolvedRequest {
  readonly spec: RunSpec;
  readonly card: DatasetCard;
  /** Null for a run that starts from its seed. */
  readonly start: StartingPoint | null;
}

/**
 * A request as it would be frozen now.
 * @throws {StudioError} `run.badSpec`, `dataset.notFound`, `model.…`, `weights.…`
 */
export async function resolveRequest(
  context: StudioContext,
  request: unknown,
  work?: WorkOptions,
): Promise<ResolvedRequest> {
  const parsed = parseRunRequest(request);
  const card = await context.datasets.find(parsed.dataset);
  if (!card)
    throw new StudioError('dataset.notFound', `There is no data set "${parsed.dataset}".`, {
      remedy: 'Choose one of the list.',
    });
  const start = await startOf(context, parsed, work);
  return { spec: resolveSpec(parsed, card, getModel(parsed.model.name), start), card, start };
}
