/**
 * Predictions: what a run, or imported weights, say of images fed as they were trained, in full and at their own
 * precision. They are evaluations, and voting needs no network again where they are stored.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ClassMap } from '../../../contract/classMap.ts';
import { AS_TRAINED, Reading, type ResolvedProtocol } from '../../../contract/protocol.ts';
import { imagesKey } from '../../../contract/evaluation.ts';
import { DeviceChoice } from '../../../contract/deviceChoice.ts';
import type { RunSpec } from '../../../contract/runSpec.ts';
import { MemberKind } from '../../../contract/voting.ts';
import type { Evaluation, EvaluationRepository } from '../../db/evaluationRepository.ts';
import { INDEX_FILE } from '../../evaluate/probabilityFile.ts';
import { asTrainedBy } from '../../evaluate/protocols/asTrained.ts';
import { resolveProtocol } from '../../evaluate/protocols/resolveProtocol.ts';
import { protocolHash } from '../../evaluate/protocols/protocolHash.ts';
import { type ProtocolVariant, withVariant } from '../../evaluate/protocols/variants.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { NetworkChoice, runNetwork, weightsNetwork } from '../weights/networkChoice.ts';
import { type CheckedRequest, checkRequest, findSource, ImageChoice, type Source } from './evaluationRequest.ts';
import { fingerprintOf, measure } from './measure.ts';
import { findMember, type Member } from './members.ts';
import type { ProtocolHandlers } from './protocols.ts';

export const PredictionRequest = z.object({
  /** By id or name. */
  network: z.object({ kind: MemberKind, text: z.string() }),
  /** Of a run. */
  checkpoint: z.enum(['best', 'last']).default('best'),
  images: ImageChoice,
  batchSize: z.int().min(1).max(4096).optional(),
  device: DeviceChoice.optional(),
  /** Name of a protocol; as it was trained where left out. */
  protocol: z.string().default(AS_TRAINED),
  reading: Reading.default('all'),
  classMap: ClassMap.optional(),
  /** Use what this network said about the same split before. */
  reuse: z.boolean().default(true),
});
export type PredictionRequest = z.input<typeof PredictionRequest>;

const MAX_BATCH = 256;
/** Of imported weights, which were trained elsewhere. */
const WEIGHTS_SETTINGS = { precision: 'f32', device: 'auto', batchSize: 32 } as const;

/**
 * @throws {StudioError} `run.notFound`, `run.noCheckpoint`, `file.…`, `dataset.…`, `input.invalid`,
 * `prediction.classMismatch`, `file.…`
 */
export async function predict(
  using: { readonly context: StudioContext; readonly protocols: ProtocolHandlers },
  request: PredictionRequest,
  work?: WorkOptions,
): Promise<Evaluation> {
  const { context } = using;
  const { network, checkpoint, images, reuse, ...asked } = PredictionRequest.parse(request);
  const choice = NetworkChoice.parse(
    network.kind === 'run' ? { kind: 'run', run: network.text, checkpoint } : { kind: 'weights', path: network.text },
  );
  const own = choice.kind === 'run' ? (await runNetwork(context, choice)).spec : WEIGHTS_SETTINGS;
  const settings = checkRequest({
    network: choice,
    images,
    protocols: [asked.protocol],
    reading: asked.reading,
    classMap: asked.classMap,
    precision: own.precision,
    device: asked.device ?? own.device,
    batchSize: asked.batchSize ?? Math.min(own.batchSize, MAX_BATCH),
  });
  const source = await findSource(using, choice, settings);
  const member = await findMember(context, network);
  const known = reuse ? await earlierAnswer(context, await answersOf(context, member, source, settings), source) : null;
  if (known) return known;
  const { evaluations } = await measure(context, [source], settings, work);
  return evaluations[0]!;
}

/** Of these, what was said about the same split, with the same data in it; null: the network has to be asked. */
async function earlierAnswer(
  context: StudioContext,
  answers: readonly Evaluation[],
  { network: { checkpointSeq }, images }: Source,
): Promise<Evaluation | null> {
  if (images.kind !== 'split') return null;
  const fingerprint = await fingerprintOf(context, images);
  const known = answers.find(
    (earlier) =>
      earlier.checkpointSeq === checkpointSeq &&
      earlier.images.kind === 'split' &&
      imagesKey(earlier.images) === imagesKey(images) &&
      earlier.dataFingerprint === fingerprint &&
      existsSync(join(earlier.path, INDEX_FILE)),
  );
  return known ?? null;
}

/** What a network said by the protocol that is asked for, in full and at the same precision, newest first. */
async function answersOf(
  context: StudioContext,
  member: Member,
  { network: { input, runId, weightsPath }, protocols: [protocol] }: Source,
  { protocols: [name], reading, classMap, precision }: CheckedRequest,
): Promise<Evaluation[]> {
  if (name === AS_TRAINED) return predictionsOfMember(context, member, { reading, classMap });
  if (!protocol || !(protocol.input ?? input)) return [];
  const wanted = unlabelled(resolveProtocol(protocol, { input, labels: 'own' }, null, []));
  return (await context.evaluations.list(runId === null ? {} : { runId })).filter(
    (one) =>
      one.weightsPath === weightsPath &&
      one.precision === precision &&
      one.limit === null &&
      unlabelled(one.protocol) === wanted,
  );
}

/** A list of labels follows from weights and data set, which are compared by themselves. */
const unlabelled = (protocol: ResolvedProtocol): string => protocolHash({ ...protocol, labels: 'own' });

/** All of a run's or of imported weights', newest first; over all outputs and by id and name unless told otherwise. */
export async function predictionsOfMember(
  context: StudioContext,
  member: Member,
  variant: ProtocolVariant = {},
): Promise<Evaluation[]> {
  const { evaluations } = context;
  if (member.kind === 'run') return predictionsOf(evaluations, member.run, variant);
  const { weightsPath, input, asTrained } = await weightsNetwork(context, {
    kind: 'weights',
    path: member.id,
    options: {},
  });
  if (!input || !asTrained) return [];
  const own = unlabelled(resolveProtocol(withVariant(asTrained, variant), { input, labels: 'own' }, null, []));
  return (await evaluations.list()).filter(
    (one) =>
      one.weightsPath === weightsPath &&
      one.precision === WEIGHTS_SETTINGS.precision &&
      one.limit === null &&
      unlabelled(one.protocol) === own,
  );
}

/** All of a run's, newest first. */
export async function predictionsOf(
  evaluations: EvaluationRepository,
  { id, spec }: { readonly id: string; readonly spec: Pick<RunSpec, 'preprocessing' | 'precision'> },
  variant: ProtocolVariant = {},
): Promise<Evaluation[]> {
  const own = protocolHash(withVariant(asTrainedBy(spec.preprocessing), variant));
  return (await evaluations.list({ runId: id })).filter(
    ({ protocol, precision, limit }) =>
      precision === spec.precision && limit === null && protocolHash(protocol) === own,
  );
}
