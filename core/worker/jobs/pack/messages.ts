/** The packed images that a run trains on, made where they are missing. */
import { z } from 'zod';
import { RunSpec } from '../../../../contract/runSpec.ts';
import { defineJob } from '../../jobMessages.ts';

export const PackJob = z.object({ spec: RunSpec, datasetDir: z.string() });
export type PackJob = z.infer<typeof PackJob>;

/** The names of the files in the cache of the data set; or why the run reads its images from their own files. */
export const Packed = z.union([z.object({ files: z.array(z.string()) }), z.object({ reason: z.string() })]);
export type Packed = z.infer<typeof Packed>;

export const packJob = defineJob('pack', PackJob, Packed);
