/** How an image becomes what the first layer sees: the one vocabulary of runs, protocols and published weights. */
import { z } from 'zod';
import { type ColorMode, Fit } from './dataset.ts';
import { ValueRange } from './valueRange.ts';

/**
 * `bgr`: the same as `rgb` with blue first; `lab`: CIE L*a*b* (D65, 2°); `ab`: its last two channels; `gray`: BT.601
 * luma of the resized image.
 */
export const InputColor = z.enum(['rgb', 'bgr', 'gray', 'lab', 'ab']);
export type InputColor = z.infer<typeof InputColor>;

const CHANNELS: Readonly<Record<InputColor, number>> = { rgb: 3, bgr: 3, gray: 1, lab: 3, ab: 2 };

/** Channels that the network receives. */
export function channelsOf({ color }: { readonly color: InputColor }): number {
  return CHANNELS[color];
}

/** How images are resized, once, when the packed cache is made. */
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

interface SaysHowItIsFed extends Readonly<Pick<InputSpec, 'color' | 'scale'>> {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The same of something that says more: the preprocessing of a run, or the card of published weights. */
export function inputSpecOf({ color, scale, mean, std }: SaysHowItIsFed): InputSpec {
  return { color, scale, mean: [...mean], std: [...std] };
}

const preprocessingFields = z.object({
  /** Side of the square the network sees, pixels. */
  size: z.int().min(1),
  color: INPUT_FIELDS.color.default('rgb'),
  /** Runs of older versions say here, beside `rgb`, that blue comes first. */
  channelOrder: z.enum(['rgb', 'bgr']).optional(),
  fit: Fit.default('cover'),
  interpolation: Interpolation.default('lanczos3'),
  /** How samples wider than a byte are read: as those of the training images were. */
  valueRange: ValueRange.optional(),
  scale: INPUT_FIELDS.scale.default(255),
  mean: INPUT_FIELDS.mean,
  std: INPUT_FIELDS.std,
});

/** What happens to an image's bytes before the first layer of a run; it travels with the weights. */
export const Preprocessing = preprocessingFields.transform(({ channelOrder, ...fields }) => ({
  ...fields,
  color: fields.color === 'rgb' ? (channelOrder ?? 'rgb') : fields.color,
}));
export type Preprocessing = z.infer<typeof Preprocessing>;

/** What a request says about it; nothing is filled in, so that the data set's own values can be. */
export const PreprocessingRequest = preprocessingFields
  .extend({ color: INPUT_FIELDS.color, fit: Fit, interpolation: Interpolation, scale: INPUT_FIELDS.scale })
  .partial()
  .transform(({ channelOrder, ...fields }) =>
    channelOrder && (fields.color ?? 'rgb') === 'rgb' ? { ...fields, color: channelOrder } : fields,
  );
export type PreprocessingRequest = z.infer<typeof PreprocessingRequest>;

/** How the packed cache keeps the images. */
export function packedColorOf({ color }: Pick<Preprocessing, 'color'>): ColorMode {
  return color === 'gray' ? 'gray' : 'rgb';
}

/** Bytes of a pixel in the packed cache, and in what a program is fed. */
export function packedChannelsOf(preprocessing: Pick<Preprocessing, 'color'>): number {
  return packedColorOf(preprocessing) === 'gray' ? 1 : 3;
}
