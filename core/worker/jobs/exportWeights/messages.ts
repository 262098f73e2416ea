/** A network's weights in another program's format. */
import { z } from 'zod';
import { ExportCard, ExportFormat, ExportOrigin, PixelType } from '../../../../contract/weights/exportCard.ts';
import { defineJob } from '../../jobMessages.ts';
import { TrainedNetwork } from '../evaluate/messages.ts';

/** Writes `output` and its card: result `ExportCard`. `origin` is what the host knows of the weights. */
export const ExportWeightsJob = z.object({
  network: TrainedNetwork,
  format: ExportFormat,
  output: z.string(),
  overwrite: z.boolean(),
  origin: ExportOrigin,
  exportedBy: z.string(),
  /** Of an exported network, pixels; null: as trained. */
  size: z.int().min(1).nullable(),
  /** Null: what the format's users feed. */
  pixels: PixelType.nullable(),
  /** Layers that become outputs of an ONNX program. */
  features: z.array(z.string()),
});
export type ExportWeightsJob = z.infer<typeof ExportWeightsJob>;

export const exportWeightsJob = defineJob('exportWeights', ExportWeightsJob, ExportCard);
