import { type ChildProcess, fork, spawn } from 'node:child_process';
import { constants, getPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { PRIORITY_VARIABLE } from '../../../core/worker/jobMessages.ts';
import { inspectWeightsJob } from '../../../core/worker/jobs/inspectWeights/messages.ts';

const JOB = fileURLToPath(new URL('../../../core/worker/main.ts', import.meta.url));
const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
/** Added to this process's own, more than a job is asked for. */
const MORE = PRIORITY_BELOW_NORMAL + 1;
/** A job that is asked to give way to other programs. */
const env = { ...process.env, [PRIORITY_VARIABLE]: String(PRIORITY_BELOW_NORMAL) };

/** Its priority when it answers, which is after it has set it; it fails for want of a file. */
function priorityOf(job: ChildProcess): Promise<number> {
  onTestFinished(() => {
    job.kill('SIGKILL');
  });
  return new Promise((done, fail) => {
    job.once('error', fail);
    job.once('exit', (code) => fail(new Error(`the job said nothing and ended with ${code}`)));
    // even one that has ended by now is not reaped before this returns
    job.once('message', () => done(getPriority(job.pid)));
    job.send({ type: 'start', job: inspectWeightsJob.of({ path: '/nowhere/weights.safetensors', network: null }) });
  });
}

test('a job gives way to other programs when it is asked to', async () => {
  const job = fork(JOB, { env, stdio: 'ignore' });
  expect(await priorityOf(job)).toBe(Math.max(getPriority(), PRIORITY_BELOW_NORMAL));
});

// only an administrator may raise a priority: others would not get a job at all
test.skipIf(process.platform === 'win32')('a job whose host gives way more does as its host', async () => {
  const job = spawn('nice', ['-n', String(MORE), process.execPath, JOB], {
    env,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  expect(await priorityOf(job)).toBe(Math.min(getPriority() + MORE, PRIORITY_LOW));
});
