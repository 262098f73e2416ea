/** How an image becomes what the first layer sees: the one vocabulary of runs, protocols and published weights. */
import { z } from 'zod';

/** `lab`: CIE L*a*b* (D65, 2°); `ab`: its last two channels; `gray`: BT.601 luma of the resized image. */
export const InputColor = z.enum(['rgb', 'bgr', 'gray', 'lab', 'ab']);
export type InputColor = z.infer<typeof InputColor>;

const CHANNELS: Readonly<Record<InputColor, number>> = { rgb: 3, bgr: 3, gray: 1, lab: 3, ab: 2 };

/** Channels that the network receives. */
export function channelsOf({ color }: { readonly color: InputColor }): number {
  return CHANNELS[color];
}

/** How a packed cache resizes. */
export const Interpolation = z.enum(['lanczos3', 'cubic', 'linear', 'nearest']);
export type Interpolation = z.infer<typeof Interpolation>;

/**
 * input = (value / scale − mean) / std, channel by channel in the order of `color`; values are bytes, or L 0 to 100,
 * a and b around 0 (published: scale 1, mean 50 0 0, std 50 110 110).
 */
export const INPUT_FIELDS = {
  color: InputColor,
  scale: z.number().positive(),
  mean: z.array(z.number()),
  std: z.array(z.number().positive()),
} as const;

export const InputSpec = z
  .object(INPUT_FIELDS)
  .refine((input) => input.mean.length === channelsOf(input) && input.std.length === channelsOf(input), {
    error: 'mean and std need one value a channel',
  });
export type InputSpec = z.infer<typeof InputSpec>;
