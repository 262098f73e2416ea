/** Ensembles: several runs that vote by a rule, and the predictions file they write. */
import { z } from 'zod';
import { StudioError } from '../../../contract/errors.ts';
import type { Run } from '../../../contract/run.ts';
import { VotingRule } from '../../../contract/voting.ts';
import { readIndex } from '../../data/set/datasetIndex.ts';
import type { StoredPicture } from '../../data/set/thumbnail.ts';
import type { Ensemble } from '../../db/ensembleRepository.ts';
import type { Prediction } from '../../db/predictionRepository.ts';
import { openDurableFile } from '../../files/durableFile.ts';
import { evaluateEnsemble, type EnsembleResult } from '../../evaluate/ensemble.ts';
import { exportPredictions, type MemberOrigin } from '../../evaluate/exportPredictions.ts';
import { memberLabels } from '../../evaluate/memberLabel.ts';
import { readProbabilities } from '../../evaluate/probabilityFile.ts';
import type { PredictionColumns } from '../../evaluate/predictionsCsv.ts';
import { sidecarPath, type WrittenCsv } from '../../evaluate/predictionsSidecar.ts';
import { requireCommonClasses, type ClassList } from '../../../pure/classMatch.ts';
import { checkRule } from '../../evaluate/vote.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import { type ContactSheetRequest, writeContactSheet } from './figures.ts';
import { findByText, newId } from '../records/ids.ts';
import type { PredictionHandlers, PredictionRequest } from './predictions.ts';

/** How to vote, before it is known which member is which number. */
export const RuleRequest = z.object({
  kind: z.enum(['majority', 'mean', 'weighted', 'fallback']).default('majority'),
  /**
   * Run that decides where all differ; the member with the fewest layers of the five VGGs (VGG-11) when left out, else
   * the first.
   */
  fallback: z.string().optional(),
  weights: z.array(z.number()).optional(),
});
export type RuleRequest = z.input<typeof RuleRequest>;

export interface VoteRequest extends Omit<PredictionRequest, 'run'> {
  /** Runs, in the order of their columns. */
  readonly runs: readonly string[];
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
    readonly run: string;
    readonly name: string;
    readonly model: string;
    readonly prediction: string;
    readonly top1: number | null;
    readonly top5: number | null;
  }[];
  /** Share of labelled pictures that the vote got right; null without labels. */
  readonly top1: number | null;
  readonly agreement: number[][];
  readonly whyCounts: EnsembleResult['whyCounts'];
  readonly gains: { readonly run: string; readonly gain: number | null }[];
  readonly skipped: { readonly path: string; readonly reason: string }[];
}

export interface EnsembleHandlers {
  /** @throws {StudioError} `ensemble.badMembers`, `run.notFound` */
  create(request: { name: string; runs: readonly string[]; rule?: RuleRequest }): Promise<Ensemble>;
  list(): Promise<Ensemble[]>;
  /** @throws {StudioError} `ensemble.notFound` */
  show(text: string): Promise<Ensemble & { runs: Run[] }>;
  remove(text: string): Promise<{ id: string; name: string }>;
  /** Lets an ensemble's members predict and vote, and writes the CSV. */
  predict(text: string, request: Omit<VoteRequest, 'runs' | 'rule'>, work?: WorkOptions): Promise<VoteReport>;
  /** The same for runs that are no stored ensemble. */
  vote(request: VoteRequest, work?: WorkOptions): Promise<VoteReport>;
}

/** How the accuracies come about; they mean nothing without it. */
export const PROTOCOL =
  "one view: the whole picture at the network's size, softmax probabilities; labels of the split where it has them";

export function createEnsembleHandlers(context: StudioContext, predictions: PredictionHandlers): EnsembleHandlers {
  const { ensembles, runs } = context;
  const lookUp = async (text: string): Promise<Ensemble> =>
    findByText(await ensembles.list(), text, 'ensemble.notFound', 'ensemble');
  const lookUpRuns = async (texts: readonly string[]): Promise<Run[]> => {
    const names = await runs.names();
    const found: Run[] = [];
    for (const text of texts) {
      const run = await runs.find(findByText(names, text, 'run.notFound', 'run').id);
      if (run) found.push(run);
    }
    return found;
  };

  async function vote(
    members: readonly Run[],
    rule: VotingRule,
    request: Omit<VoteRequest, 'runs' | 'rule'>,
    work: WorkOptions = {},
  ): Promise<VoteReport> {
    const { source, checkpoint, batchSize, device, reuse, output, contactSheet, ...csv } = request;
    // Before an hour of work, not after it: the members can vote, and the file can be written where it is wanted.
    requireSharedClasses(members);
    await (await openDurableFile(output, csv)).discard();
    const stored: Prediction[] = [];
    for (const [i, run] of members.entries()) {
      const memberWork: WorkOptions = {
        ...work,
        ...(work.onProgress && {
          onProgress: (progress) =>
            work.onProgress?.({
              ...progress,
              stage: `${progress.stage} ${run.spec.model.name} (${i + 1}/${members.length})`,
            }),
        }),
      };
      stored.push(await predictions.create({ run: run.id, source, checkpoint, batchSize, device, reuse }, memberWork));
    }
    const loaded = await Promise.all(stored.map((prediction) => readProbabilities(prediction.path)));
    const result = evaluateEnsemble(loaded, rule);
    const first = stored[0];
    const data = await describeData(context, first);
    const written = await exportPredictions({
      ...csv,
      path: output,
      members: result.members,
      result,
      protocol: PROTOCOL,
      origins: memberOrigins(members, stored),
      data,
      versions: versionsOf(first),
      ...(work.signal && { signal: work.signal }),
    });
    if (contactSheet) {
      const labels = memberLabels(members.map((run) => run.spec.model.name));
      await writeContactSheet(contactSheet, result, {
        source: sourceOf(context, first, data.path),
        members: labels,
        size: Math.max(...members.map((run) => run.spec.preprocessing.size)),
      });
    }
    const { scores } = result;
    return {
      csv: { ...written, path: output },
      sidecar: sidecarPath(output),
      rule,
      members: members.map((run, i) => ({
        run: run.id,
        name: run.name,
        model: run.spec.model.name,
        prediction: stored[i]?.id ?? '',
        top1: stored[i]?.top1 ?? null,
        top5: stored[i]?.top5 ?? null,
      })),
      top1: scores?.vote.accuracy ?? null,
      agreement: result.agreement,
      whyCounts: result.whyCounts,
      gains: (scores?.gains ?? []).map(({ member, gain }) => ({ run: members[member]?.id ?? '', gain })),
      skipped: result.index.skipped,
    };
  }

  return {
    async create({ name, runs: texts, rule }) {
      const members = await lookUpRuns(texts);
      const resolved = resolveRule(rule ?? {}, members);
      if ((await ensembles.list()).some((ensemble) => ensemble.name.toLowerCase() === name.toLowerCase())) {
        throw new StudioError('ensemble.badMembers', `There is an ensemble called "${name}" already.`, {
          remedy: 'Choose another name, or remove the other one.',
        });
      }
      requireSharedClasses(members);
      const known = await ensembles.list();
      const ensemble: Ensemble = {
        id: await newId('e', async (id) => known.some((other) => other.id === id)),
        name,
        rule: resolved,
        members: members.map((run) => run.id),
        createdAt: new Date().toISOString(),
      };
      await ensembles.add(ensemble);
      return ensemble;
    },
    list: () => ensembles.list(),
    async show(text) {
      const ensemble = await lookUp(text);
      return { ...ensemble, runs: await lookUpRuns(ensemble.members) };
    },
    async remove(text) {
      const { id, name } = await lookUp(text);
      await ensembles.remove(id);
      return { id, name };
    },
    async predict(text, request, work) {
      const ensemble = await lookUp(text);
      return vote(await lookUpRuns(ensemble.members), ensemble.rule, request, work);
    },
    async vote({ runs: texts, rule, ...request }, work) {
      const members = await lookUpRuns(texts);
      const stored = VotingRule.safeParse(rule);
      return vote(
        members,
        stored.success ? stored.data : resolveRule(RuleRequest.parse(rule ?? {}), members),
        request,
        work,
      );
    },
  };
}

/**
 * The rule with members numbered.
 * @throws {StudioError} `ensemble.badMembers`: for no or doubled members, a fallback that is none of them, or weights
 * that do not fit
 */
export function resolveRule(request: RuleRequest, members: readonly Pick<Run, 'id' | 'name' | 'spec'>[]): VotingRule {
  const { kind, fallback, weights } = RuleRequest.parse(request);
  const twice = members.find((run, i) => members.findIndex((other) => other.id === run.id) !== i);
  if (twice)
    throw new StudioError('ensemble.badMembers', `Run ${twice.id} is in the ensemble twice.`, {
      remedy: 'Name each run once.',
    });
  if (weights?.some((weight) => !(weight >= 0)))
    throw new StudioError('input.invalid', `The weights ${weights.join(', ')} include one below 0.`, {
      remedy: 'Give weights of 0 or more.',
    });
  const rule = VotingRule.parse(
    kind === 'mean'
      ? { kind }
      : kind === 'weighted'
        ? { kind, weights: weights ?? [] }
        : { kind, fallbackMember: fallbackMember(fallback, members) },
  );
  if (members.length > 0) checkRule(rule, members.length);
  else
    throw new StudioError('ensemble.badMembers', 'An ensemble needs at least one run.', {
      remedy: 'Name its runs with --run.',
    });
  return rule;
}

/** Without a choice the 11-layer VGG decides, as in the published project; without one, the first member. */
function fallbackMember(text: string | undefined, members: readonly Pick<Run, 'id' | 'name' | 'spec'>[]): number {
  if (text === undefined)
    return Math.max(
      0,
      members.findIndex((run) => /^vgg11(_bn)?$/.test(run.spec.model.name)),
    );
  const byModel = members.filter((run) => run.spec.model.name === text);
  const [only] = byModel;
  const found = byModel.length === 1 && only ? only : findByText(members, text, 'ensemble.badMembers', 'member');
  return members.findIndex((run) => run.id === found.id);
}

/**
 * Members may be trained on other classes, or on the same in another order, as long as each shares some with the first.
 */
function requireSharedClasses(members: readonly Run[]): void {
  const classesOf = ({ spec }: Run): ClassList => ({ ids: spec.classIds, names: spec.classNames });
  const [first, ...others] = members;
  for (const other of others)
    requireCommonClasses(classesOf(first!), classesOf(other), {
      network: `Run ${first!.id}`,
      data: `run ${other.id}`,
    });
}

/** What the predictions file says about its pictures. */
export async function describeData(
  { datasets }: StudioContext,
  prediction: Prediction | undefined,
): Promise<{ path: string; split: 'train' | 'val' | 'test' | null; fingerprint: string | null }> {
  const source = prediction?.source;
  if (source?.kind !== 'split') return { path: source?.path ?? '', split: null, fingerprint: null };
  const card = await datasets.find(source.datasetId);
  return { path: card?.root ?? '', split: source.split, fingerprint: card?.fingerprint ?? null };
}

/** Where the pictures of a prediction are read from. */
function sourceOf(
  { paths }: StudioContext,
  prediction: Prediction | undefined,
  root: string,
): Omit<StoredPicture, 'path'> {
  if (prediction?.source.kind !== 'split') return { root, kind: 'files' };
  const directory = paths.datasetDir(prediction.source.datasetId);
  return { root, directory, kind: readIndex(directory).kind };
}

/** Where each member's column comes from; `predictions` in the same order. */
export function memberOrigins(members: readonly Run[], predictions: readonly Prediction[]): MemberOrigin[] {
  return members.map((run, i) => ({
    run: run.id,
    runName: run.name,
    model: run.spec.model.name,
    checkpoint: String(predictions[i]?.checkpointSeq),
    preprocessing: run.spec.preprocessing,
  }));
}

/** Programs that had a part in the predictions. */
export function versionsOf(prediction: Prediction | undefined): Record<string, string> {
  return {
    node: process.versions.node,
    ...(prediction && { [prediction.device.engine]: prediction.device.engineVersion }),
  };
}
