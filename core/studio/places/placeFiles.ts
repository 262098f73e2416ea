/** How the files of a run come to a place that does not share a file system with this machine, and back. */
import type { Progress } from '../../../contract/progress.ts';
import type { Packed } from '../../worker/jobs/pack/messages.ts';
import type { TrainJob } from '../../worker/jobs/train/messages.ts';

/** A run with what its job reads, as this machine sees it. */
export interface Cargo {
  readonly request: TrainJob;
  /** Packs the images that the run trains on, where that is not done yet. */
  readonly pack: (signal: AbortSignal) => Promise<Packed>;
}

export interface Bringing {
  /** Nothing that lies there of the run is newer than what is here. */
  readonly fresh: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onLog?: ((level: 'info' | 'warn', text: string) => void) | undefined;
}

/** A run whose job is away: its folder here, and how much of the job's log is in the run's own. */
export interface MirroredRun {
  readonly runDir: string;
  logOffset: number;
}

export interface PlaceFiles {
  /** The job's request with paths as the place sees them. @throws {StudioError} `place.refused`: no name of a file */
  there(request: TrainJob): TrainJob;
  /**
   * Copies what the job reads; what is there already is not sent again.
   * @throws {StudioError} `place.…`, `job.stopped`
   */
  bring(cargo: Cargo, how: Bringing): Promise<void>;
  /** Copies the job's settings, the last thing before it starts. @throws {StudioError} `place.…` */
  hand(runDir: string): Promise<void>;
  /** Takes wishes to stop there, and brings back what is new of these runs. @throws {StudioError} `place.…` */
  exchange(runs: readonly MirroredRun[]): Promise<void>;
}
