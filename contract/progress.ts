/** How far a piece of work is: one shape from whoever does it to the bar that shows it. */
import { z } from 'zod';

export const Progress = z.object({
  stage: z.string(),
  done: z.number(),
  /** 0 where it is not known. */
  total: z.number(),
  /** Null where it is not known. */
  perSec: z.number().nullable(),
  secondsLeft: z.number().nullable(),
});
export type Progress = z.infer<typeof Progress>;

/** Called a few times a second by whoever does the work: the one throttle besides the screen's. */
export type OnProgress = (progress: Progress) => void;
