/**
 * A machine that goes to sleep takes the memory of its GPU along: what trains there saves first, and goes on when the
 * machine is awake.
 */
import type { RunRepository } from '../../db/runs/runRepository.ts';
import type { RunHandlers } from '../runs/runs.ts';
import type { RunQueue } from './runQueue.ts';

/** What of a host it needs. */
export interface Sleeping {
  readonly queue: Pick<RunQueue, 'add'>;
  readonly studio: {
    readonly runs: Pick<RunHandlers, 'stop' | 'wait' | 'trainsHere'>;
    readonly context: { readonly runs: Pick<RunRepository, 'find'> };
  };
}

export class Sleep {
  readonly #host: Sleeping;
  #asleep: Promise<string | null>[] = [];

  constructor(host: Sleeping) {
    this.#host = host;
  }

  /**
   * Asks every run on a GPU to save and end; on a CPU a run stands still and goes on by itself.
   * @param runIds of what trains here
   */
  fallAsleep(runIds: readonly string[]): void {
    this.#asleep.push(
      ...runIds.map(async (id) => {
        const { studio } = this.#host;
        const run = await studio.context.runs.find(id);
        if (run?.device?.kind !== 'gpu' || !studio.runs.trainsHere(id)) return null;
        await studio.runs.stop(id);
        const { state } = await studio.runs.wait(id);
        return state === 'finished' ? null : id;
      }),
    );
  }

  /** Lets those go on, first in the queue, each in a fresh process. */
  async wakeUp(): Promise<void> {
    const ended = await Promise.allSettled(this.#asleep.splice(0));
    const ids = ended.flatMap((one) => (one.status === 'fulfilled' && one.value !== null ? [one.value] : []));
    if (ids.length > 0) await this.#host.queue.add(ids, 'front');
  }
}
