/** Several networks, runs or imported weights, that vote on the same pictures. */
import { z } from 'zod';
import { Split } from '../dataset.ts';
import { Decision, MemberKind, VotingRule } from '../voting.ts';
import { ImageChoice } from './evaluations.ts';
import { AccuracyReport, ClassProbability, ConfusionReport } from './datasets/imageFigures.ts';
import { Id, jobKind, JobStarted, PageRequest, procedure, Removed } from './procedure.ts';

/** How to vote, with the fallback member named by its id. */
export const RuleChoice = z.object({
  kind: z.enum(['majority', 'mean', 'weighted', 'fallback']).default('majority'),
  /** Member that decides where all differ; VGG-11 among the members, else the first, when left out. */
  fallback: Id.optional(),
  weights: z.array(z.number().min(0)).optional(),
});
export type RuleChoice = z.infer<typeof RuleChoice>;

export const EnsembleMember = z.object({
  /** Of a run, or of imported weights. */
  memberId: z.string(),
  kind: MemberKind,
  name: z.string(),
  model: z.string(),
  label: z.string(),
  /** Of a run; imported weights are `finished`, and those that are gone `failed`. */
  state: z.string(),
  /** Null for imported weights. */
  datasetId: z.string().nullable(),
});
export type EnsembleMember = z.infer<typeof EnsembleMember>;

export const EnsembleRow = z.object({
  id: z.string(),
  name: z.string(),
  rule: VotingRule,
  ruleInWords: z.string(),
  members: z.array(EnsembleMember),
  createdAt: z.string(),
});
export type EnsembleRow = z.infer<typeof EnsembleRow>;

/** A vote needs no network: stored evaluations of the same images, in member order, and a rule. */
export const Vote = z.object({ predictions: z.array(Id).min(1).max(64), rule: VotingRule });
export type Vote = z.infer<typeof Vote>;

export const VoteFilter = z.object({
  /**
   * `oneAgainstRest`: all but one agree. `allWrong`, `wrong`, `right`, `rescued` (the vote is right, some member is
   * wrong) need labels.
   */
  show: z
    .enum([
      'all',
      'unanimous',
      'disagree',
      'allDiffer',
      'tie',
      'oneAgainstRest',
      'right',
      'wrong',
      'allWrong',
      'rescued',
    ])
    .default('all'),
  truth: z.int().min(0).optional(),
  decision: z.int().min(0).optional(),
  search: z.string().max(200).optional(),
  /** In an order drawn with this seed instead of that of the files: a sample, as long as one likes. */
  shuffle: z.int().min(0).optional(),
});
export type VoteFilter = z.infer<typeof VoteFilter>;

export const VoteRow = z.object({
  index: z.int(),
  path: z.string(),
  truth: z.int(),
  /** Class and probability of each member, in member order; `next`: the classes after it, most probable first. */
  members: z.array(ClassProbability.extend({ next: z.array(ClassProbability) })),
  decision: z.int(),
  why: Decision,
  thumbnail: z.string(),
  full: z.string(),
});
export type VoteRow = z.infer<typeof VoteRow>;

export const VoteReport = z.object({
  count: z.int(),
  labelled: z.int(),
  classNames: z.array(z.string()),
  rule: VotingRule,
  ruleInWords: z.string(),
  protocol: z.string(),
  members: z.array(
    z.object({
      predictionId: z.string(),
      memberId: z.string(),
      kind: MemberKind,
      name: z.string(),
      label: z.string(),
      top1: AccuracyReport.nullable(),
      top5: AccuracyReport.nullable(),
      logLoss: z.number().nullable(),
      without: z.number().nullable(),
      gain: z.number().nullable(),
      /** Of McNemar's exact test between the vote and this member; null without labels. */
      pValue: z.number().nullable(),
    }),
  ),
  vote: AccuracyReport.nullable(),
  oracle: AccuracyReport.nullable(),
  /** Share of pictures on which two members name the same class. */
  agreement: z.array(z.array(z.number())),
  whyCounts: z.partialRecord(Decision, z.int()),
  /** How many rows each filter shows. */
  counts: z.record(z.string(), z.int()),
});
export type VoteReport = z.infer<typeof VoteReport>;

/** Columns beside the members' and the decision's; none of them unless asked for, as on the command line. */
export const CsvColumns = z
  .object({
    truth: z.boolean(),
    why: z.boolean(),
    confidence: z.boolean(),
    top5: z.boolean(),
    probabilities: z.boolean(),
    memberProbabilities: z.boolean(),
    path: z.boolean(),
  })
  .partial();
export type CsvColumns = z.infer<typeof CsvColumns>;

/** A file made for download; the addresses are relative to the studio's own origin. */
export const ExportedFile = z.object({
  url: z.string(),
  sidecarUrl: z.string().nullable(),
  fileName: z.string(),
  rows: z.int(),
  sizeBytes: z.number(),
  sha256: z.string(),
});
export type ExportedFile = z.infer<typeof ExportedFile>;

export const exportVotesJob = jobKind('export', { file: ExportedFile });

/** What greedy selection chose, and how good it is. Accuracies are shares. */
export const SelectionReport = z.object({
  ensemble: EnsembleRow,
  /** All candidates, in their order. */
  members: z.array(
    z.object({
      memberId: z.string(),
      name: z.string(),
      /** How often it was taken, which is its weight; 0: left out. */
      count: z.int(),
      /** On the images that the estimate is from. */
      top1: z.number(),
    }),
  ),
  /** Images that selected, and the share of them that the selection gets right: too good to go by. */
  selecting: z.object({ images: z.int(), top1: z.number() }),
  /** On the other images, which had no say; an interval of 95 %, and McNemar's exact test against the best member. */
  estimate: z.object({
    images: z.int(),
    top1: z.number(),
    low: z.number(),
    high: z.number(),
    bestMember: z.string(),
    bestTop1: z.number(),
    pValue: z.number(),
  }),
});
export type SelectionReport = z.infer<typeof SelectionReport>;

export const selectEnsembleJob = jobKind('selectEnsemble', { report: SelectionReport });

export const ensemblesContract = {
  list: procedure.output(z.array(EnsembleRow)),
  show: procedure.input(z.object({ ensemble: Id })).output(EnsembleRow),
  create: procedure
    .input(
      z.object({
        name: z.string().min(1).max(120),
        /** Ids of runs and imported weights. */
        members: z.array(Id).min(1).max(64),
        rule: RuleChoice.prefault({}),
      }),
    )
    .output(EnsembleRow),
  /**
   * Lets half of the labelled images of a split choose members and their weights (Caruana et al. 2004), and saves what
   * they chose. Job: `selectEnsembleJob`.
   */
  select: procedure
    .input(
      z.object({
        name: z.string().min(1).max(120),
        /** Candidates: ids of runs and imported weights. */
        members: z.array(Id).min(2).max(64),
        split: Split.default('val'),
        /** Each run's own where left out; weights need one. */
        dataset: Id.optional(),
        /** How many times a member is taken at most. */
        steps: z.int().min(1).max(1000).optional(),
      }),
    )
    .output(JobStarted),
  remove: procedure.input(z.object({ ensemble: Id })).output(Removed),
  /** Lets the members predict where they have not yet. Result: `evaluations`, in member order. */
  predict: procedure
    .input(
      z.object({
        ensemble: Id,
        images: ImageChoice,
        checkpoint: z.enum(['best', 'last']).default('best'),
        reuse: z.boolean().default(true),
      }),
    )
    .output(JobStarted),
  /** The rule with members numbered, for networks that are no stored ensemble. */
  rule: procedure
    .input(z.object({ members: z.array(Id).min(1).max(64), rule: RuleChoice.prefault({}) }))
    .output(z.object({ rule: VotingRule, words: z.string() })),
  vote: procedure.input(Vote).output(VoteReport),
  rows: procedure
    .input(Vote.extend({ filter: VoteFilter.prefault({}), ...PageRequest.shape }))
    .output(z.object({ rows: z.array(VoteRow), total: z.int() })),
  confusion: procedure.input(Vote.extend({ pairs: z.int().min(0).max(1000).default(100) })).output(ConfusionReport),
  /** The predictions file, the same bytes as the command line writes. Job: `exportVotesJob`. */
  export: procedure
    .input(
      Vote.extend({
        columns: CsvColumns.prefault({}),
        cells: z.enum(['name', 'id']).default('name'),
        fileName: z.string().min(1).max(100).default('predictions.csv'),
      }),
    )
    .output(JobStarted),
};
