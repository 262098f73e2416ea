/** What every group of handlers works with. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../../contract/progress.ts';
import type { DeviceChoice } from '../../contract/deviceChoice.ts';
import { findGpus } from '../provision/gpu.ts';
import { JOURNAL_VARIABLE } from '../data/pictures/decodeJournal.ts';
import type { Job } from '../worker/jobMessages.ts';
import type { TrainJob } from '../worker/jobs/train/messages.ts';
import type { OpenRecords, StudioRecords } from './records/openRecords.ts';
import type { StudioPaths } from './records/paths.ts';
import type { Fork } from './jobs/jobChild.ts';
import { allocatorEnvironment, jobEnvironment, type ProcessorUse } from './jobs/jobEnvironment.ts';
import { LaneBook, type LaneBookOptions } from './lanes/laneBook.ts';
import type { Lane } from './lanes/machineLanes.ts';
import { PlaceBook, type PlaceBookOptions } from './places/placeBook.ts';
import { jobsAreInspected } from './jobs/jobNodeOptions.ts';
import { type JobListeners, type RunningJob, startJob } from './jobs/jobProcess.ts';
import { ENDLESS_PATIENCE, type Patience, USUAL_PATIENCE } from './training/watchdog.ts';

/** How a host starts and watches job processes. */
export interface JobSettings {
  readonly fork: Fork;
  /** Entry of the job process; the shipped one unless given. */
  readonly workerEntry?: string;
  /** Of training processes; the usual limits where left out. */
  readonly supervision?: { readonly patience?: Partial<Patience>; readonly growth?: Supervision['growth'] };
  /** How jobs compute that do not say so themselves; as the engine chooses where left out. */
  readonly processor?: () => ProcessorUse;
  /** Asks the driver for its GPUs. */
  readonly findGpus?: LaneBookOptions['findGpus'];
  /** How often jobs at other places are looked at. */
  readonly placePace?: PlaceBookOptions['pace'];
}

export interface Supervision {
  readonly patience: Patience;
  readonly growth: TrainJob['growth'];
}

export interface StudioContext extends StudioRecords {
  readonly paths: StudioPaths;
  /** The database's file: not the one of `paths` where that cannot be written. */
  readonly database: string;
  /** Why nothing can be stored, in words; null when all is well. */
  readonly readOnly: string | null;
  /** How long a training process may be silent, and how much it may grow. */
  readonly supervision: Supervision;
  /** This process, as leases know it. */
  readonly owner: string;
  /** Where jobs compute, each where no other does. */
  readonly lanes: LaneBook;
  /** Where runs train beside this machine. */
  readonly places: PlaceBook;
  /** Starts a job process; `device` decides which engine it is given, `lane` where it computes. */
  startJob(
    job: Job,
    options: JobListeners & {
      readonly logFile?: string;
      readonly device?: DeviceChoice;
      readonly lane?: Lane;
      readonly threads?: number;
      readonly shareProcessor?: boolean;
      readonly decodeDiary?: string;
    },
  ): RunningJob;
}

/** What a caller may hand to long work. */
export interface WorkOptions {
  readonly onProgress?: (progress: Progress) => void;
  readonly onLog?: (level: 'info' | 'warn' | 'error', text: string) => void;
  /** Where it computes, for work that is part of other work; else it takes a lane of its own. */
  readonly lane?: Lane;
  /** First abort: the work stops where that is safe. */
  readonly signal?: AbortSignal;
  /** Ends the work's process at once. */
  readonly killSignal?: AbortSignal;
}

export function createContext(
  paths: StudioPaths,
  { records, path, readOnly }: Pick<OpenRecords, 'records' | 'path' | 'readOnly'>,
  {
    fork,
    workerEntry = fileURLToPath(new URL('../worker/main.ts', import.meta.url)),
    supervision = {},
    processor,
    findGpus: ask = findGpus,
    placePace,
  }: JobSettings,
): StudioContext {
  const owner = randomUUID();
  return {
    ...records,
    paths,
    database: path,
    readOnly,
    supervision: {
      patience: {
        ...USUAL_PATIENCE,
        ...(jobsAreInspected(process.env) && ENDLESS_PATIENCE),
        ...supervision.patience,
      },
      growth: supervision.growth ?? {},
    },
    owner,
    lanes: new LaneBook({
      lanes: records.laneRecords,
      settings: records.settings,
      owner,
      findGpus: () => ask(),
      readOnly: readOnly !== null,
    }),
    places: new PlaceBook({ paths, settings: records.settings, pace: placePace }),
    startJob(job, options) {
      const { logFile = paths.jobLog, device = 'auto', lane, threads, shareProcessor, ...rest } = options;
      const { decodeDiary, ...listeners } = rest;
      const usual = processor?.() ?? {};
      const ofLane = lane?.kind === 'cpu' ? (lane.threads ?? undefined) : undefined;
      const use = { threads: threads ?? ofLane ?? usual.threads, shared: shareProcessor || usual.shared };
      return startJob(job, {
        ...listeners,
        fork,
        entry: workerEntry,
        env: {
          ...allocatorEnvironment(job.kind),
          ...jobEnvironment(process.env, device, use, lane),
          ...(decodeDiary !== undefined && { [JOURNAL_VARIABLE]: decodeDiary }),
        },
        logFile,
      });
    },
  };
}
