/** Learning-rate range test of a request: how the loss moves while the rate rises. */
import { StudioError } from '../../../contract/errors.ts';
import type { LrRangeResult } from '../../../contract/lrRange.ts';
import { lrRangeJob } from '../../worker/jobs/lrRange/messages.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runJob } from '../jobs/runJob.ts';
import { initialFile } from '../weights/startingPoint.ts';
import { resolveRequest } from './resolveRequest.ts';

export interface LrRange {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

/** @throws {StudioError} `run.badSpec`, `dataset.notFound`, `input.invalid` when the rates do not rise */
export async function lrRange(
  context: StudioContext,
  request: unknown,
  range: LrRange,
  work?: WorkOptions,
): Promise<LrRangeResult> {
  if (!(range.from > 0 && range.to > range.from))
    throw new StudioError('input.invalid', `The learning rates ${range.from} to ${range.to} do not rise.`, {
      remedy: 'Give a lowest rate above 0 and a higher one.',
    });
  const { spec, card } = await resolveRequest(context, request, work);
  return runJob(
    context,
    lrRangeJob,
    {
      spec,
      datasetDir: context.paths.datasetDir(card.id),
      initial: await initialFile(context, spec),
      ...range,
    },
    { ...work, device: spec.device },
  );
}
