/** Decodes suspects one by one, in a process that may die of one of them. */
import { decodeChunk } from '../../../data/pictures/decodeChunk.ts';
import { implementJob, type JobContext } from '../../jobContext.ts';
import { type ProbePicturesJob, probePicturesJob } from './messages.ts';

const KEY = { size: 64, color: 'rgb', fit: 'cover', interpolation: 'lanczos3' } as const;

export async function runProbePicturesJob({ paths }: ProbePicturesJob, { send }: JobContext): Promise<null> {
  for (const [at, path] of paths.entries()) {
    send({ type: 'progress', stage: 'probe', done: at, total: paths.length, perSec: null, secondsLeft: null });
    // The word must be out before the picture is touched.
    await new Promise(setImmediate);
    await decodeChunk({ id: at, paths: [path], job: { kind: 'inspect', keepSide: null } });
    await decodeChunk({ id: at, paths: [path], job: { kind: 'pack', key: KEY } });
  }
  return null;
}

export const run = implementJob(probePicturesJob, runProbePicturesJob);
