/** Keeps runs waiting while the engine they need is installed, and until the user chooses where it could not be. */
import { z } from 'zod';
import type { Progress } from '../../../contract/progress.ts';
import { type EngineDevice, EngineWait } from '../../../contract/engine.ts';
import { type ErrorReport, StudioError } from '../../../contract/errors.ts';
import type { QueuedRun } from '../../db/queueRepository.ts';
import type { StudioContext } from '../context.ts';
import type { EngineHandlers, EngineNeed } from '../engine/engine.ts';

export interface EngineInstallation {
  /** In the host's list of jobs; null for a host without one. */
  readonly jobId: string | null;
  /** Rejects with what the installation failed with. */
  readonly ended: Promise<void>;
}

export interface EngineGateOptions {
  readonly context: Pick<StudioContext, 'runs' | 'settings'>;
  readonly engine: Pick<EngineHandlers, 'needed'>;
  /** Installs an engine, or joins who does so already. */
  readonly install: (device: EngineDevice, onProgress: (progress: Progress) => void) => EngineInstallation;
  /** How far the installation is that this run waits for. */
  readonly onProgress: (runId: string, progress: Progress) => void;
  /** Runs have another state, or can be looked at anew. */
  readonly onChange: (runIds: readonly string[]) => void;
}

const SETTINGS_KEY = 'engineFailure';
/** Outlives the host: what failed is not fetched again before somebody says so. */
const Failure = z.object({ failed: EngineWait.options[1].nullable().default(null) });
type Failed = Extract<EngineWait, { state: 'failed' }>;

export class EngineGate {
  readonly #options: EngineGateOptions;
  #installing: (Extract<EngineWait, { state: 'installing' }> & { readonly runId: string }) | null = null;
  #ending: Promise<void> = Promise.resolve();
  #closed = false;
  /** Runs that carry the failure by now. */
  readonly #told = new Set<string>();

  constructor(options: EngineGateOptions) {
    this.#options = options;
  }

  /** What keeps runs waiting; null when nothing does. */
  async state(): Promise<EngineWait | null> {
    if (!this.#installing) return this.#failed();
    const { state, device, jobId } = this.#installing;
    return { state, device, jobId };
  }

  /** Whether the run can start now; where its engine is missing, this begins to install it. */
  async admits({ id, device }: Pick<QueuedRun, 'id' | 'device'>): Promise<boolean> {
    const need = await this.#options.engine.needed(device);
    const failed = await this.#failed();
    if (need === null) {
      if (failed) await this.retry();
      return true;
    }
    if (this.#installing) await this.#showInstalling();
    else if (failed?.device === need.device) await this.#showFailure(id, failed.error);
    else await this.#install(id, need);
    return false;
  }

  /** Forgets that an installation failed: the next look tries again. */
  async retry(): Promise<void> {
    await this.#options.context.settings.write(SETTINGS_KEY, Failure.parse({}));
    this.#told.clear();
    this.#options.onChange([]);
  }

  /** The host closes: that an installation ends now is no failure. */
  close(): void {
    this.#closed = true;
  }

  /** Waits until the end of an installation is noted; after what installs has been ended. */
  settle(): Promise<void> {
    return this.#ending;
  }

  async #failed(): Promise<Failed | null> {
    return (await this.#options.context.settings.read(SETTINGS_KEY, Failure)).failed;
  }

  async #install(runId: string, { device, fallback }: EngineNeed): Promise<void> {
    const { install, onProgress, onChange } = this.#options;
    const { jobId, ended } = install(device, (progress) => onProgress(runId, { ...progress, stage: 'installing' }));
    this.#installing = { state: 'installing', device, jobId, runId };
    this.#ending = ended
      .then(
        () => this.#changeWaiting(runId, { reason: null, error: null }),
        async (error: unknown) => {
          if (this.#closed) return this.#changeWaiting(runId, { reason: null, error: null });
          const report = asReport(error);
          const failed: Failed = { state: 'failed', device, error: report, fallback };
          await this.#options.context.settings.write(SETTINGS_KEY, { failed });
          await this.#changeWaiting(runId, { reason: report.message, error: report });
        },
      )
      // what cannot be stored now is found again at the next look
      .catch(() => undefined)
      .then(() => {
        this.#installing = null;
        if (!this.#closed) onChange([runId]);
      });
    await this.#showInstalling();
  }

  /** Again and again, because another program that opens the data folder takes it for a leftover. */
  async #showInstalling(): Promise<void> {
    const runId = this.#installing?.runId;
    if (runId === undefined) return;
    const { context, onChange } = this.#options;
    if ((await context.runs.find(runId))?.state !== 'queued') return;
    await context.runs.update(runId, { state: 'installing', reason: null, error: null });
    onChange([runId]);
  }

  async #showFailure(runId: string, error: ErrorReport): Promise<void> {
    if (this.#told.has(runId)) return;
    this.#told.add(runId);
    await this.#options.context.runs.update(runId, { state: 'queued', reason: error.message, error });
    this.#options.onChange([runId]);
  }

  /** A run that was stopped meanwhile stays so. */
  async #changeWaiting(runId: string, change: { reason: string | null; error: ErrorReport | null }): Promise<void> {
    const { runs } = this.#options.context;
    if ((await runs.find(runId))?.state !== 'installing') return;
    if (change.error) this.#told.add(runId);
    await runs.update(runId, { state: 'queued', ...change });
  }
}

function asReport(error: unknown): ErrorReport {
  if (error instanceof StudioError) return error.toReport();
  return {
    code: 'engine.damaged',
    message: `The engine could not be installed: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: 'Try again; the log of the studio may say more.',
  };
}
