/** Weights from elsewhere: look into a file, import it, find out how it wants its pictures, its card. */
import { z } from 'zod';
import { Split } from '../dataset.ts';
import { ExportFormat } from '../weights/exportCard.ts';
import { InputSpec } from '../inputSpec.ts';
import { LabelList } from '../protocol.ts';
import { DeviceChoice } from '../deviceChoice.ts';
import { ModelOptions } from '../runSpec.ts';
import { TensorRename } from '../weights/tensorRename.ts';
import { ImportedWeights, SelfCheck, WeightsInspection, WeightsRecord } from '../weights/weights.ts';
import { FileRef, Id, jobKind, JobStarted, procedure, Removed } from './procedure.ts';

/** What a file is to fit; what is left out is the file's and the network's own. */
export const WeightsNetwork = z.object({
  model: z.string(),
  options: ModelOptions.prefault({}),
  size: z.int().min(1).optional(),
  classes: z.int().min(1).optional(),
  channels: z.int().min(1).optional(),
});
export type WeightsNetwork = z.infer<typeof WeightsNetwork>;

const File = {
  file: FileRef,
  entry: z.string().max(200).optional(),
  /** Parts of the file's names to be read as others, one after another. */
  renames: z.array(TensorRename).max(500).optional(),
  /** Take weights that fit by shapes, though their names are another network's. */
  insist: z.boolean().optional(),
};
const byWeights = z.object({ weights: Id });

/** Imported weights, or a checkpoint of a run. */
export const ExportSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('weights'), id: Id }),
  z.object({
    kind: z.literal('run'),
    id: Id,
    checkpoint: z.union([z.enum(['best', 'last']), z.int().min(0)]).default('best'),
  }),
]);
export type ExportSource = z.infer<typeof ExportSource>;

/**
 * Exported weights: where they lie on the host's disk, and the addresses to download them from. Folders are downloaded
 * as one tar archive.
 */
export const ExportedWeights = z.object({
  path: z.string(),
  url: z.string(),
  fileName: z.string(),
  cardUrl: z.string(),
  sizeBytes: z.number(),
  sha256: z.string().nullable(),
  notes: z.array(z.string()),
});
export type ExportedWeights = z.infer<typeof ExportedWeights>;

export const inspectWeightsJob = jobKind('inspectWeights', { inspection: WeightsInspection });
export const importWeightsJob = jobKind('importWeights', { weightsId: z.string() });
export const exportWeightsJob = jobKind('exportWeights', { file: ExportedWeights });
export const selfCheckJob = jobKind('selfCheck', { weightsId: z.string(), check: SelfCheck });

export const weightsContract = {
  /** Newest first. */
  list: procedure.output(z.array(ImportedWeights)),
  /** What the import found, and the last self-check. */
  show: procedure.input(byWeights).output(WeightsRecord),
  /** Job: `inspectWeightsJob`. */
  inspect: procedure.input(z.object({ ...File, network: WeightsNetwork.optional() })).output(JobStarted),
  /** Job: `importWeightsJob`. */
  import: procedure
    .input(
      z.object({
        ...File,
        name: z.string().min(1).max(200).optional(),
        network: WeightsNetwork,
        input: InputSpec.optional(),
        labels: LabelList.optional(),
      }),
    )
    .output(JobStarted),
  /** Accuracy under every plausible preprocessing, on a labelled sample. Job: `selfCheckJob`. */
  check: procedure
    .input(
      z.object({
        weights: Id,
        dataset: Id,
        split: Split,
        protocol: z.string().optional(),
        limit: z.int().min(1).max(100_000).default(1000),
        device: DeviceChoice.optional(),
      }),
    )
    .output(JobStarted),
  /** In another program's format, with a card beside them; `name` without ending. Job: `exportWeightsJob`. */
  export: procedure
    .input(z.object({ source: ExportSource, format: ExportFormat, name: z.string().min(1).max(80) }))
    .output(JobStarted),
  /** Writes into the card how the weights want their pictures. */
  setCard: procedure
    .input(z.object({ weights: Id, input: InputSpec.nullable().optional(), labels: LabelList.nullable().optional() }))
    .output(ImportedWeights),
  /** `restore` takes them back until other weights are removed; the file they came from stays in any case. */
  remove: procedure.input(byWeights).output(Removed),
  restore: procedure.input(byWeights).output(Removed),
};
