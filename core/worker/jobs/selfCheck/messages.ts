/** How a network wants its pictures. */
import { z } from 'zod';
import { Split } from '../../../../contract/dataset.ts';
import { InputSpec } from '../../../../contract/inputSpec.ts';
import { LabelList, Protocol } from '../../../../contract/protocol.ts';
import { DeviceChoice } from '../../../../contract/deviceChoice.ts';
import { SelfCheck } from '../../../../contract/weights/weights.ts';
import { defineJob } from '../../jobMessages.ts';
import { TrainedNetwork } from '../evaluate/messages.ts';

/** `protocol` says how pictures are resized and cropped; its input is what is to be found. */
export const SelfCheckJob = z.object({
  network: TrainedNetwork,
  declared: InputSpec.nullable(),
  labels: LabelList.nullable(),
  protocol: Protocol,
  datasetDir: z.string(),
  split: Split,
  limit: z.int().min(1),
  batchSize: z.int().min(1),
  device: DeviceChoice,
});
export type SelfCheckJob = z.infer<typeof SelfCheckJob>;

export const selfCheckJob = defineJob('selfCheck', SelfCheckJob, SelfCheck);
