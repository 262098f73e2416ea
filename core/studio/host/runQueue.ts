/** Starts waiting runs, one at a time on each lane, and keeps going over failures and restarts. */
import { z } from 'zod';
import { StudioError } from '../../../contract/errors.ts';
import { ACTIVE_STATES, ENDED_BADLY } from '../../../contract/run.ts';
import type { QueuedRun, QueueRepository } from '../../db/queueRepository.ts';
import type { SettingsRepository } from '../../db/settingsRepository.ts';
import type { StudioContext } from '../context.ts';
import type { RunHandlers } from '../runs/runs.ts';
import type { TrainingHold } from '../training/startTraining.ts';
import type { EngineGate } from './engineGate.ts';

export const QueueSettings = z.object({
  paused: z.boolean().default(false),
  continueAfterFailure: z.boolean().default(true),
  pausedReason: z.string().nullable().default(null),
});
export type QueueSettings = z.infer<typeof QueueSettings>;

const SETTINGS_KEY = 'queue';
/** Another program on the same data (a terminal) may free a device without telling. */
const POLL_MS = 2000;
/** What a run waits for that names it: somebody has to do something. */
const LACKING: ReadonlySet<string> = new Set(['engine.noGpu', 'place.unknown', 'place.refused']);

export interface RunQueueOptions {
  readonly context: StudioContext;
  readonly runs: RunHandlers;
  readonly queue: QueueRepository;
  readonly settings: SettingsRepository;
  /** Whether the engine is there that a run needs. */
  readonly gate: Pick<EngineGate, 'admits'>;
  /** A place, a state or a setting of the queue changed. */
  readonly onChange: (runIds: readonly string[]) => void;
}

export class RunQueue {
  readonly #options: RunQueueOptions;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #watched = new Set<Promise<void>>();
  /** Runs that carry why their device is not to be had. */
  readonly #told = new Map<string, string>();

  constructor(options: RunQueueOptions) {
    this.#options = options;
  }

  /** Begins to start runs, those that waited when the last host ended among them. */
  open(): void {
    this.#timer = setInterval(() => this.poke(), POLL_MS);
    this.#timer.unref();
    this.poke();
  }

  settings(): Promise<QueueSettings> {
    return this.#options.settings.read(SETTINGS_KEY, QueueSettings);
  }

  async configure(change: Partial<QueueSettings>): Promise<void> {
    await this.#options.settings.write(SETTINGS_KEY, { ...(await this.settings()), ...change });
    this.#options.onChange([]);
    this.poke();
  }

  async add(ids: readonly string[], where: 'front' | 'back' = 'back'): Promise<void> {
    await this.#options.queue.add(ids, where);
    this.#options.onChange(ids);
    this.poke();
  }

  async move(id: string, before: string | null): Promise<void> {
    await this.#options.queue.move(id, before);
    this.#options.onChange([]);
  }

  /** Takes a waiting run out of the queue; false when it was not waiting. */
  async take(id: string, state: 'stopped' | 'interrupted' | 'queued'): Promise<boolean> {
    const taken = await this.#options.queue.take(id, state);
    if (taken) this.#options.onChange([id]);
    return taken;
  }

  /** Waiting runs whose device is not to be had, with why. */
  get blocked(): ReadonlyMap<string, string> {
    return this.#told;
  }

  /** Looks whether something can start; calls made meanwhile are one more look. */
  poke(): void {
    if (this.#closed) return;
    this.#working = this.#working
      .then(() => (this.#closed ? undefined : this.#startWhatCan()))
      .catch((error: unknown) => {
        // A busy database is tried again at the next look; anything else must be seen.
        if (!(error instanceof StudioError && error.code === 'database.busy'))
          process.emitWarning(error instanceof Error ? error : String(error));
      });
  }

  /** Starts nothing more, and waits for what is being started. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#working;
  }

  /** Waits for the ends of runs that this queue started to be noted; after `RunHandlers.stopAll`. */
  async settle(): Promise<void> {
    await Promise.all(this.#watched);
  }

  async #startWhatCan(): Promise<void> {
    const { queue, context, runs } = this.#options;
    await this.#followAway();
    if ((await this.settings()).paused) return;
    const busy = new Set<string>();
    for (const run of await queue.waiting()) {
      const where = run.place === null ? run.device : `place:${run.place}`;
      // one that has just ended is still being put away
      if (busy.has(where) || this.#closed || runs.trainsHere(run.id)) continue;
      const hold = await this.#holdFor(run);
      if (hold === 'busy') busy.add(where);
      if (hold === 'busy' || hold === null) continue;
      const claim = await queue.claim(run.id, context.owner, context.leases);
      if (claim === 'claimed') await this.#start(run.id, hold);
      else await hold.release();
    }
    // those of one place as one submission
    context.places.send();
  }

  /** Runs that train at other places go on without a host, and are taken up by the next one. */
  async #followAway(): Promise<void> {
    const { runs, context } = this.#options;
    const active = (await context.runs.idsInState(ACTIVE_STATES)).filter(
      (id) => !runs.trainsHere(id) && context.places.away(id) !== null,
    );
    if (active.length === 0) return;
    const held = await context.leases.heldRuns();
    for (const id of active) if (!held.has(id) && !this.#closed) await this.#launch(id);
  }

  /** Null where something else is missing than a free lane, which the run then says. */
  async #holdFor(run: QueuedRun): Promise<TrainingHold | 'busy' | null> {
    const { lanes, runs, places } = this.#options.context;
    try {
      if (run.place !== null) {
        const lane = await places.lane(run.place);
        await this.#tell(run.id, null);
        return { lane, release: async () => undefined };
      }
      const free = await lanes.isFree(run.device);
      await this.#tell(run.id, null);
      if (!free) return 'busy';
      if (!(await this.#options.gate.admits(run))) return null;
      const name = (await runs.find(run.id))?.name ?? run.id;
      return (await lanes.take(run.device, { runId: run.id, title: name })) ?? 'busy';
    } catch (error) {
      if (!(error instanceof StudioError && LACKING.has(error.code))) throw error;
      await this.#tell(run.id, error);
      return null;
    }
  }

  /** Why a run waits whose device is not to be had; null takes that back. */
  async #tell(id: string, error: StudioError | null): Promise<void> {
    if (this.#told.get(id) === error?.message) return;
    if (error) this.#told.set(id, error.message);
    else this.#told.delete(id);
    const { context, onChange } = this.#options;
    await context.runs.update(id, { reason: error?.message ?? null, error: error?.toReport() ?? null });
    onChange([id]);
  }

  async #start(id: string, hold: TrainingHold): Promise<void> {
    const { context, onChange } = this.#options;
    try {
      await this.#launch(id, hold);
    } catch (error) {
      const report =
        error instanceof StudioError
          ? error.toReport()
          : { code: 'run.workerDied' as const, message: error instanceof Error ? error.message : String(error) };
      await context.runs.update(id, {
        state: 'failed',
        reason: report.message,
        error: report,
        endedAt: new Date().toISOString(),
      });
      await context.leases.release(id, context.owner);
      await hold.release();
      onChange([id]);
      await this.#afterEnd(id);
    }
  }

  /** Without `hold`: of a run that is away. */
  async #launch(id: string, hold?: TrainingHold): Promise<void> {
    const { runs, onChange } = this.#options;
    await runs.startOrResume(id, { ...(hold && { hold }), more: true });
    onChange([id]);
    const watched: Promise<void> = runs
      .wait(id)
      .then(() => this.#afterEnd(id))
      .catch(() => undefined)
      .then(() => {
        this.#watched.delete(watched);
      });
    this.#watched.add(watched);
  }

  async #afterEnd(id: string): Promise<void> {
    const { context, onChange } = this.#options;
    onChange([id]);
    const run = await context.runs.find(id);
    const settings = await this.settings();
    if (run?.state === 'failed' && run.error?.code === 'file.diskFull' && !this.#closed) {
      // the next one would find no room either
      await this.configure({
        paused: true,
        pausedReason: `"${run.name}" found no room on the disk. Free some space, then let the queue go on.`,
      });
    } else if (run && !settings.continueAfterFailure && !this.#closed && ENDED_BADLY.includes(run.state)) {
      await this.configure({
        paused: true,
        pausedReason: `"${run.name}" ended as ${run.state}; the queue goes on when you say so.`,
      });
    }
    this.poke();
  }
}
