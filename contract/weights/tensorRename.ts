/** Names of a weight file that its reader does not know. */
import { z } from 'zod';

/**
 * Whole parts of tensor names to be read as others: `shortcut.0` as `downsample.0`; an empty `to` takes the part out.
 */
export const TensorRename = z.object({ from: z.string().min(1), to: z.string() });
export type TensorRename = z.infer<typeof TensorRename>;
