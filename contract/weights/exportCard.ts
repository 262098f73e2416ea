/** What travels with exported weights: how to feed them, what they answer, where they come from and how they did. */
import { z } from 'zod';
import { Split } from '../dataset.ts';
import { InputSpec } from '../inputSpec.ts';
import { LabelList, Protocol, ResolvedProtocol } from '../protocol.ts';
import { ModelSpec } from '../runSpec.ts';

/** Weights alone (`safetensors`, `npy`), or the whole network with them. */
export const ExportFormat = z.enum(['safetensors', 'npy', 'savedmodel', 'tfjs', 'onnx']);
export type ExportFormat = z.infer<typeof ExportFormat>;

/** Number format of the pictures that an exported network takes. */
export const PixelType = z.enum(['uint8', 'int32', 'float32']);
export type PixelType = z.infer<typeof PixelType>;

/** A measured figure belongs to its protocol. */
export const CardMetric = z.object({
  dataset: z.string(),
  split: Split,
  pictures: z.int(),
  top1: z.number().nullable(),
  top5: z.number().nullable(),
  loss: z.number().nullable(),
  protocol: ResolvedProtocol,
  measuredAt: z.string(),
});
export type CardMetric = z.infer<typeof CardMetric>;

/** Known before the export; the rest of the card says what was written. */
const origin = {
  name: z.string(),
  model: ModelSpec,
  title: z.string(),
  /** As the network was trained: side of the input in pixels, channels, classes. */
  size: z.int(),
  channels: z.int(),
  classes: z.int(),
  /**
   * What happens to pixels 0–255 (or Lab values): inside an exported network, before the first layer of exported
   * weights. Null: not known.
   */
  input: InputSpec.nullable(),
  /** Of the outputs, in their order; null where nobody said them. */
  classNames: z.array(z.string()).nullable(),
  /** Ids of the same classes, as WordNet's; null where there are none, or the card is older. */
  classIds: z.array(z.string()).nullable().default(null),
  labels: LabelList.nullable(),
  /** How pictures become squares of `size`, for runs. */
  resize: z.string().nullable(),
  /** The same as a protocol, which an import takes over; null where nobody said it, or the card is older. */
  protocol: Protocol.nullable().default(null),
  source: z.object({
    kind: z.enum(['run', 'imported', 'file']),
    id: z.string().nullable(),
    checkpoint: z.int().nullable(),
    dataset: z.string().nullable(),
    /** Of the network's definition. */
    definition: z.string(),
    license: z.string(),
    paper: z.string(),
  }),
  metrics: z.array(CardMetric),
  notes: z.array(z.string()),
} as const;

export const ExportOrigin = z.object(origin);
export type ExportOrigin = z.infer<typeof ExportOrigin>;

export const ExportCard = z.object({
  schema: z.literal('quorum-export-1'),
  format: ExportFormat,
  ...origin,
  /** Null for weights alone. */
  program: z
    .object({
      pixels: PixelType,
      inputs: z.record(z.string(), z.object({ tensor: z.string(), shape: z.array(z.int()) })),
      outputs: z.record(z.string(), z.object({ tensor: z.string(), shape: z.array(z.int()) })),
      /** Every layer's output by name; `shape` as [batch, height, width, channels]. */
      layers: z.record(z.string(), z.object({ tensor: z.string(), shape: z.array(z.int()) })),
      /** Order of a map's axes in layer outputs. */
      layout: z.enum(['NHWC', 'NCHW']),
    })
    .nullable(),
  files: z.array(z.object({ name: z.string(), sizeBytes: z.number(), sha256: z.string() })),
  sizeBytes: z.number(),
  exportedAt: z.string(),
  exportedBy: z.string(),
});
export type ExportCard = z.infer<typeof ExportCard>;
