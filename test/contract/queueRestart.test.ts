import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StudioClient } from '../../contract/api/contract.ts';
import type { StudioHost } from '../../core/studio/host/studioHost.ts';
import {
  importPictures,
  makePictures,
  openHost,
  portClient,
  removeFolder,
  temporaryFolder,
  tinyRun,
  until,
} from './openHost.ts';

let folder = '';
let host: StudioHost;
let client: StudioClient;

const open = async (): Promise<void> => {
  host = await openHost(join(folder, 'data'), [join(folder, 'pictures')]);
  ({ client } = portClient(host));
};

beforeAll(async () => {
  folder = temporaryFolder();
  makePictures(join(folder, 'pictures'));
  await open();
});
afterAll(async () => {
  await host.close();
  removeFolder(folder);
});

test('a paused queue keeps its order over a restart, and runs when it is told to', async () => {
  const dataset = await importPictures(client);
  await client.queue.pause();
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c', 'd'])
    ids.push((await client.runs.create({ request: tinyRun(dataset, { name }) })).id);
  const [a = '', b = '', c = '', d = ''] = ids;
  await client.queue.move({ run: d, before: a });
  await client.queue.move({ run: a, before: null });
  await client.queue.remove({ run: b });
  const order = ({ waiting }: { waiting: { name: string; queuePosition: number | null }[] }): unknown =>
    waiting.map(({ name, queuePosition }) => [name, queuePosition]);
  expect(order(await client.queue.list())).toEqual([
    ['d', 1],
    ['c', 2],
    ['a', 3],
  ]);
  expect((await client.runs.show({ run: b })).state).toBe('stopped');

  await host.close();
  await open();
  expect(await client.queue.list()).toMatchObject({ paused: true, running: [] });
  expect(order(await client.queue.list())).toEqual([
    ['d', 1],
    ['c', 2],
    ['a', 3],
  ]);
  await client.queue.resume();
  await until(
    () => client.queue.list(),
    ({ running, waiting }) => running.length + waiting.length === 0,
    120,
  );
  const ended = (await Promise.all([d, c, a].map((run) => client.runs.show({ run })))).map(({ state, endedAt }) => [
    state,
    endedAt,
  ]);
  expect(ended.map(([state]) => state)).toEqual(['finished', 'finished', 'finished']);
  expect(ended.map(([, at]) => at)).toEqual(ended.map(([, at]) => at).toSorted());
});

test('a host that is closed while it trains saves the run; another one goes on with the queue', async () => {
  const {
    datasets: [dataset],
  } = await client.datasets.list({});
  const long = await client.runs.create({ request: tinyRun(dataset?.id ?? '', { name: 'long', epochs: 300 }) });
  const next = await client.runs.create({ request: tinyRun(dataset?.id ?? '', { name: 'next' }) });
  await until(
    () => client.runs.show({ run: long.id }),
    ({ step }) => step > 2,
    60,
  );
  await host.close();
  await open();
  const stopped = await client.runs.show({ run: long.id });
  // nobody stopped it: Home offers to go on
  expect(stopped).toMatchObject({
    state: 'interrupted',
    reason: expect.stringMatching(/^Quorum was closed\. Stopped after (step|epoch) \d/),
    resumable: true,
  });
  await until(
    () => client.runs.show({ run: next.id }),
    ({ state }) => state === 'finished',
    60,
  );
  const resumed = await client.runs.resume({ run: long.id });
  expect(resumed.queuePosition ?? 1).toBe(1);
  const training = await until(
    () => client.runs.show({ run: long.id }),
    ({ step, state }) => state === 'training' && step > stopped.step,
    60,
  );
  expect(training.attempt).toBe(2);
  await client.runs.stop({ run: long.id, kill: true });
  const killed = await until(
    () => client.runs.show({ run: long.id }),
    ({ state }) => state === 'stopped',
    30,
  );
  expect(killed).toMatchObject({ resumable: true, reason: expect.stringMatching(/^Stopped by you/) });
});

test('without "continue after failure" a run that fails pauses the queue, and says why', async () => {
  const {
    datasets: [dataset],
  } = await client.datasets.list({});
  await client.queue.configure({ continueAfterFailure: false });
  await client.queue.pause();
  const bad = await client.runs.create({
    request: tinyRun(dataset?.id ?? '', { name: 'diverges', lr: 1e30, optimizer: { kind: 'sgd' }, epochs: 5 }),
  });
  const waits = await client.runs.create({ request: tinyRun(dataset?.id ?? '', { name: 'waits' }) });
  await client.queue.resume();
  const queue = await until(
    () => client.queue.list(),
    ({ paused, running }) => paused && running.length === 0,
    60,
  );
  expect((await client.runs.show({ run: bad.id })).state).toBe('diverged');
  expect(queue.waiting.map(({ id }) => id)).toEqual([waits.id]);
  expect(queue.pausedReason).toContain('diverges');
});
