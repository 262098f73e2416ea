import { createApp, shallowRef } from 'vue';
import { expect, test, vi } from 'vitest';
import type { StudioEvent } from '../../../contract/api/events.ts';
import { BRIDGE, type Bridge } from '../../../renderer/bridge/bridge.ts';
import { type Loaded, useLoaded } from '../../../renderer/bridge/useLoaded.ts';

interface Host {
  /** What it has now. */
  records: string[];
  /** Answers a question that was asked, the oldest first, with what it had when it was asked. */
  answer(): void;
  /** How often it was asked. */
  asked(): number;
  publish(event: StudioEvent): void;
}

/** A store's list, and a host that answers when it is told to. */
function fixture(): { host: Host; list: { value: readonly string[] }; loaded: Loaded } {
  const answers: (() => void)[] = [];
  let asked = 0;
  let hear: (event: StudioEvent) => void = () => undefined;
  const host: Host = {
    records: ['first'],
    answer: () => answers.shift()?.(),
    asked: () => asked,
    publish: (event) => {
      hear(event);
    },
  };
  const ask = (): Promise<string[]> =>
    new Promise((resolve) => {
      asked++;
      const now = [...host.records];
      answers.push(() => {
        resolve(now);
      });
    });
  const list = shallowRef<readonly string[]>([]);
  const app = createApp({});
  app.provide(BRIDGE, {
    onEvent: (listener) => {
      hear = listener;
      return () => undefined;
    },
    onResync: () => () => undefined,
  } as Partial<Bridge> as Bridge);
  const loaded = app.runWithContext(() =>
    useLoaded(async () => {
      list.value = await ask();
    }, ['ensembles']),
  );
  return { host, list, loaded };
}

test('the answer to an older question never replaces a newer one', async () => {
  const { host, list, loaded } = fixture();
  // asked because another program changed something, and answered late
  void loaded.load();
  host.records.push('made meanwhile');
  const after = loaded.load();
  let ended = false;
  void after.then(() => {
    ended = true;
  });
  expect(host.asked()).toBe(1);
  host.answer();
  await vi.waitFor(() => {
    expect(host.asked()).toBe(2);
  });
  expect(list.value).toEqual(['first']);
  // whoever asked after the change waits for an answer that knows of it
  expect(ended).toBe(false);
  host.answer();
  await after;
  expect(list.value).toEqual(['first', 'made meanwhile']);
});

test('many changes during a fetch cost one more', async () => {
  const { host, list, loaded } = fixture();
  void loaded.load();
  for (const name of ['second', 'third', 'fourth']) {
    host.records.push(name);
    host.publish({ type: 'ensembles', seq: host.records.length });
  }
  host.answer();
  await vi.waitFor(() => {
    expect(host.asked()).toBe(2);
  });
  host.answer();
  await vi.waitFor(() => {
    expect(list.value).toEqual(['first', 'second', 'third', 'fourth']);
  });
  expect(host.asked()).toBe(2);
});
