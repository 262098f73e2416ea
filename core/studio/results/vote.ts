/** One vote: every member predicts the same pictures, the votes are counted, and the predictions file is written. */
import { StudioError } from '../../../contract/errors.ts';
import type { VotingRule } from '../../../contract/voting.ts';
import { AS_TRAINED } from '../../../contract/protocol.ts';
import type { Evaluation } from '../../db/evaluationRepository.ts';
import { openDurableFile } from '../../files/durableFile.ts';
import { evaluateEnsemble, type EnsembleResult, votePValue } from '../../evaluate/ensemble.ts';
import { exportPredictions } from '../../evaluate/exportPredictions.ts';
import { memberLabels } from '../../evaluate/memberLabel.ts';
import { readProbabilities } from '../../evaluate/probabilityFile.ts';
import type { PredictionColumns } from '../../evaluate/predictionsCsv.ts';
import { sidecarPath, type WrittenCsv } from '../../evaluate/predictionsSidecar.ts';
import type { ClassMap } from '../../../contract/classMap.ts';
import { renamedBy, speaksOf } from '../../../pure/classes/classMap.ts';
import { type ClassList, requireCommonClasses } from '../../../pure/classes/classMatch.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { type ContactSheetRequest, writeContactSheet } from './figures.ts';
import type { EvaluationHandlers } from './evaluations.ts';
import { whereImagesLie } from './imageRoot.ts';
import { type Member, type MemberName, memberOrigins } from './members.ts';
import type { PredictionRequest } from './predictions.ts';
import type { RuleRequest } from './votingRule.ts';

export interface VoteRequest extends Omit<PredictionRequest, 'network'> {
  /** In the order of their columns. */
  readonly members: readonly MemberName[];
  readonly rule?: RuleRequest | VotingRule;
  /** Where the CSV goes; its sidecar comes beside it. */
  readonly output: string;
  readonly columns?: PredictionColumns;
  readonly cells?: 'name' | 'id';
  readonly overwrite?: boolean;
  /** Also draw pictures with their decisions. */
  readonly contactSheet?: ContactSheetRequest;
}

export interface VoteReport {
  readonly csv: WrittenCsv & { readonly path: string };
  readonly sidecar: string;
  readonly rule: VotingRule;
  readonly members: {
    readonly id: string;
    readonly kind: Member['kind'];
    readonly name: string;
    readonly model: string;
    readonly prediction: string;
    readonly top1: number | null;
    readonly top5: number | null;
    /** Two-sided p-value of McNemar's exact test against the vote; null without labels. */
    readonly pValue: number | null;
  }[];
  /** Share of labelled pictures that the vote got right; null without labels. */
  readonly top1: number | null;
  readonly agreement: number[][];
  readonly whyCounts: EnsembleResult['whyCounts'];
  readonly gains: { readonly id: string; readonly gain: number | null }[];
  readonly skipped: { readonly path: string; readonly reason: string }[];
}

/** How the accuracies come about; they mean nothing without it. */
const wordsOf = (how: string): string =>
  `one prediction per network, ${how}; softmax probabilities; labels of the split where it has them`;

const OF_SUBSET = "; decided among the data set's classes alone";

type Ballot = Omit<VoteRequest, 'members' | 'rule'>;

/** @throws {StudioError} `prediction.classMismatch`: members share no class; `file.exists`; as predictions do */
export async function castVote(
  { context, evaluations }: { context: StudioContext; evaluations: EvaluationHandlers },
  members: readonly Member[],
  rule: VotingRule,
  { images, checkpoint, batchSize, device, protocol, reading, classMap, reuse, output, contactSheet, ...csv }: Ballot,
  work: WorkOptions = {},
): Promise<VoteReport> {
  // Before an hour of work, not after it: the members can vote, and the file can be written where it is wanted.
  const mapOf = mapsOf(members, classMap);
  requireSharedClasses(members, mapOf);
  await (await openDurableFile(output, csv)).discard();
  const stored: Evaluation[] = [];
  const asked = { images, checkpoint, batchSize, device, protocol, reading, reuse };
  for (const [i, { kind, id, model }] of members.entries())
    stored.push(
      await evaluations.predict(
        { ...asked, network: { kind, text: id }, classMap: mapOf[i] },
        ofMember(work, `${model} (${i + 1}/${members.length})`),
      ),
    );
  const loaded = await Promise.all(stored.map((prediction) => readProbabilities(prediction.path)));
  const result = evaluateEnsemble(loaded, rule);
  const first = stored[0];
  const data = await describeData(context, first);
  const written = await exportPredictions({
    ...csv,
    path: output,
    members: result.members,
    result,
    protocol: protocolInWords(stored, protocol),
    origins: memberOrigins(members, stored),
    data,
    versions: versionsOf(first),
    ...(work.signal && { signal: work.signal }),
  });
  if (contactSheet)
    await writeContactSheet(contactSheet, result, {
      source: await whereImagesLie(context, first!.images),
      members: memberLabels(members.map(({ model }) => model)),
      size: Math.max(...members.map(({ size }) => size)),
    });
  return reportOf(members, stored, result, { ...written, path: output });
}

/** The same work, whose stages say which member is at it. */
export function ofMember(work: WorkOptions, member: string): WorkOptions {
  const { onProgress } = work;
  if (!onProgress) return work;
  return {
    ...work,
    onProgress: (progress) => {
      onProgress({ ...progress, stage: `${progress.stage} ${member}` });
    },
  };
}

function reportOf(
  members: readonly Member[],
  stored: readonly Evaluation[],
  result: EnsembleResult,
  csv: VoteReport['csv'],
): VoteReport {
  const { rule, scores, agreement, whyCounts, index } = result;
  return {
    csv,
    sidecar: sidecarPath(csv.path),
    rule,
    members: members.map(({ id, kind, name, model }, i) => ({
      id,
      kind,
      name,
      model,
      prediction: stored[i]?.id ?? '',
      top1: stored[i]?.top1 ?? null,
      top5: stored[i]?.top5 ?? null,
      pValue: votePValue(result, i),
    })),
    top1: scores?.vote.accuracy ?? null,
    agreement,
    whyCounts,
    gains: (scores?.gains ?? []).map(({ member, gain }) => ({ id: members[member]?.id ?? '', gain })),
    skipped: index.skipped,
  };
}

/**
 * How the accuracies of a vote come about.
 * @param protocol by which all members were asked
 * @throws {StudioError} `ensemble.badMembers`: some members decided among all their outputs, others among a part
 */
export function protocolInWords(
  stored: readonly Pick<Evaluation, 'protocol'>[],
  protocol: string = AS_TRAINED,
): string {
  const words = wordsOf(protocol === AS_TRAINED ? 'with its own preprocessing' : `by ${protocol}`);
  const subset = stored.filter(({ protocol }) => protocol.reading === 'subset').length;
  if (subset === 0) return words;
  if (subset === stored.length) return `${words}${OF_SUBSET}`;
  throw new StudioError('ensemble.badMembers', 'These members cannot vote together: their readings differ.', {
    remedy: "Let all of them decide among all outputs, or all among the data set's classes.",
  });
}

/** A map belongs to the members that have one of its classes; where none has, to all, and its lines are refused. */
function mapsOf(members: readonly Member[], map: ClassMap | undefined): (ClassMap | undefined)[] {
  const fits = members.map(({ classes }) => map !== undefined && (classes === null || speaksOf(map, classes)));
  return fits.map((one) => (one || !fits.includes(true) ? map : undefined));
}

/**
 * Members may be trained on other classes, or on the same in another order, as long as each shares some with the first.
 * Where nobody says what a member's outputs stand for, the images it is asked about decide.
 * @param maps what the user says of each member's classes
 */
export function requireSharedClasses(members: readonly Member[], maps: readonly (ClassMap | undefined)[] = []): void {
  const [first, ...others] = members.flatMap(({ kind, id, classes }, i) => {
    if (!classes) return [];
    const words = kind === 'run' ? `run ${id}` : `the weights ${id}`;
    return [{ classes: mappedBy(maps[i], classes, words), words }];
  });
  for (const other of others)
    requireCommonClasses(first!.classes, other.classes, {
      network: `${first!.words[0]!.toUpperCase()}${first!.words.slice(1)}`,
      data: other.words,
    });
}

const mappedBy = (map: ClassMap | undefined, classes: ClassList, words: string): ClassList =>
  map ? renamedBy(map, classes, { network: words }).classes : classes;

/** What the predictions file says about its pictures. */
export async function describeData(
  { datasets }: StudioContext,
  evaluation: Evaluation | undefined,
): Promise<{ path: string; split: 'train' | 'val' | 'test' | null; fingerprint: string | null }> {
  const images = evaluation?.images;
  if (images?.kind !== 'split') return { path: images?.path ?? '', split: null, fingerprint: null };
  const card = await datasets.find(images.datasetId);
  return { path: card?.root ?? '', split: images.split, fingerprint: card?.fingerprint ?? null };
}

/** Programs that had a part in the predictions. */
export function versionsOf(prediction: Evaluation | undefined): Record<string, string> {
  return {
    node: process.versions.node,
    ...(prediction && { [prediction.device.engine]: prediction.device.engineVersion }),
  };
}
