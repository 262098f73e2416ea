/**
 * How pictures were resized, cropped and fed when an accuracy was measured. An accuracy belongs to its protocol;
 * figures of two protocols are never ranked together.
 */
import { z } from 'zod';
import { ClassMap } from './classMap.ts';
import { Fit } from './dataset.ts';
import { InputSpec, Interpolation } from './inputSpec.ts';

/** In place of a protocol's name: the preprocessing of the run itself. */
export const AS_TRAINED = 'as-trained';

/**
 * `opencv-linear`: bilinear without antialiasing, 11-bit weights, as `cv2.resize` by default. `pillow-…`: antialiased,
 * two passes of 8 bits, as `Image.resize`. `nearest`: the pixel under the centre of the new one, as Pillow.
 */
export const ResizeMethod = z.enum(['opencv-linear', 'pillow-bilinear', 'pillow-bicubic', 'pillow-lanczos', 'nearest']);
export type ResizeMethod = z.infer<typeof ResizeMethod>;

const Side = z.int().min(1).max(4096);

export const ProtocolResize = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  /**
   * The short side becomes `size`, the long one floor(size · long / short); several sizes: the views of all of them
   * count.
   */
  z.object({ kind: z.literal('shortSide'), sizes: z.array(Side).min(1).max(16), method: ResizeMethod }),
  /** A square; the aspect ratio is lost. */
  z.object({ kind: z.literal('squash'), size: Side, method: ResizeMethod }),
  /** As a packed cache does it: what a run trained on here has seen. Older versions said `kernel`. */
  z
    .object({
      kind: z.literal('packed'),
      size: Side,
      fit: Fit,
      interpolation: Interpolation.optional(),
      kernel: Interpolation.optional(),
    })
    .transform(({ kernel = 'lanczos3', interpolation = kernel, ...resize }) => ({ ...resize, interpolation })),
]);
export type ProtocolResize = z.infer<typeof ProtocolResize>;

/**
 * `whole`: the resized picture, a square of the crop's size. `centreFloor`: offset floor(margin / 2), as Caffe's
 * scripts; `centreHalfEven`: margin / 2 rounded to the even neighbour, as torchvision. `five`: corners, then the centre
 * (half-even). `six`: the picture is squeezed to a square of its short side; top-left, bottom-right, top-right,
 * bottom-left, centre (floor), and the whole square resized to the crop. `eighteen`: three squares of the short side
 * along the long one, `six` of each. With `mirror` each counts twice: five makes the 10 crops, six the 12, eighteen at
 * four sizes the 144. `dense`: no crop; the network runs over the whole picture, whatever its shape, with its dense
 * layers as convolutions, and the map of scores is averaged.
 */
export const CropSet = z.enum(['whole', 'centreFloor', 'centreHalfEven', 'five', 'six', 'eighteen', 'dense']);
export type CropSet = z.infer<typeof CropSet>;

/**
 * Order of a network's outputs: that of the data set; sorted WordNet ids (ILSVRC 2012 as the field uses it); or ILSVRC
 * 2015's list.
 */
export const LabelList = z.enum(['own', 'ilsvrc2012', 'ilsvrc2015']);
export type LabelList = z.infer<typeof LabelList>;

/**
 * Which of a network's outputs compete for an image: `all` of them, so that a class which the data set lacks is a wrong
 * answer; or the `subset` that stands for the data set's classes, as if the network had no others. The two are different
 * questions, and so different protocols.
 */
export const Reading = z.enum(['all', 'subset']);
export type Reading = z.infer<typeof Reading>;

const fields = {
  /** Such as `caffe-12crop-224`; a name never changes its meaning. */
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,119}$/),
  title: z.string().max(200),
  resize: ProtocolResize,
  /** Side of a view, pixels; with `dense` the short side of the smallest one. */
  crop: Side,
  crops: CropSet,
  /** The left-right mirrored picture counts as well. */
  mirror: z.boolean(),
  average: z.enum(['probabilities', 'logits']),
  /** Left out for `all`, as in every record of versions that knew no other reading. */
  reading: Reading.extract(['subset']).optional(),
  /** What the user says of the classes; the others are matched by id and name. */
  classMap: ClassMap.optional(),
} as const;

function fits({ resize, crop, crops }: { resize: ProtocolResize; crop: number; crops: CropSet }): boolean {
  if (resize.kind === 'none') return true;
  const sizes = resize.kind === 'shortSide' ? resize.sizes : [resize.size];
  if (crops === 'dense') return Math.min(...sizes) === crop;
  if (crops === 'whole') return resize.kind !== 'shortSide' && sizes.every((size) => size === crop);
  return sizes.every((size) => size >= crop);
}
const FITS = {
  error:
    'the resized image must be at least as large as the crop, and exactly as large where it is taken whole or ' +
    'densely',
};

/** As it is named and chosen; null stands for what the weights' card says. */
export const Protocol = z
  .object({ ...fields, input: InputSpec.nullable(), labels: LabelList.nullable() })
  .refine(fits, FITS);
export type Protocol = z.infer<typeof Protocol>;

/** A protocol under its name: one that comes with Quorum, or one that the user made. Neither ever changes. */
export const ProtocolEntry = z.object({
  protocol: Protocol,
  /** SHA-256 of everything but name and title: equal hashes, equal figures. */
  hash: z.string(),
  /** Null for those that come with Quorum. */
  createdAt: z.string().nullable(),
});
export type ProtocolEntry = z.infer<typeof ProtocolEntry>;

/** As it was used: nothing open. Stored with every result. */
export const ResolvedProtocol = z.object({ ...fields, input: InputSpec, labels: LabelList }).refine(fits, FITS);
export type ResolvedProtocol = z.infer<typeof ResolvedProtocol>;

/** Views of one picture. */
export function viewCount({ resize, crops, mirror }: Pick<Protocol, 'resize' | 'crops' | 'mirror'>): number {
  const views = { whole: 1, centreFloor: 1, centreHalfEven: 1, five: 5, six: 6, eighteen: 18, dense: 1 }[crops];
  return views * (mirror ? 2 : 1) * (resize.kind === 'shortSide' ? resize.sizes.length : 1);
}
