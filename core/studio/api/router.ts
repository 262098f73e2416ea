/** The router: every procedure of the contract, over whichever wire. */
import { datasetChangesRouter } from './datasetChanges.ts';
import { datasetsRouter } from './datasets.ts';
import { ensemblesRouter } from './ensembles.ts';
import { evaluationsRouter } from './evaluations.ts';
import { api } from './implementer.ts';
import { lrRangeRouter } from './lrRange.ts';
import { predictionsRouter } from './predictions.ts';
import { protocolsRouter } from './protocols.ts';
import { queueRouter } from './queue.ts';
import { runsRouter, scheduleRouter } from './runs.ts';
import { timingRouter } from './timing.ts';
import { weightsRouter } from './weights.ts';
import {
  engineRouter,
  eventsRouter,
  filesRouter,
  homeRouter,
  jobsRouter,
  modelsRouter,
  presetsRouter,
  settingsRouter,
} from './studioCalls.ts';

export const studioRouter = api.router({
  home: homeRouter,
  datasets: datasetsRouter,
  models: modelsRouter,
  presets: presetsRouter,
  runs: runsRouter,
  schedule: scheduleRouter,
  lrRange: lrRangeRouter,
  queue: queueRouter,
  jobs: jobsRouter,
  datasetChanges: datasetChangesRouter,
  weights: weightsRouter,
  protocols: protocolsRouter,
  evaluations: evaluationsRouter,
  timing: timingRouter,
  predictions: predictionsRouter,
  ensembles: ensemblesRouter,
  engine: engineRouter,
  files: filesRouter,
  settings: settingsRouter,
  events: eventsRouter,
});
