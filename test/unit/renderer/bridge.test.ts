import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Connection, createBridge } from '../../../renderer/bridge/bridge.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A host behind a wire: three events, then nothing more; `silent` answers no call, as after a sleep. */
function connection(silent: boolean, asked: unknown[]): Connection & { readonly ended: () => boolean } {
  let ended = false;
  const events = async function* () {
    yield { type: 'hello', seq: 7, log: 'one', resumed: asked.length > 1 };
    yield { type: 'files', seq: 8 };
    await new Promise(() => undefined);
  };
  return {
    closed: new Promise(() => undefined),
    close: () => {
      ended = true;
    },
    ended: () => ended,
    link: {
      call: async (path, input) => {
        if (path.join('.') === 'events.subscribe') {
          asked.push(input);
          return events();
        }
        return silent ? new Promise(() => undefined) : [];
      },
    },
  };
}

test('a wire that is open but says nothing is given up, and the next one goes on behind the last event', async () => {
  const asked: unknown[] = [];
  const wires = [connection(true, asked), connection(false, asked)];
  const wire = vi.fn(async () => wires[wire.mock.calls.length - 1] ?? Promise.reject(new Error('no third one')));
  const bridge = createBridge(wire, { everyMs: 1000, silenceMs: 2000 });
  const heard: string[] = [];
  bridge.onEvent((event) => heard.push(event.type));
  await vi.advanceTimersByTimeAsync(2500);
  expect([wire.mock.calls.length, bridge.state.value, asked]).toEqual([1, 'open', [{ after: null }]]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(wires[0]?.ended()).toBe(true);
  expect([wire.mock.calls.length, bridge.state.value, asked]).toEqual([
    2,
    'open',
    [{ after: null }, { after: { log: 'one', seq: 8 } }],
  ]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([wire.mock.calls.length, wires[1]?.ended(), heard]).toEqual([2, false, ['hello', 'files', 'hello', 'files']]);
  bridge.close();
});

test('events are asked for before any question that waited: nothing happens unheard behind its answer', async () => {
  const paths: string[] = [];
  const known = connection(false, []);
  const link: Connection['link'] = {
    call: (path, input, options) => {
      paths.push(path.join('.'));
      return known.link.call(path, input, options);
    },
  };
  const bridge = createBridge(async () => ({ ...known, link }));
  void bridge.api.jobs.list();
  await vi.advanceTimersByTimeAsync(10);
  expect(paths).toEqual(['events.subscribe', 'jobs.list']);
  bridge.close();
});
