/** Whether a network computes at all with its weights. */
import { z } from 'zod';
import { DeviceChoice } from '../../../../contract/deviceChoice.ts';
import { defineJob } from '../../jobMessages.ts';
import { TrainedNetwork } from '../evaluate/messages.ts';

export const ForwardCheckJob = z.object({ network: TrainedNetwork, device: DeviceChoice });
export type ForwardCheckJob = z.infer<typeof ForwardCheckJob>;

/** `spread`: difference between the largest and the smallest logit of the first image. */
export const ForwardCheckResult = z.object({ outputs: z.int(), spread: z.number() });
export type ForwardCheckResult = z.infer<typeof ForwardCheckResult>;

export const forwardCheckJob = defineJob('forwardCheck', ForwardCheckJob, ForwardCheckResult);
