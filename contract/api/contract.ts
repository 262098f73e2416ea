/** Everything a screen can ask of the studio, over whichever wire. */
import type { ContractRouterClient } from '@orpc/contract';
import { catalogueContract } from './catalogue.ts';
import { datasetChangesContract } from './datasets/datasetChanges.ts';
import { datasetsContract } from './datasets/datasets.ts';
import { engineContract } from './engine.ts';
import { ensemblesContract } from './ensembles.ts';
import { evaluationsContract } from './evaluations.ts';
import { eventsContract } from './events.ts';
import { figuresContract } from './figures.ts';
import { filesContract } from './files.ts';
import { homeContract } from './home.ts';
import { jobsContract } from './jobs.ts';
import { lrRangeContract } from './runs/lrRange.ts';
import { modelsContract } from './models.ts';
import { placesContract } from './places.ts';
import { presetsContract } from './runs/presets.ts';
import { protocolsContract } from './protocols.ts';
import { queueContract } from './runs/queue.ts';
import { reproduceContract } from './reproduce.ts';
import { runsContract, scheduleContract } from './runs/runs.ts';
import { settingsContract } from './settings.ts';
import { timingContract } from './timing.ts';
import { travelContract } from './runs/travel.ts';
import { weightsContract } from './weights.ts';

export const studioContract = {
  home: homeContract,
  datasets: datasetsContract,
  datasetChanges: datasetChangesContract,
  models: modelsContract,
  presets: presetsContract,
  runs: runsContract,
  schedule: scheduleContract,
  lrRange: lrRangeContract,
  queue: queueContract,
  travel: travelContract,
  jobs: jobsContract,
  ensembles: ensemblesContract,
  weights: weightsContract,
  catalogue: catalogueContract,
  protocols: protocolsContract,
  evaluations: evaluationsContract,
  timing: timingContract,
  reproduce: reproduceContract,
  figures: figuresContract,
  engine: engineContract,
  files: filesContract,
  places: placesContract,
  settings: settingsContract,
  events: eventsContract,
};

/** What a renderer holds: `studio.runs.list({})` and so on, the same over a message port and a web socket. */
export type StudioClient = ContractRouterClient<typeof studioContract>;
