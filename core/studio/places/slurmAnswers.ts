/** What Slurm's commands answer, as JSON where they can (21.08 and newer, in three shapes), else as text. */
import { z } from 'zod';
import type { JobSight } from './scheduler.ts';

/** In columns of `squeue --format`. */
export const SQUEUE_FORMAT = '%i|%T|%r|%N';

/** States in which a job has not begun, or not begun again. */
const WAITING = new Set(['PENDING', 'CONFIGURING', 'REQUEUED', 'REQUEUE_FED', 'REQUEUE_HOLD', 'SPECIAL_EXIT']);
/** States in which its processes may still write. */
const RUNNING = new Set(['RUNNING', 'COMPLETING', 'SUSPENDED', 'STOPPED', 'SIGNALING', 'STAGE_OUT', 'RESIZING']);

/** Numbers are plain in 22.05, and objects that say whether they are set from 23.02 on. */
const Amount = z.union([
  z.number().nullable(),
  z.object({ set: z.boolean(), number: z.number() }).transform(({ set, number }) => (set ? number : null)),
]);
/** The whole wait status, or its parts. */
const Exit = z.union([
  Amount.transform((status) =>
    status === null ? null : { code: Math.floor(status / 256) % 256, signal: status % 128 },
  ),
  z
    .object({ return_code: Amount, signal: z.object({ id: Amount }) })
    .transform(({ return_code: code, signal }) => ({ code: code ?? 0, signal: signal.id ?? 0 })),
]);

const Job = z.object({
  job_id: z.number(),
  array_job_id: Amount,
  array_task_id: Amount,
  array_task_string: z.string().nullable(),
  /** From 23.11 on with its flags, such as COMPLETING, behind it. */
  job_state: z.union([z.string(), z.array(z.string()).min(1)]),
  state_reason: z.string(),
  nodes: z.string().nullable(),
  exit_code: Exit.catch(null),
});
/** Where the controller is down, 22.05 lists no jobs, names an error, and ends well all the same. */
const Answer = z.object({ jobs: z.array(z.unknown()), errors: z.array(z.unknown()).max(0).optional() });

/** By id, those of an array as `12_3`. @throws {Error} it is no answer in JSON, or names errors */
export function readSqueueJson(text: string): Map<string, JobSight> {
  const found = new Map<string, JobSight>();
  for (const entry of Answer.parse(JSON.parse(text)).jobs) {
    const job = Job.safeParse(entry);
    if (!job.success) continue;
    const { job_state: said, state_reason: reason, nodes, exit_code: exit } = job.data;
    const states = typeof said === 'string' ? [said] : said;
    const state = states.find((one) => WAITING.has(one) || RUNNING.has(one)) ?? states[0] ?? '';
    for (const id of idsOf(job.data)) found.set(id, sightOf(state, reason, nodes ?? '', exit));
  }
  return found;
}

/** Tasks of an array that wait are one job with a list of them. */
function idsOf({
  job_id: own,
  array_job_id: array,
  array_task_id: task,
  array_task_string: tasks,
}: z.infer<typeof Job>) {
  if (!array) return [String(own)];
  if (tasks) return expandTasks(tasks).map((one) => `${array}_${one}`);
  return task === null ? [String(own)] : [`${array}_${task}`];
}

/** `1-3,5,8-12:2%4` */
export function expandTasks(text: string): number[] {
  return text
    .replace(/%\d+$/, '')
    .split(',')
    .flatMap((part) => {
      const [, from, to, step] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part) ?? [];
      if (from === undefined) return [];
      const [first, last, by] = [Number(from), Number(to ?? from), Number(step ?? 1)];
      return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, i) => first + i * by);
    });
}

/** As `squeue --noheader --array --format` with our columns prints it. */
export function readSqueueText(text: string): Map<string, JobSight> {
  const found = new Map<string, JobSight>();
  for (const line of text.split('\n')) {
    const [id, state, reason = '', nodes = ''] = line.trim().split('|');
    if (id && state) found.set(id, sightOf(state, reason, nodes, null));
  }
  return found;
}

/**
 * Of `sacct --parsable2 --noheader --allocations --format=JobID,State,ExitCode,NodeList`; the last line of a job
 * counts.
 */
export function readSacct(text: string): Map<string, JobSight> {
  const found = new Map<string, JobSight>();
  for (const line of text.split('\n')) {
    const [id, said = '', exit = '', nodes = ''] = line.trim().split('|');
    // "CANCELLED by 1000"
    const state = said.split(' ')[0];
    if (id && state) found.set(id, sightOf(state, '', nodes, exitOf(exit)));
  }
  return found;
}

/** `scontrol --oneliner show job ID`; null where it is no description of a job. */
export function readScontrol(text: string): JobSight | null {
  const field = (name: string): string => new RegExp(`(?:^|\\s)${name}=(\\S*)`).exec(text)?.[1] ?? '';
  const state = field('JobState');
  return state === '' ? null : sightOf(state, field('Reason'), field('NodeList'), exitOf(field('ExitCode')));
}

function exitOf(text: string): JobSight['exit'] {
  const [, code, signal] = /^(\d+):(\d+)$/.exec(text) ?? [];
  return code === undefined ? null : { code: Number(code), signal: Number(signal) };
}

function sightOf(state: string, reason: string, nodes: string, exit: JobSight['exit']): JobSight {
  const waiting = WAITING.has(state);
  return {
    phase: waiting ? 'waiting' : RUNNING.has(state) ? 'running' : 'gone',
    state,
    reason: reason === '' || reason === 'None' ? null : reason,
    position: null,
    node: waiting || nodes === '' || nodes === '(null)' ? null : nodes,
    exit,
  };
}
