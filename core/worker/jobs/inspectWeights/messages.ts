/** What a weight file holds. */
import { z } from 'zod';
import { TensorRename } from '../../../../contract/weights/tensorRename.ts';
import { WeightsInspection } from '../../../../contract/weights/weights.ts';
import { defineJob } from '../../jobMessages.ts';
import { WeightsShape } from '../importWeights/messages.ts';

export const InspectWeightsJob = z.object({
  path: z.string(),
  entry: z.string().optional(),
  renames: z.array(TensorRename).optional(),
  /** Take them though their names are another network's. */
  insist: z.boolean().optional(),
  network: WeightsShape.nullable(),
});
export type InspectWeightsJob = z.infer<typeof InspectWeightsJob>;

export const inspectWeightsJob = defineJob('inspectWeights', InspectWeightsJob, WeightsInspection);
