/** Weights from elsewhere: what a file holds, how it fits a network, and the card that travels with imported ones. */
import { z } from 'zod';
import { InputSpec } from '../inputSpec.ts';
import { LabelList, Protocol } from '../protocol.ts';
import { ModelSpec } from '../runSpec.ts';
import { TensorRename } from './tensorRename.ts';

/** A weight of a network and the tensor of a file that it is taken from. */
export const MappedWeight = z.object({
  name: z.string(),
  shape: z.array(z.int()),
  /**
   * Null where the file has none; `made` then tells whether the naming says what it is all the same, as scales of one.
   */
  from: z.object({ name: z.string(), shape: z.array(z.int()) }).nullable(),
  made: z.boolean(),
});
export type MappedWeight = z.infer<typeof MappedWeight>;

/** Classes that a network's outputs stand for, in their order. */
export const OutputClasses = z.object({ ids: z.array(z.string()), names: z.array(z.string()) });
export type OutputClasses = z.infer<typeof OutputClasses>;

/** How a file's tensors met a network's weights; nothing is guessed or left out. */
export const MappingReport = z.object({
  naming: z.string(),
  classes: z.int(),
  channels: z.int(),
  /**
   * Whether the file has a classifier of this network; without one, `classes` is what the caller asked for or the usual
   * number.
   */
  hasHead: z.boolean().default(true),
  /** Every weight of the network, in its order. */
  weights: z.array(MappedWeight),
  loaded: z.array(z.string()),
  missing: z.array(z.string()),
  unused: z.array(z.string()),
  misshaped: z.array(
    z.object({ name: z.string(), foreignName: z.string(), expected: z.array(z.int()), found: z.array(z.int()) }),
  ),
  notFinite: z.array(z.string()),
  /** How the weights want their pictures, as far as their naming tells. */
  input: InputSpec.nullable(),
  labels: LabelList.nullable(),
  /** What the outputs stand for, where the card beside the file says it. */
  outputs: OutputClasses.nullable().default(null),
  /** How images are resized and cropped for them, where the card beside the file says it. */
  protocol: Protocol.nullable().default(null),
  notes: z.array(z.string()),
});
export type MappingReport = z.infer<typeof MappingReport>;

/** A network that a file fits completely: of its weights so many were found, and so many tensors are left over. */
export const WeightsProposal = z.object({ model: z.string(), loaded: z.int(), weights: z.int(), unused: z.int() });
export type WeightsProposal = z.infer<typeof WeightsProposal>;

export const WeightsInspection = z.object({
  path: z.string(),
  format: z.string(),
  metadata: z.record(z.string(), z.string()),
  notes: z.array(z.string()),
  /** Parts of a checkpoint that weights can be taken from. */
  parts: z.array(z.string()).default([]),
  tensors: z.array(z.object({ name: z.string(), dtype: z.string(), shape: z.array(z.number()) })),
  /** Null where no network was named. */
  mapping: MappingReport.nullable(),
  /** Where no network was named: those that the file fits by names and shapes. */
  proposals: z.array(WeightsProposal).default([]),
});
export type WeightsInspection = z.infer<typeof WeightsInspection>;

/** `card.json` beside imported weights. */
export const ImportedWeights = z.object({
  id: z.string(),
  name: z.string(),
  model: ModelSpec,
  /** As they were trained: side of the input, channels, classes. */
  size: z.int(),
  channels: z.int(),
  classes: z.int(),
  /** Null until the self-check or the user says it. */
  input: InputSpec.nullable(),
  labels: LabelList.nullable(),
  /** Null where only their number, or a published list of labels, is known. */
  outputs: OutputClasses.nullable().default(null),
  /** How images are resized and cropped for a prediction; null where nobody said it: the centre square at `size`. */
  protocol: Protocol.nullable().default(null),
  source: z.object({
    path: z.string(),
    format: z.string(),
    naming: z.string(),
    renames: z.array(TensorRename).default([]),
  }),
  notes: z.array(z.string()),
  sizeBytes: z.number(),
  /** Of `weights.safetensors`. */
  sha256: z.string(),
  createdAt: z.string(),
});
export type ImportedWeights = z.infer<typeof ImportedWeights>;

/**
 * One way to feed pictures, and how right the network was with it; `total` is smaller where it was given up as clearly
 * worse.
 */
export const SelfCheckRow = z.object({
  name: z.string(),
  input: InputSpec,
  correct: z.int(),
  total: z.int(),
  accuracy: z.number(),
  interval: z.object({ low: z.number(), high: z.number() }),
  loss: z.number(),
});
export type SelfCheckRow = z.infer<typeof SelfCheckRow>;

export const SelfCheck = z.object({
  /** Best first. */
  rows: z.array(SelfCheckRow),
  /** Names of those that are not worse than the first one by more than chance (exact McNemar test, 5 %). */
  tied: z.array(z.string()),
  /**
   * Name of the row to go by: what the weights say of themselves where that is tied with the first one, else the first
   * one.
   */
  proposed: z.string(),
  pictures: z.int(),
  classes: z.int(),
  /** Of the way to feed pictures that another class order explains best. Reported, never applied. */
  labelOrder: z.object({
    fedAs: z.string(),
    suspected: z.boolean(),
    moved: z.int(),
    checked: z.int(),
    accuracy: z.number(),
    agreement: z.number(),
    pValue: z.number(),
  }),
});
export type SelfCheck = z.infer<typeof SelfCheck>;

/** A self-check that was made, and on which pictures. */
export const KeptSelfCheck = SelfCheck.extend({ datasetName: z.string(), split: z.string(), checkedAt: z.string() });
export type KeptSelfCheck = z.infer<typeof KeptSelfCheck>;

/** What is known of imported weights beside their card. */
export const WeightsRecord = z.object({
  /** As the file met the network when it was imported; null of imports before this was kept. */
  mapping: MappingReport.nullable(),
  /** The last one. */
  check: KeptSelfCheck.nullable(),
});
export type WeightsRecord = z.infer<typeof WeightsRecord>;
