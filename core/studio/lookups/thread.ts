/** Entry of the reader thread. */
import { parentPort } from 'node:worker_threads';
import { StudioError } from '../../../contract/errors.ts';
import { findGpus, readGpuLoads } from '../../provision/gpu.ts';
import { engineStatus } from '../../provision/status.ts';
import { confusion, classes, predictionImages, predictionPath } from './predictionTables.ts';
import { datasetImages, datasetPaths, datasetStatistics, quarantine } from './datasetTables.ts';
import { duplicates } from './duplicateTables.ts';
import { compare, evaluationFigures } from './evaluationFigures.ts';
import { inspectSource } from './inspectSource.ts';
import type { ReaderHandlers, ReaderReply, ReaderRequest } from './requests.ts';
import { readSeries } from './series.ts';
import { trainedPictures } from './trainedPictures.ts';
import { exportVote, voteFigures, voteRows } from './voteTables.ts';

const handlers: ReaderHandlers = {
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

async function answer(request: ReaderRequest): Promise<ReaderReply> {
  try {
    const handle = handlers[request.name] as (input: unknown) => unknown;
    return { id: request.id, output: await handle(request.input) };
  } catch (error) {
    return {
      id: request.id,
      error: error instanceof StudioError ? error.toReport() : null,
      message: error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error),
    };
  }
}

parentPort?.on('message', (request: ReaderRequest) => {
  void answer(request).then((reply) => parentPort?.postMessage(reply));
});
