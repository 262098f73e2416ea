/** Which class of a network is which class of the images, as a user says it in a file of two columns. */
import { z } from 'zod';

export const ClassMap = z.object({
  /** Name of the file it was read from. */
  file: z.string(),
  /** A class by its id or name, on either side; each at most once. */
  pairs: z
    .array(
      z.object({
        network: z.string(),
        data: z.string(),
        /** In the file, from 1. */
        line: z.int(),
      }),
    )
    .min(1),
});
export type ClassMap = z.infer<typeof ClassMap>;

/** Both columns, in this order, as the first line names them. */
export const CLASS_MAP_HEADER = ['network', 'dataset'] as const;
