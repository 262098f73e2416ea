/** The file beside a predictions CSV that says how its columns came about. */
import { z } from 'zod';
import { Split } from '../../contract/dataset.ts';
import { Preprocessing } from '../../contract/inputSpec.ts';
import { ResolvedProtocol } from '../../contract/protocol.ts';
import { Decision, VotingRule } from '../../contract/voting.ts';

export const WrittenCsv = z.object({ file: z.string(), rows: z.int(), sizeBytes: z.int(), sha256: z.string() });
export type WrittenCsv = z.infer<typeof WrittenCsv>;

/** A share as it was counted; null accuracy where nothing was labelled. */
export const SidecarAccuracy = z.object({
  correct: z.int(),
  total: z.int(),
  accuracy: z.number().nullable(),
  /** Wilson interval at 95 %. */
  interval: z.object({ low: z.number(), high: z.number() }).nullable(),
});

export const SidecarMember = z.object({
  /** Column in the CSV. */
  label: z.string(),
  /** Null for imported weights. */
  run: z.string().nullable(),
  runName: z.string().nullable(),
  /** Null for runs. */
  weights: z.object({ id: z.string(), name: z.string(), sha256: z.string() }).nullable().default(null),
  model: z.string(),
  /** Null for imported weights. */
  checkpoint: z.string().nullable(),
  preprocessing: Preprocessing.nullable(),
  /** How its images were resized, cropped and fed; null in files of earlier versions. */
  protocol: ResolvedProtocol.nullable().default(null),
  /**
   * Its own classes beside those of the vote, to which they are mapped by id and name: how many it tells apart, whether
   * they are the same in the same order, and which of the vote's it does not know. Null where nobody says what its
   * outputs stand for: they were taken in the data set's order.
   */
  classes: z
    .object({ count: z.int(), sameOrder: z.boolean(), unknown: z.array(z.string()) })
    .nullable()
    .default(null),
  top1: SidecarAccuracy.nullable(),
  top5: SidecarAccuracy.nullable(),
  logLoss: z.number().nullable(),
});
export type SidecarMember = z.infer<typeof SidecarMember>;

export const PredictionsSidecar = z.object({
  /** What it belongs to: the hash tells whether the CSV was changed or replaced since. */
  csv: WrittenCsv,
  rule: z.object({ words: z.string(), data: VotingRule }),
  members: z.array(SidecarMember),
  data: z.object({ path: z.string(), split: Split.nullable(), fingerprint: z.string().nullable() }),
  counts: z.object({
    images: z.int(),
    labelled: z.int(),
    /** Files that could not be read, and are not in the CSV. */
    skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
    /** Images a reason for the decision. */
    why: z.partialRecord(Decision, z.int()),
  }),
  accuracy: z.object({
    vote: SidecarAccuracy.nullable(),
    oracle: SidecarAccuracy.nullable(),
    /** Share of images on which members i and j agree. */
    agreement: z.array(z.array(z.number())),
    /** Crops, averaging, and which labels counted: an accuracy means nothing without it. */
    protocol: z.string(),
  }),
  cells: z.enum(['name', 'id']),
  classes: z.array(z.object({ id: z.string(), name: z.string() })),
  versions: z.record(z.string(), z.string()),
  createdAt: z.string(),
});
export type PredictionsSidecar = z.infer<typeof PredictionsSidecar>;

/** `predictions.csv` → `predictions.csv.json`: the full name, so that it meets no other `predictions.json`. */
export function sidecarPath(csvPath: string): string {
  return `${csvPath}.json`;
}
