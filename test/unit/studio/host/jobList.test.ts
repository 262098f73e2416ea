import { expect, test } from 'vitest';
import { installEngineJob } from '../../../../contract/api/engine.ts';
import { EventLog } from '../../../../core/studio/host/eventLog.ts';
import { JobList, type NewJob } from '../../../../core/studio/host/jobList.ts';

function flood(jobs: JobList, change: Partial<Pick<NewJob, 'turn'>> = {}) {
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const start = () =>
    jobs.start({
      kind: installEngineJob,
      title: 'Check',
      async run() {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => ends.push(resolve));
        running--;
        return { folder: '' };
      },
      ...change,
    });
  return {
    start,
    most: () => most,
    async endAll(ids: readonly string[]) {
      const all = Promise.all(ids.map((id) => jobs.ended(id)));
      const timer = setInterval(() => ends.splice(0).forEach((end) => end()), 1);
      const ended = await all;
      clearInterval(timer);
      return ended;
    },
  };
}

test('a flood of jobs takes its turn, three at once, and is refused from the hundredth on', async () => {
  const jobs = new JobList(new EventLog());
  const { start, most, endAll } = flood(jobs);
  const ids = Array.from({ length: 100 }, start);
  expect(start).toThrow(expect.objectContaining({ code: 'job.tooMany' }));
  const ended = await endAll(ids);
  expect(ended.every(({ state }) => state === 'finished')).toBe(true);
  expect(most()).toBe(3);
  await endAll([start()]);
});

test('jobs of one turn go one after another', async () => {
  const jobs = new JobList(new EventLog());
  const { start, most, endAll } = flood(jobs, { turn: 'compute' });
  await endAll(Array.from({ length: 5 }, start));
  expect(most()).toBe(1);
});
