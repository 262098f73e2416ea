/**
 * Slurm: a submission is one job, an array where it holds several runs. Slurm alone decides when and where they run.
 */
import { StudioError } from '../../../contract/errors.ts';
import type { Place } from '../../../contract/place.ts';
import { plural } from '../../../pure/plural.ts';
import { LEAVE_FILE, NO_FOLDER, OUTPUT_FILE, PLACE_FOLDER, TOKEN_VARIABLE } from './jobFolder.ts';
import { quoted } from './quoted.ts';
import type { JobSight, Scheduler, Submission } from './scheduler.ts';
import type { Answer, Shell } from './shell.ts';
import { readSacct, readScontrol, readSqueueJson, readSqueueText, SQUEUE_FORMAT } from './slurmAnswers.ts';

const UNKNOWN: JobSight = { phase: 'gone', state: null, reason: null, position: null, node: null, exit: null };

export interface SlurmOptions {
  readonly place: Pick<Place, 'name' | 'modules'> & { readonly slurm: NonNullable<Place['slurm']> };
  readonly shell: Shell;
  /** The program `quorum` there, with its first arguments. */
  readonly program: readonly string[];
}

export class Slurm implements Scheduler {
  readonly #options: SlurmOptions;
  /** Whether `squeue` knows JSON. */
  #json = true;

  constructor(options: SlurmOptions) {
    this.#options = options;
  }

  async submit(submission: Submission): Promise<string[]> {
    const { shell } = this.#options;
    const answer = await shell(['sbatch', ...this.#flags(submission)], this.#script(submission));
    if (answer.code !== 0) throw this.#failed('sbatch', answer);
    // "12" or "12;cluster", below warnings of the site
    const id = /^(\d+)(?:;\S+)?$/m.exec(answer.stdout)?.[1];
    if (id === undefined) throw this.#unreachable(`sbatch answered "${answer.stdout.trim().slice(0, 200)}"`);
    return idsOf(id, submission.runDirs.length);
  }

  async find(token: string, count: number): Promise<string[] | null> {
    const listed = await this.#ask('squeue', '--noheader', '--states=all', `--name=${jobName(token)}`, '--format=%F');
    const id = /^\d+$/m.exec(listed)?.[0] ?? (await this.#findEnded(token));
    return id === null ? null : idsOf(id, count);
  }

  async look(ids: readonly string[]): Promise<Map<string, JobSight>> {
    const known = await this.#squeue();
    const missing = ids.filter((id) => !known.has(id));
    // accounting remembers what the controller has forgotten
    const ended = missing.length === 0 ? new Map<string, JobSight>() : await this.#sacct(missing);
    const sights = new Map<string, JobSight>();
    for (const id of ids) {
      const sight = known.get(id) ?? ended.get(id) ?? UNKNOWN;
      if (sight.phase === 'gone') sights.set(id, await this.#withExit(id, sight));
      else sights.set(id, sight.phase === 'waiting' ? { ...sight, position: await this.#position(id) } : sight);
    }
    return sights;
  }

  async cancel(id: string): Promise<void> {
    const answer = await this.#options.shell(['scancel', id]);
    // a job that has ended meanwhile cannot be cancelled
    if (answer.code !== 0 && isUnreachable(answer)) throw this.#failed('scancel', answer);
  }

  async check(): Promise<string> {
    const version = (await this.#ask('sinfo', '--version')).trim();
    const nodes = (await this.#ask('sinfo', '--noheader', '--Node', '--format=%N')).split('\n').filter(Boolean);
    return `${version}, ${plural(new Set(nodes).size, 'node')}`;
  }

  #flags({ token, runDirs }: Submission): string[] {
    const { partition, account, gres, time, memory, constraint, cpus, saveSeconds } = this.#options.place.slurm;
    const named = { partition, account, gres, time, mem: memory, constraint, 'cpus-per-task': cpus };
    return [
      '--parsable',
      '--requeue',
      '--open-mode=append',
      '--output=/dev/null',
      `--job-name=${jobName(token)}`,
      `--signal=B:USR2@${saveSeconds}`,
      ...(runDirs.length > 1 ? [`--array=0-${runDirs.length - 1}`] : []),
      ...Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
    ];
  }

  /**
   * A login shell, where modules are. It stays beside the program, which a signal would end while it starts: what Slurm
   * says shortly before the time limit becomes a file, and SIGTERM is passed on.
   */
  #script({ token, runDirs }: Submission): string {
    const { place, program } = this.#options;
    const cases = runDirs.map((folder, index) => `  ${index}) run=${quoted(folder)} ;;`);
    return [
      '#!/bin/bash -l',
      `case "\${SLURM_ARRAY_TASK_ID:-0}" in`,
      ...cases,
      'esac',
      `place="$run/${PLACE_FOLDER}"`,
      `[ -d "$place" ] || exit ${NO_FOLDER}`,
      `rm -f "$place/${LEAVE_FILE}"`,
      `trap ': >"$place/${LEAVE_FILE}"' USR2`,
      `exec >>"$place/${OUTPUT_FILE}" 2>&1`,
      ...place.modules.map((name) => `module load ${quoted(name)} || exit`),
      `export ${TOKEN_VARIABLE}=${quoted(token)}`,
      `${program.map(quoted).join(' ')} job "$run" &`,
      'job=$!',
      `trap 'kill -TERM "$job"' TERM`,
      // a signal ends a wait early
      'until wait "$job"; code=$?; ! kill -0 "$job" 2>/dev/null; do :; done',
      'exit "$code"',
      '',
    ].join('\n');
  }

  /** In JSON where it answers so. @throws {StudioError} `place.unreachable` */
  async #squeue(): Promise<Map<string, JobSight>> {
    if (this.#json) {
      const { code, stdout, stderr } = await this.#options.shell(['squeue', '--json']);
      if (code === 0)
        try {
          return readSqueueJson(stdout);
        } catch {
          // another shape, or the controller is down: the text says which
        }
      else if (/unrecognized option|invalid option|json/i.test(stderr)) this.#json = false;
    }
    return readSqueueText(
      await this.#ask('squeue', '--noheader', '--array', '--states=all', `--format=${SQUEUE_FORMAT}`),
    );
  }

  /** Empty where the cluster keeps no accounts. */
  async #sacct(ids: readonly string[]): Promise<Map<string, JobSight>> {
    const format = '--format=JobID,State,ExitCode,NodeList';
    const { code, stdout } = await this.#options.shell([
      'sacct',
      '--parsable2',
      '--noheader',
      '--allocations',
      format,
      `--jobs=${ids.join(',')}`,
    ]);
    return code === 0 ? readSacct(stdout) : new Map();
  }

  async #findEnded(token: string): Promise<string | null> {
    const { code, stdout } = await this.#options.shell([
      'sacct',
      '--parsable2',
      '--noheader',
      '--allocations',
      '--format=JobID',
      `--name=${jobName(token)}`,
    ]);
    return code === 0 ? (/^\d+/m.exec(stdout)?.[0] ?? null) : null;
  }

  async #withExit(id: string, sight: JobSight): Promise<JobSight> {
    if (sight.exit !== null && sight.state !== null) return sight;
    const answer = await this.#options.shell(['scontrol', '--oneliner', 'show', 'job', id]);
    if (isUnreachable(answer)) throw this.#failed('scontrol', answer);
    return (answer.code === 0 ? readScontrol(answer.stdout) : null) ?? sight;
  }

  /** Where others' jobs are hidden, the place among one's own. */
  async #position(id: string): Promise<number | null> {
    const { partition } = this.#options.place.slurm;
    const { code, stdout } = await this.#options.shell([
      'squeue',
      '--noheader',
      '--states=PENDING',
      '--sort=-p,i',
      '--format=%F',
      ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ]);
    const at = stdout.split('\n').findIndex((line) => line.trim() === id.split('_')[0]);
    return code === 0 && at >= 0 ? at + 1 : null;
  }

  /** What a command prints. @throws {StudioError} `place.unreachable` */
  async #ask(program: string, ...args: string[]): Promise<string> {
    const answer = await this.#options.shell([program, ...args]);
    if (answer.code !== 0) throw this.#unreachable(wordsOf(program, answer));
    return answer.stdout;
  }

  #failed(program: string, answer: Answer): StudioError {
    const words = wordsOf(program, answer);
    if (isUnreachable(answer)) return this.#unreachable(words);
    return new StudioError('place.refused', `Slurm refuses it: ${words}`, {
      remedy: `Change the options of "${this.#options.place.name}" in Settings → Places, then start the run again.`,
    });
  }

  #unreachable(words: string): StudioError {
    return new StudioError('place.unreachable', `Slurm of "${this.#options.place.name}" does not answer: ${words}`, {
      remedy: 'Nothing is lost; Quorum asks again. Contact the administrator if this persists.',
    });
  }
}

const jobName = (token: string): string => `quorum-${token}`;

const idsOf = (id: string, count: number): string[] =>
  count === 1 ? [id] : Array.from({ length: count }, (_, i) => `${id}_${i}`);

/** As Slurm said it. */
function wordsOf(program: string, { code, stdout, stderr }: Answer): string {
  const said = (stderr.trim() || stdout.trim()).slice(0, 1000);
  return said === '' ? `${program} ended with code ${code}.` : said;
}

/** What Slurm's commands say where the controller, its authentication or the network is at fault. */
const UNREACHABLE = [
  'unable to contact slurm controller',
  'connection (refused|timed out)',
  'socket timed out',
  'communication (connection )?failure',
  'protocol authentication error',
  'munge',
  'zero bytes were transmitted',
  'resource temporarily unavailable',
  'backup controller',
].map((said) => new RegExp(said, 'i'));
/** Of a command that took too long, and of ssh without a connection. */
const UNREACHABLE_CODES = [124, 255];

/** Not what was asked is at fault. */
function isUnreachable({ code, stderr }: Answer): boolean {
  return (code !== null && UNREACHABLE_CODES.includes(code)) || UNREACHABLE.some((said) => said.test(stderr));
}
