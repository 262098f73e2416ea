/**
 * What starts jobs at a place, and tells what became of them: the one interface that each kind of place has a file
 * for.
 */

export interface Submission {
  /** Names the submission where its answer was lost. */
  readonly token: string;
  /** Folders of the runs, as the place sees them. */
  readonly runDirs: readonly string[];
}

/** One job as its scheduler has it now. */
export interface JobSight {
  /** `gone`: it will not run again. */
  readonly phase: 'waiting' | 'running' | 'gone';
  /** The scheduler's own word, such as `PENDING` or `OUT_OF_MEMORY`; null where it knows the job no more. */
  readonly state: string | null;
  /** Why it waits, in the scheduler's words. */
  readonly reason: string | null;
  /** Its place in line, 1 being next; null where that is not told. */
  readonly position: number | null;
  readonly node: string | null;
  /** How its process ended, where that is told. */
  readonly exit: { readonly code: number; readonly signal: number } | null;
}

export interface Scheduler {
  /**
   * Starts the jobs of a submission as one; their ids in order.
   * @throws {StudioError} `place.refused`: with what it said; `place.unreachable`: whether it took them is not known
   */
  submit(submission: Submission): Promise<string[]>;
  /**
   * Ids of a submission of `count` jobs that it took; null where it never did.
   * @throws {StudioError} `place.unreachable`
   */
  find(token: string, count: number): Promise<string[] | null>;
  /** @throws {StudioError} `place.unreachable` */
  look(ids: readonly string[]): Promise<ReadonlyMap<string, JobSight>>;
  /** Takes it out of the line, or ends its process. @throws {StudioError} `place.unreachable` */
  cancel(id: string): Promise<void>;
  /** What answers there, in words. @throws {StudioError} `place.unreachable` */
  check(): Promise<string>;
}
