/**
 * A machine without a scheduler, reached over SSH: each job waits there by itself until one of the place's lanes is
 * free, in the order of their numbers. What is known of a job lies in a folder there; whether it lives is told by a
 * lock that its processes hold, which no restart and no other process can feign.
 */
import { StudioError } from '../../../contract/errors.ts';
import type { Place } from '../../../contract/place.ts';
import { plural } from '../../../pure/plural.ts';
import type { JobSight, Scheduler, Submission } from './scheduler.ts';
import type { SshHost } from './sshHost.ts';
import { cancelScript, findScript, lookScript, readLook, submitScript } from './workstationScripts.ts';

export interface WorkstationOptions {
  readonly place: Pick<Place, 'name' | 'modules' | 'lanes'>;
  readonly host: SshHost;
  /** The program `quorum` there, with its first arguments. */
  readonly program: readonly string[];
  /** Folder there in which the jobs of this place are known. */
  readonly jobsDir: string;
}

export class Workstation implements Scheduler {
  readonly #options: WorkstationOptions;

  constructor(options: WorkstationOptions) {
    this.#options = options;
  }

  /** Said twice, it starts nothing twice. */
  async submit(submission: Submission): Promise<string[]> {
    const { jobsDir, program, place } = this.#options;
    const { modules, lanes } = place;
    const ids = words(await this.#run(submitScript({ ...submission, jobsDir, program, modules, lanes })));
    if (ids.length === submission.runDirs.length) return ids;
    throw this.#refused(`it named ${plural(ids.length, 'job')} for ${plural(submission.runDirs.length, 'run')}`);
  }

  async find(token: string, count: number): Promise<string[] | null> {
    const ids = words(await this.#run(findScript(this.#options.jobsDir, token, count)));
    return ids.length === count ? ids : null;
  }

  async look(ids: readonly string[]): Promise<Map<string, JobSight>> {
    return readLook(await this.#run(lookScript(this.#options.jobsDir, ids)));
  }

  async cancel(id: string): Promise<void> {
    await this.#run(cancelScript(this.#options.jobsDir, id));
  }

  async check(): Promise<string> {
    const tools = ['flock', 'setsid'];
    const missing = words(
      await this.#run(`for tool in ${tools.join(' ')}; do command -v "$tool" >/dev/null || echo "$tool"; done`),
    );
    if (missing.length > 0)
      throw new StudioError(
        'place.programMissing',
        `There is no ${missing.join(' and no ')} on "${this.#options.place.name}".`,
        {
          remedy: 'Install the package util-linux there, then try again.',
        },
      );
    return `${plural(this.#options.place.lanes, 'job')} at once`;
  }

  async #run(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.#options.host.script(script);
    if (code !== 0) throw this.#refused(stderr.trim().slice(0, 500) || `a script ended with code ${code}`);
    return stdout;
  }

  #refused(said: string): StudioError {
    return new StudioError('place.refused', `"${this.#options.place.name}" refuses it: ${said}`, {
      remedy: 'Check the place in Settings → Places, and its data folder there.',
    });
  }
}

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);
