/**
 * Predictions: what a run says of images as it was trained, in full and at its own precision. They are evaluations, and
 * voting needs no network again where they are stored.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AS_TRAINED } from '../../../contract/protocol.ts';
import { imagesKey } from '../../../contract/evaluation.ts';
import { DeviceChoice, type RunSpec } from '../../../contract/runSpec.ts';
import type { Evaluation, EvaluationRepository } from '../../db/evaluationRepository.ts';
import { INDEX_FILE } from '../../evaluate/probabilityFile.ts';
import { asTrainedBy } from '../../evaluate/protocols/asTrained.ts';
import { protocolHash } from '../../evaluate/protocols/protocolHash.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { runNetwork } from '../weights/networkChoice.ts';
import { checkRequest, findSource, ImageChoice } from './evaluationRequest.ts';
import { fingerprintOf, measure } from './measure.ts';
import type { ProtocolHandlers } from './protocols.ts';

export const PredictionRequest = z.object({
  run: z.string(),
  checkpoint: z.enum(['best', 'last']).default('best'),
  images: ImageChoice,
  batchSize: z.int().min(1).max(4096).optional(),
  device: DeviceChoice.optional(),
  /** Use what this run and checkpoint said about the same split before. */
  reuse: z.boolean().default(true),
});
export type PredictionRequest = z.input<typeof PredictionRequest>;

const MAX_BATCH = 256;

/** @throws {StudioError} `run.notFound`, `run.noCheckpoint`, `dataset.…`, `prediction.classMismatch`, `file.…` */
export async function predict(
  using: { readonly context: StudioContext; readonly protocols: ProtocolHandlers },
  request: PredictionRequest,
  work?: WorkOptions,
): Promise<Evaluation> {
  const { context } = using;
  const { run, checkpoint, images, reuse, ...asked } = PredictionRequest.parse(request);
  const choice = { kind: 'run', run, checkpoint } as const;
  const { runId, checkpointSeq, spec } = await runNetwork(context, choice);
  const settings = checkRequest({
    network: choice,
    images,
    protocols: [AS_TRAINED],
    precision: spec.precision,
    device: asked.device ?? spec.device,
    batchSize: asked.batchSize ?? Math.min(spec.batchSize, MAX_BATCH),
  });
  const source = await findSource(using, choice, settings);
  if (reuse && source.images.kind === 'split') {
    const fingerprint = await fingerprintOf(context, source.images);
    const known = (await predictionsOf(context.evaluations, { id: runId, spec })).find(
      (earlier) =>
        earlier.checkpointSeq === checkpointSeq &&
        earlier.images.kind === 'split' &&
        imagesKey(earlier.images) === imagesKey(source.images) &&
        earlier.dataFingerprint === fingerprint &&
        existsSync(join(earlier.path, INDEX_FILE)),
    );
    if (known) return known;
  }
  const { evaluations } = await measure(context, [source], settings, work);
  return evaluations[0]!;
}

/** All of a run's, newest first. */
export async function predictionsOf(
  evaluations: EvaluationRepository,
  { id, spec }: { readonly id: string; readonly spec: Pick<RunSpec, 'preprocessing' | 'precision'> },
): Promise<Evaluation[]> {
  const own = protocolHash(asTrainedBy(spec.preprocessing));
  return (await evaluations.list({ runId: id })).filter(
    ({ protocol, precision, limit }) =>
      precision === spec.precision && limit === null && protocolHash(protocol) === own,
  );
}
