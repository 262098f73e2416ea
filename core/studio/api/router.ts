/** The router: every procedure of the contract, over whichever wire. */
import { catalogueRouter } from './catalogue.ts';
import { datasetChangesRouter } from './datasets/datasetChanges.ts';
import { datasetsRouter } from './datasets/datasets.ts';
import { engineRouter } from './engine.ts';
import { ensemblesRouter } from './ensembles.ts';
import { evaluationsRouter } from './evaluations.ts';
import { eventsRouter } from './events.ts';
import { figuresRouter } from './figures.ts';
import { filesRouter } from './files.ts';
import { homeRouter } from './home.ts';
import { api } from './implementer.ts';
import { jobsRouter } from './jobs.ts';
import { lrRangeRouter } from './runs/lrRange.ts';
import { modelsRouter } from './models.ts';
import { placesRouter } from './places.ts';
import { presetsRouter } from './runs/presets.ts';
import { protocolsRouter } from './protocols.ts';
import { queueRouter } from './runs/queue.ts';
import { reproduceRouter } from './reproduce.ts';
import { runsRouter, scheduleRouter } from './runs/runs.ts';
import { settingsRouter } from './settings.ts';
import { timingRouter } from './timing.ts';
import { travelRouter } from './runs/travel.ts';
import { weightsRouter } from './weights.ts';

export const studioRouter = api.router({
  home: homeRouter,
  datasets: datasetsRouter,
  models: modelsRouter,
  presets: presetsRouter,
  runs: runsRouter,
  schedule: scheduleRouter,
  lrRange: lrRangeRouter,
  queue: queueRouter,
  travel: travelRouter,
  jobs: jobsRouter,
  datasetChanges: datasetChangesRouter,
  weights: weightsRouter,
  catalogue: catalogueRouter,
  protocols: protocolsRouter,
  evaluations: evaluationsRouter,
  timing: timingRouter,
  reproduce: reproduceRouter,
  figures: figuresRouter,
  ensembles: ensemblesRouter,
  engine: engineRouter,
  files: filesRouter,
  places: placesRouter,
  settings: settingsRouter,
  events: eventsRouter,
});
