/**
 * Files of a place that is reached over SSH: the packed images are sent once, the folder of a run is mirrored back
 * while it trains.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import { formatBytes } from '../../../pure/bytes.ts';
import { CACHE_FOLDER, CARD_FILE, QUARANTINE_FILE } from '../../data/set/datasetFiles.ts';
import { INDEX_FILE } from '../../data/set/datasetIndex.ts';
import { OVERLAY_FILE } from '../../data/set/overlay.ts';
import { makeFolderSync } from '../../files/makeFolder.ts';
import type { Packed } from '../../worker/jobs/pack/messages.ts';
import { BEST_VALIDATION_FOLDER, type TrainJob } from '../../worker/jobs/train/messages.ts';
import { appendToLog } from '../jobs/jobLog.ts';
import {
  isAskedToStop,
  JOB_FILE,
  JOURNAL_FILE,
  MIRRORED_LOG,
  OUTPUT_FILE,
  PLACE_FOLDER,
  STOP_FILE,
} from './jobFolder.ts';
import type { Bringing, Cargo, MirroredRun, PlaceFiles } from './placeFiles.ts';
import { quoted } from './quoted.ts';
import { Rsync } from './rsync.ts';
import type { SshHost } from './sshHost.ts';

const { join: joinThere } = posix;
/** What a job reads of a data set beside its packed images. */
const DATASET_FILES = [CARD_FILE, INDEX_FILE, OVERLAY_FILE, QUARANTINE_FILE];
const KEPT_FOLDERS = ['checkpoints', BEST_VALIDATION_FOLDER];
/** Of a large file whose copy was cut short, the beginning is kept, and the copy goes on from there. */
const PARTIAL = '--partial-dir=.rsync-partial';
const REST = '- *';

export class MirroredFiles implements PlaceFiles {
  readonly #host: SshHost;
  readonly #rsync: Rsync;
  readonly #dataDir: string;
  /** Folders of runs whose wish to stop is known there. */
  readonly #stopped = new Set<string>();

  /** @param dataDir the data folder on the other machine */
  constructor(host: SshHost, dataDir: string) {
    this.#host = host;
    this.#rsync = new Rsync(host);
    this.#dataDir = dataDir;
  }

  there(request: TrainJob): TrainJob {
    const paths = this.#paths(request);
    const { initial, resumeFrom, runDir } = request;
    return {
      ...request,
      runDir: paths.runDir,
      datasetDir: paths.dataset,
      resumeFrom: resumeFrom === null ? null : joinThere(paths.runDir, resumeFrom.slice(runDir.length)),
      initial: initial && { ...initial, path: joinThere(paths.initial, basename(initial.path)) },
    };
  }

  async bring({ request, pack }: Cargo, how: Bringing): Promise<void> {
    const packed = await pack(how.signal);
    if ('reason' in packed) throw this.#unpacked(packed.reason);
    const paths = this.#paths(request);
    await this.#prepare(paths, how.fresh);
    await this.#bringImages(request.datasetDir, packed, paths, how);
    if (request.initial) await this.#bringWeights(request.initial.path, paths.initial, how);
    // what lies there after a job of this attempt is newer than what is here
    const flags = how.fresh ? ['--delete'] : ['--ignore-existing'];
    await this.#rsync.send(request.runDir, paths.runDir, {
      flags,
      rules: [...KEPT_FOLDERS.map((name) => `+ /${name}/***`), REST],
      ...how,
      stage: `sending checkpoints to ${this.#host.place}`,
    });
  }

  async hand(runDir: string): Promise<void> {
    this.#stopped.delete(runDir);
    const rules = [`+ /${JOB_FILE}`, `+ /${STOP_FILE}`, REST];
    await this.#rsync.send(join(runDir, PLACE_FOLDER), joinThere(this.#runDir(runDir), PLACE_FOLDER), { rules });
  }

  /** Checkpoints come after the journal that names them, so that none is known here before it is here. */
  async exchange(runs: readonly MirroredRun[]): Promise<void> {
    if (runs.length === 0) return;
    await this.#passStops(runs.map(({ runDir }) => runDir));
    const here = dirname(runs[0]!.runDir);
    const there = joinThere(this.#dataDir, 'runs');
    const names = runs.map(({ runDir }) => basename(runDir));
    const said = [`/${PLACE_FOLDER}/`, ...[JOURNAL_FILE, OUTPUT_FILE].map((name) => `/${PLACE_FOLDER}/${name}`)];
    const told = [...said, `/${MIRRORED_LOG}`];
    await this.#rsync.fetch(there, here, { flags: ['--append'], rules: below(names, told) });
    const folders = KEPT_FOLDERS.map((name) => `/${name}/***`);
    await this.#rsync.fetch(there, here, {
      flags: ['--delete-after', PARTIAL],
      // a folder that is not there is none that was removed there
      rules: ['P /*/', ...KEPT_FOLDERS.map((name) => `P /*/${name}/`), ...below(names, folders)],
    });
    for (const run of runs) takeLog(run);
  }

  async #passStops(runDirs: readonly string[]): Promise<void> {
    const asked = runDirs.filter((runDir) => !this.#stopped.has(runDir) && isAskedToStop(join(runDir, PLACE_FOLDER)));
    if (asked.length === 0) return;
    const files = asked.map((runDir) => quoted(joinThere(this.#runDir(runDir), PLACE_FOLDER, STOP_FILE)));
    const { code, stderr } = await this.#host.script(`touch ${files.join(' ')}`);
    if (code !== 0) throw this.#refused(stderr);
    for (const runDir of asked) this.#stopped.add(runDir);
  }

  /** The folder of the packed images is one for all states of a data set: only its lists differ. */
  async #prepare({ runDir, dataset, packs, initial }: Paths, fresh: boolean): Promise<void> {
    const place = quoted(joinThere(runDir, PLACE_FOLDER));
    const lines = [
      'umask 077',
      ...(fresh ? [`rm -rf ${place}`] : []),
      `mkdir -p ${[place, ...[dataset, packs, initial].map(quoted)].join(' ')} || exit 1`,
      `ln -sfn ${quoted(posix.relative(dataset, packs))} ${quoted(joinThere(dataset, CACHE_FOLDER))}`,
    ];
    const { code, stderr } = await this.#host.script(lines.join('\n'));
    if (code !== 0) throw this.#refused(stderr);
  }

  async #bringImages(
    datasetDir: string,
    { files }: Extract<Packed, { files: unknown }>,
    { dataset, packs }: Paths,
    how: Bringing,
  ): Promise<void> {
    const { place } = this.#host;
    await this.#rsync.send(datasetDir, dataset, {
      rules: [...DATASET_FILES.map((name) => `+ /${name}`), REST],
      ...how,
    });
    const sent = await this.#rsync.send(join(datasetDir, CACHE_FOLDER), packs, {
      flags: [PARTIAL],
      rules: [...files.map((name) => `+ /${name}`), REST],
      ...how,
      stage: `sending images to ${place}`,
    });
    const words =
      sent === 0 ? `The images are on ${place} already.` : `Sent ${formatBytes(sent)} of images to ${place}.`;
    how.onLog?.('info', words);
  }

  /** The file with what stands beside it under its name: a card, or the parts of a checkpoint of TensorFlow. */
  async #bringWeights(path: string, there: string, how: Bringing): Promise<void> {
    const name = basename(path).replace(/[*?[\\]/g, '\\$&');
    await this.#rsync.send(dirname(path), there, {
      flags: [PARTIAL],
      rules: [`+ /${name}`, `+ /${name}/**`, `+ /${name}.*`, REST],
      ...how,
      stage: `sending weights to ${this.#host.place}`,
    });
  }

  #paths({ runDir, spec }: TrainJob): Paths {
    const { datasetFingerprint, dataFingerprint = datasetFingerprint, fineTuning } = spec;
    const folder = (...names: string[]): string => joinThere(this.#dataDir, ...names.map((name) => this.#name(name)));
    return {
      runDir: this.#runDir(runDir),
      dataset: folder('datasets', dataFingerprint),
      packs: folder('packs', datasetFingerprint),
      initial: folder('initial', fineTuning?.from?.sha256 ?? 'none'),
    };
  }

  #runDir(runDir: string): string {
    return joinThere(this.#dataDir, 'runs', this.#name(basename(runDir)));
  }

  /** Names of folders are of our own making; whatever else a settings file says leads nowhere. */
  #name(name: string): string {
    if (/^[A-Za-z0-9][\w.-]{0,199}$/.test(name)) return name;
    throw new StudioError(
      'place.refused',
      `${JSON.stringify(name)} is no name for a folder on "${this.#host.place}".`,
      {
        remedy: 'Start a new run with the same settings.',
      },
    );
  }

  #unpacked(reason: string): StudioError {
    return new StudioError('place.refused', `The run reads its images from their own files: ${reason}.`, {
      remedy:
        `"${this.#host.place}" gets packed images only. Turn off random resized crops, ` +
        'train on this machine, or use a place that shares a file system with it.',
    });
  }

  #refused(stderr: string): StudioError {
    return new StudioError('place.refused', `"${this.#host.place}" refuses it: ${stderr.trim().slice(0, 500)}`, {
      remedy: 'Check the data folder of the place in Settings → Places, and its rights there.',
    });
  }
}

interface Paths {
  readonly runDir: string;
  readonly dataset: string;
  readonly packs: string;
  readonly initial: string;
}

/** Rules for these files of these runs and no others. */
function below(runs: readonly string[], files: readonly string[]): string[] {
  return [...runs.flatMap((run) => [`+ /${run}/`, ...files.map((file) => `+ /${run}${file}`)]), REST];
}

/** What is new in the job's log goes into the run's own, behind what its host said. */
function takeLog(run: MirroredRun): void {
  const path = join(run.runDir, MIRRORED_LOG);
  if (!existsSync(path)) return;
  const { size } = statSync(path);
  if (size <= run.logOffset) return;
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.min(size - run.logOffset, MOST_LOG_BYTES));
    const read = readSync(file, bytes, 0, bytes.length, run.logOffset);
    makeFolderSync(run.runDir);
    appendToLog(join(run.runDir, 'worker.log'), bytes.toString('utf8', 0, read));
    run.logOffset += read;
  } finally {
    closeSync(file);
  }
}

/** Taken at once. */
const MOST_LOG_BYTES = 2 ** 20;
