/** The places that runs train at beside this machine, by their names in the settings. */
import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlaceSettings, Settings } from '../../../contract/api/settings.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { Place } from '../../../contract/place.ts';
import { type SettingsRepository, STUDIO_SETTINGS } from '../../db/settingsRepository.ts';
import type { TrainJob } from '../../worker/jobs/train/messages.ts';
import type { JobListeners } from '../jobs/jobProcess.ts';
import type { StudioPaths } from '../records/paths.ts';
import { PLACE_FOLDER, readSent, type SentFile } from './jobFolder.ts';
import type { PlacedJob, PlacedJobOptions } from './placedJob.ts';
import { type DeskPace, PlaceDesk, USUAL_PACE } from './placeDesk.ts';
import type { Scheduler } from './scheduler.ts';
import { shellHere } from './shell.ts';
import { Slurm } from './slurm.ts';

/** Where a run computes that trains at another place. */
export interface PlaceLane {
  readonly kind: 'place';
  readonly id: string;
  readonly place: Place;
}

export interface PlaceBookOptions {
  readonly paths: StudioPaths;
  readonly settings: SettingsRepository;
  readonly pace?: Partial<DeskPace> | undefined;
}

export interface PlacedRun extends Pick<PlacedJobOptions, 'stored' | 'onWhereabouts'>, JobListeners {
  readonly request: TrainJob;
  readonly shareProcessor: boolean;
}

/** This installation's program: the shared file system shows it to the nodes as well. */
const OWN_PROGRAM = [process.execPath, fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))];

export class PlaceBook {
  readonly #options: PlaceBookOptions;
  readonly #desks = new Map<string, { readonly place: string; readonly desk: PlaceDesk }>();

  constructor(options: PlaceBookOptions) {
    this.#options = options;
  }

  async list(): Promise<Place[]> {
    return (await this.#options.settings.read(STUDIO_SETTINGS, PlaceSettings)).places;
  }

  /** @throws {StudioError} `run.inUse`: a place that is taken off the list trains a run */
  async save(places: readonly Place[]): Promise<void> {
    const { settings } = this.#options;
    const gone = (await this.list()).filter(({ name }) => !places.some((place) => place.name === name));
    this.requireUnused(gone.map(({ name }) => name));
    await settings.write(STUDIO_SETTINGS, { ...(await settings.read(STUDIO_SETTINGS, Settings)), places: [...places] });
  }

  /** @throws {StudioError} `run.inUse`: one of them trains a run */
  requireUnused(names: readonly string[]): void {
    const { runs } = this.#options.paths;
    if (names.length === 0 || !existsSync(runs)) return;
    for (const id of readdirSync(runs)) {
      const place = this.away(id)?.place;
      if (place !== undefined && names.includes(place))
        throw new StudioError('run.inUse', `Run ${id} is away at "${place}".`, {
          remedy: 'Stop it, or wait for it to end; then remove the place.',
        });
    }
  }

  /** @throws {StudioError} `place.unknown`; `place.refused`: it is not known what to start there */
  async lane(name: string): Promise<PlaceLane> {
    const places = await this.list();
    const place = places.find((one) => one.name === name);
    if (place) {
      schedulerOf(place);
      return { kind: 'place', id: `place:${name}`, place };
    }
    const known = places.map((one) => one.name).join(', ');
    throw new StudioError(
      'place.unknown',
      `There is no place "${name}"${known === '' ? '' : `; there are ${known}`}.`,
      {
        remedy: 'Add it in Settings → Places, or with quorum places add; or train here: --place here.',
      },
    );
  }

  /** What is noted of a job that is away for that run; null where none is. */
  away(runId: string): SentFile | null {
    const folder = this.#folder(runId);
    return existsSync(folder) ? readSent(folder) : null;
  }

  /** Starts the run's job with the next `send`, or follows the one that is away. */
  start({ place }: PlaceLane, { request, shareProcessor, ...rest }: PlacedRun): PlacedJob {
    const there = pathsThere(this.#options.paths.dataDir, place.dataDir);
    const { runId, spec, initial } = request;
    return this.#desk(place).start({
      ...rest,
      place: place.name,
      folder: this.#folder(runId),
      runDirThere: there(request.runDir),
      job: {
        request: {
          ...request,
          runDir: there(request.runDir),
          datasetDir: there(request.datasetDir),
          resumeFrom: request.resumeFrom === null ? null : there(request.resumeFrom),
          initial: initial && { ...initial, path: there(initial.path) },
        },
        device: spec.device,
        shareProcessor,
        installEngine: place.installEngine,
      },
    });
  }

  /** Hands over what was started since, the runs of a place as one submission. */
  send(): void {
    for (const { desk } of this.#desks.values()) desk.send();
  }

  /** What answers there, in words. @throws {StudioError} `place.unknown`, `place.unreachable` */
  async check(name: string): Promise<string> {
    return schedulerOf((await this.lane(name)).place).check();
  }

  #folder(runId: string): string {
    return join(this.#options.paths.runDir(runId), PLACE_FOLDER);
  }

  /** A place whose settings were changed gets another desk; jobs stay with the one that sent them. */
  #desk(place: Place): PlaceDesk {
    const settings = JSON.stringify(place);
    const known = this.#desks.get(place.name);
    if (known?.place === settings) return known.desk;
    known?.desk.send();
    const desk = new PlaceDesk(schedulerOf(place), { ...USUAL_PACE, ...this.#options.pace });
    this.#desks.set(place.name, { place: settings, desk });
    return desk;
  }
}

/** @throws {StudioError} `place.refused`: the place cannot start the desktop application */
function schedulerOf(place: Place): Scheduler {
  if (place.program === null && process.versions['electron'] !== undefined)
    throw new StudioError('place.refused', `It is not known where the program quorum is at "${place.name}".`, {
      remedy: 'Set its module or path in Settings → Places.',
    });
  return new Slurm({ place, shell: shellHere, program: place.program === null ? OWN_PROGRAM : [place.program] });
}

/** A path below the data folder as the place sees it; any other is the same there. */
function pathsThere(dataDir: string, there: string | null): (path: string) => string {
  return (path) => {
    const inside = relative(dataDir, path);
    const isBelow = inside !== '..' && !inside.startsWith('../') && !isAbsolute(inside);
    return there !== null && isBelow ? join(there, inside) : path;
  };
}
