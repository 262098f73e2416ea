/** The places that runs train at beside this machine, by their names in the settings. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PlaceSettings, Settings } from '../../../contract/api/settings.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { Place, PlaceFinding } from '../../../contract/place.ts';
import { type SettingsRepository, STUDIO_SETTINGS } from '../../db/settingsRepository.ts';
import type { TrainJob } from '../../worker/jobs/train/messages.ts';
import type { JobListeners } from '../jobs/jobProcess.ts';
import type { StudioPaths } from '../records/paths.ts';
import { MIRRORED_LOG, PLACE_FOLDER, readSent, type SentFile } from './jobFolder.ts';
import { accessTo } from './placeAccess.ts';
import { checkPlace, installEngineThere } from './placeCheck.ts';
import type { PlacedJob, PlacedJobOptions } from './placedJob.ts';
import { type DeskPace, PlaceDesk } from './placeDesk.ts';
import type { Cargo } from './placeFiles.ts';
import { sharedPaths } from './sharedPaths.ts';

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
  readonly pack: Cargo['pack'];
}

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
      accessTo(place, this.#options.paths.dataDir);
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
  start({ place }: PlaceLane, { request, shareProcessor, pack, ...rest }: PlacedRun): PlacedJob {
    const { files } = accessTo(place, this.#options.paths.dataDir);
    const there = files ? files.there(request) : sharedPaths(this.#options.paths.dataDir, place.dataDir, request);
    return this.#desk(place).start({
      ...rest,
      place: place.name,
      folder: this.#folder(request.runId),
      runDirThere: there.runDir,
      cargo: files && { request, pack },
      job: {
        request: there,
        device: request.spec.device,
        shareProcessor,
        installEngine: place.installEngine,
        logFile: files ? MIRRORED_LOG : 'worker.log',
      },
    });
  }

  /** Hands over what was started since, the runs of a place as one submission. */
  send(): void {
    for (const { desk } of this.#desks.values()) desk.send();
  }

  /** What answers there, and what is missing. @throws {StudioError} `place.unknown`, `place.…` */
  async check(name: string): Promise<PlaceFinding[]> {
    return checkPlace((await this.lane(name)).place, this.#options.paths.dataDir);
  }

  /** Installs the engine there that is missing; what it prints, at its end. @throws {StudioError} `place.…` */
  async installEngine(name: string): Promise<string> {
    return installEngineThere((await this.lane(name)).place, this.#options.paths.dataDir);
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
    const { scheduler, files } = accessTo(place, this.#options.paths.dataDir);
    const desk = new PlaceDesk(scheduler, this.#options.pace, files);
    this.#desks.set(place.name, { place: settings, desk });
    return desk;
  }
}
