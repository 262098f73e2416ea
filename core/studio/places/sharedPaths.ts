/** Paths of a run as a place sees them that shares the data folder with this machine. */
import { isAbsolute, join, relative } from 'node:path';
import type { TrainJob } from '../../worker/jobs/train/messages.ts';

/** @param thereDir the data folder as the place sees it; null where it has the same path */
export function sharedPaths(dataDir: string, thereDir: string | null, request: TrainJob): TrainJob {
  const there = (path: string): string => {
    const inside = relative(dataDir, path);
    const isBelow = inside !== '..' && !inside.startsWith('../') && !isAbsolute(inside);
    return thereDir !== null && isBelow ? join(thereDir, inside) : path;
  };
  const { runDir, datasetDir, resumeFrom, initial } = request;
  return {
    ...request,
    runDir: there(runDir),
    datasetDir: there(datasetDir),
    resumeFrom: resumeFrom === null ? null : there(resumeFrom),
    initial: initial && { ...initial, path: there(initial.path) },
  };
}
