/** Which picture a process dies of. */
import { z } from 'zod';
import { defineJob } from '../../jobMessages.ts';

/** Decodes files one after another, saying which comes next: whoever finds the process dead knows at which. */
export const ProbePicturesJob = z.object({ paths: z.array(z.string()) });
export type ProbePicturesJob = z.infer<typeof ProbePicturesJob>;

export const probePicturesJob = defineJob('probePictures', ProbePicturesJob, z.null());
