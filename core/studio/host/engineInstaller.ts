/** Installs engines as jobs of the host's list: each once at a time, whoever asks. */
import { installEngineJob } from '../../../contract/api/engine.ts';
import type { Progress } from '../../../contract/progress.ts';
import type { EngineDevice } from '../../../contract/engine.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { EngineHandlers } from '../engine/engine.ts';
import type { EngineInstallation } from './engineGate.ts';
import type { EventLog } from './eventLog.ts';
import type { JobList } from './jobList.ts';

export class EngineInstaller {
  readonly #jobs: JobList;
  readonly #events: EventLog;
  readonly #engine: Pick<EngineHandlers, 'install'>;
  readonly #running = new Map<EngineDevice, EngineInstallation & { readonly jobId: string }>();
  readonly #listeners = new Set<(progress: Progress) => void>();

  constructor(jobs: JobList, events: EventLog, engine: Pick<EngineHandlers, 'install'>) {
    this.#jobs = jobs;
    this.#events = events;
    this.#engine = engine;
  }

  install(device: EngineDevice, onProgress?: (progress: Progress) => void): EngineInstallation & { jobId: string } {
    if (onProgress) this.#listeners.add(onProgress);
    const known = this.#running.get(device);
    if (known) return known;
    const jobId = this.#jobs.start({
      kind: installEngineJob,
      title: `Install the engine for ${device === 'gpu' ? 'NVIDIA GPUs' : 'the CPU'}`,
      turn: 'install',
      run: async (work) => {
        const installed = await this.#engine.install(device, {
          signal: work.signal,
          onProgress: ({ stage, label, done, total, perSec, secondsLeft }) => {
            const progress = { stage: `${stage} ${label}`, done, total, perSec, secondsLeft };
            work.onProgress(progress);
            for (const listener of this.#listeners) listener(progress);
          },
        });
        this.#events.publish({ type: 'engine' });
        return { folder: installed.folder };
      },
    });
    const ended = this.#jobs.ended(jobId).then(({ state, error }) => {
      this.#running.delete(device);
      this.#listeners.clear();
      if (state === 'finished') return;
      throw error
        ? StudioError.fromReport(error)
        : new StudioError('job.stopped', 'The installation of the engine was cancelled.', {
            remedy: 'Install it again when you are ready.',
          });
    });
    // whoever does not wait for it sees how it ended in the list
    ended.catch(() => undefined);
    const installation = { jobId, ended };
    this.#running.set(device, installation);
    return installation;
  }
}
