import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { forkJob } from '../../../../cli/forkJob.ts';
import { type RunningJob, startJob } from '../../../../core/studio/jobs/jobProcess.ts';
import { engineTestJob } from '../../../../core/worker/jobs/engineTest/messages.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

const ENTRY = fileURLToPath(new URL('./processes/misbehave.ts', import.meta.url));
const JOB = engineTestJob.of({ device: 'cpu' });

interface Started {
  readonly job: RunningJob;
  readonly logFile: string;
  readonly heard: unknown[];
}

function start(ending: string, entry = ENTRY, env: Readonly<Record<string, string>> = {}): Started {
  const heard: unknown[] = [];
  const logFile = join(temporaryFolder(), 'job.log');
  const job = startJob(JOB, {
    fork: forkJob,
    entry,
    env: { PATH: process.env['PATH'] ?? '', TEST_ENDING: ending, ...env },
    logFile,
    onProgress: ({ stage, done }) => heard.push([stage, done]),
    onLog: (level, text) => heard.push([level, text]),
  });
  return { job, logFile, heard };
}

test('a result comes back, with progress and log on the way', async () => {
  const { job, heard } = start('done');
  expect(await job.result).toEqual({ answer: 42 });
  expect(heard).toEqual([
    ['work', 1],
    ['warn', 'careful'],
  ]);
});

test('a failure the job explained arrives as it was', async () => {
  await expect(start('failed').job.result).rejects.toMatchObject({
    code: 'file.diskFull',
    message: 'The disk is full.',
    remedy: 'Free some space.',
  });
});

test.each([
  ['exit0', /without a result/, /job\.log/],
  ['exit3', /exit code 3: the reason/, /job\.log/],
  ['throw', /exit code 1/, /job\.log/],
  ['abort', /aborted by a check/, /engine test/],
  ['sigkill', /killed by another program/, /smaller batch/],
  ['exit137', /killed by another program/, /smaller batch/],
  ['nonsense', /cannot be read/, /fault in Quorum/],
])('a process that ends without a word (%s) is an error in words', async (ending, message, remedy) => {
  await expect(start(ending).job.result).rejects.toMatchObject({
    code: 'run.workerDied',
    message: expect.stringMatching(message),
    remedy: expect.stringMatching(remedy),
  });
});

test('a process that cannot start says so', async () => {
  await expect(start('done', join(temporaryFolder(), 'missing.ts')).job.result).rejects.toMatchObject({
    code: 'run.workerDied',
    message: expect.stringMatching(/exit code 1/),
  });
});

test('what the process printed is kept in its log', async () => {
  const { job, logFile } = start('exit3');
  await expect(job.result).rejects.toThrow();
  expect(readFileSync(logFile, 'utf8')).toBe('first line\nthe reason\n');
});

test('the first stop is a request, and the job ends by itself', async () => {
  const { job } = start('obedient');
  job.stop();
  expect(await job.result).toEqual({ stopped: true });
  expect(job.killed).toBe(false);
});

test('the second stop kills a job that hangs', async () => {
  const { job } = start('hang');
  job.stop();
  job.stop();
  await expect(job.result).rejects.toMatchObject({
    code: 'run.workerDied',
    message: expect.stringMatching(/killed on request/),
  });
  expect(job.killed).toBe(true);
});

test('a process that does not leave after its result is ended', async () => {
  const { job } = start('doneThenHang');
  expect(await job.result).toBe('late');
  expect(() => process.kill(job.pid ?? 0, 0)).toThrow(/ESRCH/);
});

test('with QUORUM_INSPECT_JOB a job waits for a debugger, and does its work once one lets it', async () => {
  const { job, logFile } = start('done', ENTRY, { QUORUM_INSPECT_JOB: '0' });
  const address = await vi.waitUntil(
    () => existsSync(logFile) && /ws:\/\/127\.0\.0\.1:\S+/.exec(readFileSync(logFile, 'utf8'))?.[0],
    { timeout: 300_000 },
  );
  const attached = new WebSocket(address);
  await once(attached, 'open');
  attached.send(JSON.stringify({ id: 1, method: 'Runtime.runIfWaitingForDebugger' }));
  await once(attached, 'message');
  attached.close();
  expect(await job.result).toEqual({ answer: 42 });
});

test('a QUORUM_INSPECT_JOB that is no port is refused', () => {
  expect(() => start('done', ENTRY, { QUORUM_INSPECT_JOB: 'yes' })).toThrow(/not a port/);
});
