/** Jobs of a place whose scheduler fails in every way: nothing is started twice, and each end means something. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { StudioError } from '../../../../contract/errors.ts';
import { PLACE_FOLDER, PlaceJournal, readJobFile, readSent } from '../../../../core/studio/places/jobFolder.ts';
import { PlaceDesk } from '../../../../core/studio/places/placeDesk.ts';
import type { PlacedJob } from '../../../../core/studio/places/placedJob.ts';
import type { JobSight, Scheduler, Submission } from '../../../../core/studio/places/scheduler.ts';
import { smallSpec } from '../../../support/smallRun.ts';

const GONE: JobSight = { phase: 'gone', state: null, reason: null, position: null, node: null, exit: null };

/** Takes what is submitted; `lose` loses the next answers. */
class Pretended implements Scheduler {
  readonly submissions: Submission[] = [];
  sight: JobSight = { ...GONE, phase: 'running', state: 'RUNNING', node: 'n1' };
  lose = 0;
  readonly cancelled: string[] = [];

  async submit(submission: Submission): Promise<string[]> {
    this.submissions.push(submission);
    if (this.lose-- > 0) throw new StudioError('place.unreachable', 'The answer was lost.');
    return this.#idsOf(this.submissions.length, submission.runDirs.length);
  }

  async find(token: string, count: number): Promise<string[] | null> {
    const at = this.submissions.findIndex((one) => one.token === token);
    return at < 0 ? null : this.#idsOf(at + 1, count);
  }

  async look(ids: readonly string[]): Promise<Map<string, JobSight>> {
    return new Map(ids.map((id) => [id, this.sight]));
  }

  async cancel(id: string): Promise<void> {
    this.cancelled.push(id);
  }

  async check(): Promise<string> {
    return 'here';
  }

  #idsOf(id: number, count: number): string[] {
    return Array.from({ length: count }, (_, i) => `${id}_${i}`);
  }
}

interface Started {
  readonly job: PlacedJob;
  readonly folder: string;
  readonly journal: PlaceJournal;
  readonly words: string[];
}

function newRunDir(): string {
  const runDir = mkdtempSync(join(tmpdir(), 'quorum-desk-'));
  onTestFinished(() => {
    rmSync(runDir, { recursive: true, force: true });
  });
  return runDir;
}

function start(desk: PlaceDesk, runDir = newRunDir()): Started {
  const folder = join(runDir, PLACE_FOLDER);
  const words: string[] = [];
  const spec = smallSpec();
  const request = { runId: 'r', spec, runDir, datasetDir: '/d', resumeFrom: null, initial: null, growth: {} };
  const job = desk.start({
    place: 'cluster',
    folder,
    runDirThere: runDir,
    job: { request, device: 'cpu', shareProcessor: false, installEngine: false, logFile: 'worker.log' },
    stored: async () => undefined,
    onWhereabouts: (text) => words.push(text),
    onLog: (_level, text) => words.push(text),
  });
  return { job, folder, journal: new PlaceJournal(folder), words };
}

const PACE = { hearMs: 10, askMs: 20 };
const reason = (job: PlacedJob): Promise<unknown> =>
  job.result.then(
    () => null,
    (error: unknown) => error,
  );

test('several go as one submission; one whose answer is lost is found again and not sent twice', async () => {
  const scheduler = new Pretended();
  scheduler.lose = 1;
  const desk = new PlaceDesk(scheduler, PACE);
  const all = [start(desk), start(desk)];
  desk.send();
  await expect.poll(() => all.map(({ job }) => job.sent?.id)).toEqual(['1_0', '1_1']);
  expect(scheduler.submissions.length).toBe(1);
  for (const { journal, job } of all) {
    journal.write({ type: 'done', result: null }, true);
    expect(await job.result).toBe(null);
  }
});

test('a host that ended while it sent is told by the next one whether it arrived', async () => {
  const scheduler = new Pretended();
  const { job, folder } = start(new PlaceDesk(scheduler, PACE));
  job.prepare('token-of-the-dead', 0, 1);
  scheduler.submissions.push({ token: 'token-of-the-dead', runDirs: [] });
  const desk = new PlaceDesk(scheduler, PACE);
  const next = start(desk, join(folder, '..'));
  await expect.poll(() => next.job.sent?.id).toBe('1_0');
  expect(scheduler.submissions.length).toBe(1);
  // one that never arrived is sent, under another name
  scheduler.submissions.splice(0);
  const other = start(new PlaceDesk(scheduler, PACE));
  other.job.prepare('never-arrived', 0, 1);
  const again = start(desk, join(other.folder, '..'));
  await expect.poll(() => again.job.sent?.id).toBe('1_0');
  expect(readJobFile(other.folder).token).not.toBe('never-arrived');
  for (const one of [next.job, again.job]) await Promise.all([one.detach(), reason(one)]);
  expect(readSent(folder)?.id).toBe('1_0');
});

test('what is gone without a word: preempted jobs go on from what they saved, and not for ever', async () => {
  const scheduler = new Pretended();
  const desk = new PlaceDesk(scheduler, PACE);
  const { job, words } = start(desk);
  const end = reason(job);
  desk.send();
  await expect.poll(() => words.join()).toContain('job 1_0 on cluster is running on n1');
  scheduler.sight = { ...GONE, state: 'PREEMPTED' };
  expect(await end).toMatchObject({ code: 'run.workerDied' });
  expect(scheduler.submissions.length).toBe(2);
  expect(words.join()).toContain('was preempted by another job. It is submitted again');
});

test.each([
  [{ state: 'OUT_OF_MEMORY' }, 'run.outOfMemory', 'ran out of memory: Slurm ended it'],
  [{ state: 'FAILED', exit: { code: 66, signal: 0 }, node: 'n1' }, 'place.refused', "the run's folder on n1"],
  [{ state: 'FAILED', exit: { code: 127, signal: 0 } }, 'place.refused', 'did not find the program quorum there'],
  [{ state: 'FAILED', exit: { code: 0, signal: 9 } }, 'run.workerDied', 'by signal 9'],
  [{ state: 'CANCELLED' }, 'run.workerDied', 'was cancelled before it had saved'],
  [{}, 'run.workerDied', 'is not known there any more'],
] as const)('gone as %o', async (change, code, words) => {
  const scheduler = new Pretended();
  const desk = new PlaceDesk(scheduler, PACE);
  const { job } = start(desk);
  const end = reason(job);
  desk.send();
  await expect.poll(() => typeof job.sent?.id).toBe('string');
  scheduler.sight = { ...GONE, ...change };
  expect(await end).toMatchObject({ code, message: expect.stringContaining(words) as string });
});

test('a stop in line takes the job out of it; what left and was cancelled has stopped with its save', async () => {
  const scheduler = new Pretended();
  scheduler.sight = { ...GONE, phase: 'waiting', state: 'PENDING', reason: 'Priority', position: 3 };
  const desk = new PlaceDesk(scheduler, PACE);
  const { job, words, journal } = start(desk);
  desk.send();
  await expect.poll(() => words.join()).toContain('is waiting (Priority), 2 jobs ahead');
  const finished = {
    type: 'finished',
    state: 'stopped',
    reason: 'Stopped after step 3.',
    error: null,
    bestEpoch: null,
    step: 3,
    imagesPerSec: 1,
    durationMs: 1,
  } as const;
  journal.write({ type: 'left', why: 'terminated', finished }, true);
  await expect.poll(() => words.join()).toContain('was asked to end, and saved');
  job.stop();
  await expect.poll(() => scheduler.cancelled.length).toBeGreaterThan(0);
  scheduler.sight = { ...GONE, state: 'CANCELLED' };
  expect(await job.result).toBe(null);
});
