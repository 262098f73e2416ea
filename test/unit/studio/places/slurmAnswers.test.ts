/** Answers of Slurm's versions: JSON of 22.05 and of 24.05, text, accounts; and of one that does not answer. */
import { expect, test } from 'vitest';
import type { JobSight } from '../../../../core/studio/places/scheduler.ts';
import type { Answer, Shell } from '../../../../core/studio/places/shell.ts';
import { Slurm } from '../../../../core/studio/places/slurm.ts';
import {
  expandTasks,
  readSacct,
  readScontrol,
  readSqueueJson,
  readSqueueText,
} from '../../../../core/studio/places/slurmAnswers.ts';

const sight = (change: Partial<JobSight>): JobSight => ({
  phase: 'gone',
  state: null,
  reason: null,
  position: null,
  node: null,
  exit: null,
  ...change,
});
const WAITS = sight({ phase: 'waiting', state: 'PENDING', reason: 'Resources' });
const RUNS = sight({ phase: 'running', state: 'RUNNING', node: 'n1' });

test('JSON of 22.05: plain numbers, whole wait status, tasks that wait as one entry', () => {
  const common = { array_task_string: '', state_reason: 'None', nodes: 'n1', exit_code: 0 };
  const jobs = [
    { ...common, job_id: 7, array_job_id: 5, array_task_id: 0, job_state: 'RUNNING' },
    {
      ...common,
      job_id: 5,
      array_job_id: 5,
      array_task_id: null,
      array_task_string: '1-2,4%2',
      job_state: 'PENDING',
      state_reason: 'Resources',
      nodes: '',
    },
    { ...common, job_id: 8, array_job_id: 0, array_task_id: null, job_state: 'FAILED', exit_code: 768 },
    { ...common, job_id: 9, array_job_id: 0, array_task_id: null, job_state: 'FAILED', exit_code: 9 },
    { job_id: 'not one of ours' },
  ];
  expect(Object.fromEntries(readSqueueJson(JSON.stringify({ jobs })))).toEqual({
    '5_0': { ...RUNS, exit: { code: 0, signal: 0 } },
    '5_1': { ...WAITS, exit: { code: 0, signal: 0 } },
    '5_2': { ...WAITS, exit: { code: 0, signal: 0 } },
    '5_4': { ...WAITS, exit: { code: 0, signal: 0 } },
    '8': sight({ state: 'FAILED', node: 'n1', exit: { code: 3, signal: 0 } }),
    '9': sight({ state: 'FAILED', node: 'n1', exit: { code: 0, signal: 9 } }),
  });
});

test('JSON of 24.05: numbers that may not be set, several states, parts of the exit code', () => {
  const no = { set: false, infinite: false, number: 0 };
  const is = (number: number): object => ({ set: true, infinite: false, number });
  const common = { job_id: 12, array_job_id: is(12), array_task_string: '', state_reason: 'None', nodes: 'n1' };
  const exit = (code: number, signal: object): object => ({
    status: ['ERROR'],
    return_code: is(code),
    signal: { id: signal, name: '' },
  });
  const jobs = [
    { ...common, array_task_id: is(0), job_state: ['COMPLETED', 'COMPLETING'], exit_code: exit(0, no) },
    { ...common, array_task_id: is(1), job_state: ['OUT_OF_MEMORY'], exit_code: exit(0, is(9)) },
    { ...common, array_task_id: is(2), job_state: ['PENDING', 'REQUEUED'], nodes: '', exit_code: exit(0, no) },
  ];
  const found = readSqueueJson(JSON.stringify({ jobs }));
  expect([...found].map(([id, { phase, state, exit: how }]) => [id, phase, state, how?.signal])).toEqual([
    ['12_0', 'running', 'COMPLETING', 0],
    ['12_1', 'gone', 'OUT_OF_MEMORY', 9],
    ['12_2', 'waiting', 'PENDING', 0],
  ]);
});

test('text of squeue, sacct and scontrol', () => {
  expect(Object.fromEntries(readSqueueText('5_1|PENDING|Resources|\n5_0|RUNNING|None|n1\n\n'))).toEqual({
    '5_1': WAITS,
    '5_0': RUNS,
  });
  expect(readSacct('7|CANCELLED by 1000|0:15|n1\n').get('7')).toEqual(
    sight({ state: 'CANCELLED', node: 'n1', exit: { code: 0, signal: 15 } }),
  );
  expect(readScontrol('JobId=4 JobName=x JobState=FAILED Reason=NonZeroExitCode ExitCode=3:0 NodeList=n1')).toEqual(
    sight({ state: 'FAILED', reason: 'NonZeroExitCode', node: 'n1', exit: { code: 3, signal: 0 } }),
  );
  expect(readScontrol('slurm_load_jobs error: Invalid job id specified')).toBe(null);
  expect(expandTasks('0-6:3,9')).toEqual([0, 3, 6, 9]);
});

/** A Slurm whose commands answer as `answers` say; the last one again and again. */
function pretended(answers: Readonly<Record<string, readonly Answer[]>>): { slurm: Slurm; asked: string[] } {
  const asked: string[] = [];
  const counts = new Map<string, number>();
  const shell: Shell = async ([program, ...args]) => {
    asked.push([program, ...args].join(' '));
    const name = program === 'squeue' && args[0] === '--json' ? 'squeue --json' : program;
    const at = counts.get(name) ?? 0;
    counts.set(name, at + 1);
    const all = answers[name] ?? [{ code: 127, stdout: '', stderr: `${name}: command not found` }];
    return all[Math.min(at, all.length - 1)]!;
  };
  const place = { name: 'c', modules: [], slurm: { saveSeconds: 120 } };
  return { slurm: new Slurm({ place, shell, program: ['/opt/quorum'] }), asked };
}
const ok = (stdout: string): Answer => ({ code: 0, stdout, stderr: '' });
const bad = (stderr: string): Answer => ({ code: 1, stdout: '', stderr });

test('an old squeue without JSON is asked for text; without accounts a forgotten job is gone', async () => {
  const { slurm, asked } = pretended({
    'squeue --json': [bad("squeue: unrecognized option '--json'")],
    squeue: [ok('5|RUNNING|None|n1\n')],
    sacct: [bad('Slurm accounting storage is disabled')],
    scontrol: [bad('slurm_load_jobs error: Invalid job id specified')],
  });
  expect(Object.fromEntries(await slurm.look(['5', '6']))).toEqual({ '5': RUNS, '6': sight({}) });
  await slurm.look(['5']);
  expect(asked.filter((command) => command === 'squeue --json').length).toBe(1);
});

test('a controller that is down is no end of a job, whatever command says so', async () => {
  const down = bad('slurm_load_jobs error: Unable to contact slurm controller (connect failure)');
  // as 22.05 answers
  const json = ok('{"jobs":[],"errors":[{"description":"Failed while looking for jobs","error_number":-1}]}');
  const { slurm } = pretended({ 'squeue --json': [json], sbatch: [down], squeue: [down] });
  const submission = { token: 't', runDirs: ['/d/runs/r'] };
  for (const asking of [slurm.look(['5']), slurm.submit(submission), slurm.find('t', 1)])
    await expect(asking).rejects.toMatchObject({ code: 'place.unreachable' });
});

test('a submission is found again by its name, an array as its tasks', async () => {
  const { slurm } = pretended({ squeue: [ok('31\n31\n')] });
  expect(await slurm.find('t', 2)).toEqual(['31_0', '31_1']);
  const none = pretended({ squeue: [ok('')], sacct: [bad('disabled')] });
  expect(await none.slurm.find('t', 2)).toBe(null);
});
