/** What happens to a picture's bytes before the first layer; it travels with the weights. */
import { z } from 'zod';
import { ColorMode, Fit } from './dataset.ts';

export const Preprocessing = z.object({
  /** Side of the square the network sees, pixels. */
  size: z.int().min(1),
  color: ColorMode.default('rgb'),
  channelOrder: z.enum(['rgb', 'bgr']).default('rgb'),
  fit: Fit.default('cover'),
  /** Kernel of the resize done once, when the packed cache is made. */
  interpolation: z.enum(['lanczos3', 'cubic', 'linear', 'nearest']).default('lanczos3'),
  /** input = (byte / scale − mean) / std, per channel in `channelOrder`. */
  scale: z.number().positive().default(255),
  mean: z.array(z.number()),
  std: z.array(z.number().positive()),
});
export type Preprocessing = z.infer<typeof Preprocessing>;

/** What a request says about it; nothing is filled in, so that the data set's own values can be. */
export const PreprocessingRequest = z.object({
  size: Preprocessing.shape.size,
  color: Preprocessing.shape.color.unwrap(),
  channelOrder: Preprocessing.shape.channelOrder.unwrap(),
  fit: Preprocessing.shape.fit.unwrap(),
  interpolation: Preprocessing.shape.interpolation.unwrap(),
  scale: Preprocessing.shape.scale.unwrap(),
  mean: Preprocessing.shape.mean,
  std: Preprocessing.shape.std,
}).partial();
export type PreprocessingRequest = z.infer<typeof PreprocessingRequest>;

/** Channels that the network receives: 3 or 1. */
export function channelsOf(preprocessing: Pick<Preprocessing, 'color'>): number {
  return preprocessing.color === 'gray' ? 1 : 3;
}
