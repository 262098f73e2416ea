import { expect, test } from 'vitest';
import type { StudioEvent } from '../../../../contract/api/events.ts';
import { EventLog } from '../../../../core/studio/host/eventLog.ts';

const removed = (id: string) => ({ type: 'runRemoved' as const, runId: id, trashed: true });

async function take(events: AsyncGenerator<StudioEvent>, count: number): Promise<StudioEvent[]> {
  const taken: StudioEvent[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

test('a listener hears what comes after it, numbered without a gap', async () => {
  const log = new EventLog();
  log.publish(removed('before'));
  const events = log.subscribe(null);
  const [hello] = await take(events, 1);
  expect(hello).toEqual({ type: 'hello', seq: 1, log: log.id, resumed: false });
  const next = take(events, 2);
  log.publish(removed('a'));
  log.publish(removed('b'));
  expect(await next).toEqual([
    { ...removed('a'), seq: 2 },
    { ...removed('b'), seq: 3 },
  ]);
});

test('a reconnect gets everything it missed, once', async () => {
  const log = new EventLog();
  for (let i = 1; i <= 10; i++) log.publish(removed(`r${i}`));
  const [hello, ...missed] = await take(log.subscribe({ log: log.id, seq: 4 }), 7);
  expect(hello).toMatchObject({ type: 'hello', resumed: true, seq: 4 });
  expect(missed.map(({ seq }) => seq)).toEqual([5, 6, 7, 8, 9, 10]);
});

test.for([
  ['of another host', { log: 'other', seq: 3 }],
  ['from the future', { log: '', seq: 99 }],
  ['too old', { log: '', seq: 2 }],
] as const)('a position %s is not resumed', async ([, after]) => {
  const log = new EventLog(4);
  for (let i = 1; i <= 20; i++) log.publish(removed(`r${i}`));
  const [hello] = await take(log.subscribe({ log: after.log || log.id, seq: after.seq }), 1);
  expect(hello).toMatchObject({ type: 'hello', resumed: false, seq: 20 });
});

test('a listener that falls too far behind is told to fetch anew, and the log stays bounded', async () => {
  const log = new EventLog(4);
  const events = log.subscribe(null);
  await take(events, 1);
  for (let i = 1; i <= 100; i++) log.publish(removed(`r${i}`));
  const [again] = await take(events, 1);
  expect(again).toMatchObject({ type: 'hello', resumed: false, seq: 100 });
  log.publish(removed('after'));
  expect(await take(events, 1)).toEqual([{ ...removed('after'), seq: 101 }]);
});

test('an abort and the end of the log end a waiting listener', async () => {
  const log = new EventLog();
  const abort = new AbortController();
  const aborted = take(log.subscribe(null, abort.signal), 2);
  const closed = take(log.subscribe(null), 2);
  abort.abort();
  expect(await aborted).toHaveLength(1);
  log.close();
  expect(await closed).toHaveLength(1);
});
