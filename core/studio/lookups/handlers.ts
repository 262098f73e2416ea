/** What answers each request: in the reader thread of a host with screens, in the process itself elsewhere. */
import { findGpus, readGpuLoads } from '../../provision/gpu.ts';
import { engineStatus } from '../../provision/status.ts';
import { datasetImages, datasetPaths, datasetStatistics, quarantine } from './datasetTables.ts';
import { duplicates } from './duplicateTables.ts';
import { compare, evaluationFigures } from './evaluationFigures.ts';
import { inspectSource } from './inspectSource.ts';
import type { Reader } from './lookups.ts';
import { classes, confusion, predictionImages, predictionPath } from './predictionTables.ts';
import type { ReaderHandlers } from './requests.ts';
import { readSeries } from './series.ts';
import { trainedPictures } from './trainedPictures.ts';
import { exportVote, voteFigures, voteRows } from './voteTables.ts';

export const readerHandlers: ReaderHandlers = {
  engineStatus: (options) => engineStatus(options),
  gpus: () => findGpus(),
  gpuLoads: readGpuLoads,
  inspect: inspectSource,
  datasetImages,
  datasetStatistics,
  quarantine,
  datasetPaths,
  trainedPictures,
  series: readSeries,
  predictionImages,
  predictionPath,
  confusion,
  classes,
  voteFigures,
  voteRows,
  export: exportVote,
  evaluationFigures,
  compare,
  duplicates,
};

/** How stored figures are asked for: over the thread, or directly. */
export type Ask = Reader['ask'];

/** For a process that nobody waits for meanwhile. */
export const askHere: Ask = async (name, input) => readerHandlers[name](input);
