/** What happens to a picture's bytes before the first layer; it travels with the weights. */
import { z } from 'zod';
import { type ColorMode, Fit } from './dataset.ts';
import { InputColor, Interpolation } from './inputSpec.ts';

/** What the network of a run sees; red, green and blue are turned round by `channelOrder`. */
export const NetworkColor = InputColor.exclude(['bgr']);
export type NetworkColor = z.infer<typeof NetworkColor>;

export const Preprocessing = z.object({
  /** Side of the square the network sees, pixels. */
  size: z.int().min(1),
  color: NetworkColor.default('rgb'),
  channelOrder: z.enum(['rgb', 'bgr']).default('rgb'),
  fit: Fit.default('cover'),
  /** Kernel of the resize done once, when the packed cache is made. */
  interpolation: Interpolation.default('lanczos3'),
  /**
   * input = (value / scale − mean) / std, per channel in `channelOrder`; values are bytes, or L 0 to 100, a and b
   * around 0 (published: scale 1, mean 50 0 0, std 50 110 110).
   */
  scale: z.number().positive().default(255),
  mean: z.array(z.number()),
  std: z.array(z.number().positive()),
});
export type Preprocessing = z.infer<typeof Preprocessing>;

/** What a request says about it; nothing is filled in, so that the data set's own values can be. */
export const PreprocessingRequest = z
  .object({
    size: Preprocessing.shape.size,
    color: Preprocessing.shape.color.unwrap(),
    channelOrder: Preprocessing.shape.channelOrder.unwrap(),
    fit: Preprocessing.shape.fit.unwrap(),
    interpolation: Preprocessing.shape.interpolation.unwrap(),
    scale: Preprocessing.shape.scale.unwrap(),
    mean: Preprocessing.shape.mean,
    std: Preprocessing.shape.std,
  })
  .partial();
export type PreprocessingRequest = z.infer<typeof PreprocessingRequest>;

/** How the packed cache keeps the pictures. */
export function packedColorOf({ color }: Pick<Preprocessing, 'color'>): ColorMode {
  return color === 'gray' ? 'gray' : 'rgb';
}

/** Bytes of a pixel in the packed cache, and in what a program is fed. */
export function packedChannelsOf(preprocessing: Pick<Preprocessing, 'color'>): number {
  return packedColorOf(preprocessing) === 'gray' ? 1 : 3;
}
