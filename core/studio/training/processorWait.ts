/**
 * How long a process waited for a processor: on a busy machine it wants to compute and may not, which is no sign that
 * it hangs.
 */
import { readdirSync, readFileSync } from 'node:fs';

const NANOSECONDS_PER_MS = 1e6;

interface Thread {
  /** Milliseconds on a processor so far. */
  readonly ran: number;
  /** Milliseconds in the run queue so far; a wait is added once it is over. */
  readonly waited: number;
  readonly runnable: boolean;
  /** Milliseconds of a wait that is not over yet, which were reported already. */
  readonly reported: number;
}

/** Linux, by `schedstat` and `stat` in /proc/PID/task/TID (proc(5)); elsewhere nothing is known. */
export class ProcessorWait {
  readonly #pid: () => number | undefined;
  #threads = new Map<string, Thread>();
  #lookedAt = performance.now();

  constructor(pid: () => number | undefined) {
    this.#pid = pid;
  }

  /** Milliseconds since the last call, of the thread that waited longest; 0 at the first call. */
  sinceLast(): number {
    const now = performance.now();
    const elapsed = now - this.#lookedAt;
    this.#lookedAt = now;
    const before = this.#threads;
    this.#threads = new Map();
    let longest = 0;
    for (const [id, thread] of readThreads(this.#pid())) {
      const known = before.get(id);
      const wait = known ? waitBetween(known, thread, elapsed) : 0;
      const waits = known !== undefined && stillWaits(known, thread);
      this.#threads.set(id, { ...thread, reported: waits ? known.reported + wait : 0 });
      longest = Math.max(longest, wait);
    }
    return longest;
  }
}

const stillWaits = (before: Thread, now: Thread): boolean => now.runnable && now.ran === before.ran;

function waitBetween(before: Thread, now: Thread, elapsed: number): number {
  if (stillWaits(before, now)) return elapsed;
  return Math.max(0, now.waited - before.waited - before.reported);
}

/** By thread id; none where there is no such process. */
function readThreads(pid: number | undefined): Map<string, Thread> {
  const threads = new Map<string, Thread>();
  if (pid === undefined) return threads;
  const folder = `/proc/${pid}/task`;
  for (const id of entriesOf(folder)) {
    try {
      const [ran, waited] = readFileSync(`${folder}/${id}/schedstat`, 'utf8').split(' ');
      // the name in brackets may hold anything; the state follows it
      const state = readFileSync(`${folder}/${id}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
      threads.set(id, {
        ran: Number(ran) / NANOSECONDS_PER_MS,
        waited: Number(waited) / NANOSECONDS_PER_MS,
        runnable: state === 'R',
        reported: 0,
      });
    } catch {
      // ended meanwhile
    }
  }
  return threads;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
