/** Networks that vote: runs and imported weights alike. */
import { join } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import type { Run } from '../../../contract/run.ts';
import { type MemberKind, memberKindOf } from '../../../contract/voting.ts';
import type { ImportedWeights } from '../../../contract/weights/weights.ts';
import type { ClassList } from '../../../pure/classes/classMatch.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import type { MemberOrigin } from '../../evaluate/exportPredictions.ts';
import type { StudioContext } from '../context.ts';
import type { StudioPaths } from '../records/paths.ts';
import { findRun } from '../runs/findRun.ts';
import { findImported, listImported } from '../weights/importedWeights.ts';

/** A member as it is asked for: by its id, its name or the beginning of its id. */
export interface MemberName {
  readonly kind: MemberKind;
  readonly text: string;
}

interface AnyMember {
  readonly id: string;
  readonly name: string;
  /** Name of its network. */
  readonly model: string;
  /** Side of its input, pixels. */
  readonly size: number;
  /** Null where nobody said what its outputs stand for. */
  readonly classes: ClassList | null;
}

export type Member =
  | (AnyMember & { readonly kind: 'run'; readonly run: Run })
  | (AnyMember & { readonly kind: 'weights'; readonly card: ImportedWeights });

/** By an id, which tells its kind. */
export const memberOfId = (id: string): MemberName => ({ kind: memberKindOf(id), text: id });

/** @throws {StudioError} run.notFound, file.notFound, input.invalid: the text fits several */
export async function findMember(context: StudioContext, { kind, text }: MemberName): Promise<Member> {
  return kind === 'run'
    ? memberOfRun(await findRun(context, text))
    : memberOfWeights((await findImported(context.paths, text)).card);
}

/** In the order of their names. @throws {StudioError} as `findMember` */
export async function findMembers(context: StudioContext, names: readonly MemberName[]): Promise<Member[]> {
  const found: Member[] = [];
  for (const name of names) found.push(await findMember(context, name));
  return found;
}

/** Who said what an evaluation holds. @throws {StudioError} run.notFound: no such evaluation */
export async function memberOfEvaluation(
  { runs, paths }: Pick<StudioContext, 'runs' | 'paths'>,
  { runId, weightsPath }: Pick<Evaluation, 'runId' | 'weightsPath'>,
): Promise<Member> {
  const run = runId === null ? null : await runs.find(runId);
  if (run) return memberOfRun(run);
  const card =
    weightsPath === null ? undefined : (await listImported(paths)).find(({ id }) => fileOf(paths, id) === weightsPath);
  if (card) return memberOfWeights(card);
  throw new StudioError('run.notFound', 'A network of these predictions no longer exists.', {
    remedy: 'Predict again with the networks that are there.',
  });
}

/** Where each member's column comes from; `predictions` in the same order. */
export function memberOrigins(members: readonly Member[], predictions: readonly Evaluation[]): MemberOrigin[] {
  return members.map((member, i) => {
    const { checkpointSeq, protocol } = predictions[i]!;
    const run = member.kind === 'run' ? member.run : null;
    const card = member.kind === 'weights' ? member.card : null;
    return {
      run: run?.id ?? null,
      runName: run?.name ?? null,
      weights: card && { id: card.id, name: card.name, sha256: card.sha256 },
      model: member.model,
      checkpoint: run && String(checkpointSeq),
      preprocessing: run?.spec.preprocessing ?? null,
      protocol,
      classes: member.classes,
    };
  });
}

function memberOfRun(run: Run): Member {
  const { id, name, spec } = run;
  const classes = { ids: spec.classIds, names: spec.classNames };
  return { kind: 'run', id, name, model: spec.model.name, size: spec.preprocessing.size, classes, run };
}

function memberOfWeights(card: ImportedWeights): Member {
  const { id, name, model, size, outputs } = card;
  return { kind: 'weights', id, name, model: model.name, size, classes: outputs, card };
}

const fileOf = ({ weights }: StudioPaths, id: string): string => join(weights, id, 'weights.safetensors');
