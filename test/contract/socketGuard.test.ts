/** Sockets of the web host within their limits, with a clock that the test turns. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { SessionStore } from '../../cli/serve/sessionStore.ts';
import { removeFolder, temporaryFolder } from './openHost.ts';
import { Sessions } from '../../cli/serve/sessions.ts';
import { SocketGuard } from '../../cli/serve/socketGuard.ts';
import { RateLimit } from '../../core/studio/host/rateLimit.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function newSessions(): Sessions {
  const folder = temporaryFolder();
  onTestFinished(() => {
    removeFolder(folder);
  });
  return new Sessions(1, new SessionStore(folder));
}

/** What the guard sees of a socket: no network, but everything that happens on one. */
class Wire extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly done: string[] = [];
  ping(): void {
    this.done.push('ping');
  }
  send(data: string): void {
    this.done.push(`send ${data}`);
  }
  terminate(): void {
    this.done.push('terminate');
    this.#end();
  }
  close(code: number): void {
    this.done.push(`close ${code}`);
    this.#end();
  }
  addEventListener(): void {
    /* the router listens here */
  }
  #end(): void {
    if (this.readyState === 1) {
      this.readyState = 3;
      this.emit('close');
    }
  }
}

function opened(): {
  guard: SocketGuard;
  sessions: Sessions;
  session: string;
  wire: () => { wire: Wire; send: (data: string) => Promise<void> };
} {
  const sessions = newSessions();
  const guard = new SocketGuard();
  const outcome = sessions.login(sessions.newCode());
  const session = sessions.find('cookie' in outcome ? outcome.cookie.split(';')[0] : '') ?? '';
  return {
    guard,
    sessions,
    session,
    wire: () => {
      const wire = new Wire();
      return { wire, send: guard.watch(wire as unknown as WebSocket, session, sessions).send };
    },
  };
}

test('a silent socket is asked every half minute and let go after one and a half', () => {
  const { wire } = opened().wire();
  vi.advanceTimersByTime(95_000);
  expect(wire.done).toEqual(['ping', 'ping', 'ping']);
  vi.advanceTimersByTime(30_000);
  expect(wire.done.at(-1)).toBe('terminate');
});

test('one that answers stays', () => {
  const { wire } = opened().wire();
  for (let minute = 0; minute < 60; minute++) {
    vi.advanceTimersByTime(60_000);
    wire.emit('pong');
  }
  expect(wire.done).not.toContain('terminate');
});

test('sixteen a session, sixty-four in all, and a place that is given back can be taken', () => {
  const { guard, wire, session } = opened();
  const wires = Array.from({ length: 16 }, () => wire());
  expect([guard.admits(session), guard.admits('another')]).toEqual([false, true]);
  wires[0]?.wire.terminate();
  expect(guard.admits(session)).toBe(true);
  const sessions = newSessions();
  for (let i = 0; i < 49; i++) guard.watch(new Wire() as unknown as WebSocket, `session ${i}`, sessions);
  expect(guard.admits('another')).toBe(false);
});

test('a session that runs out closes its sockets', () => {
  const { wire: open } = opened();
  const { wire } = open();
  for (let minute = 0; minute < 12 * 60 + 1; minute++) {
    vi.advanceTimersByTime(60_000);
    wire.emit('pong');
  }
  expect(wire.done.at(-1)).toBe('close 4401');
});

test('who does not read is not sent more: sending waits at 4 MiB, and ends at 16', async () => {
  const { wire, send } = opened().wire();
  wire.bufferedAmount = 5 << 20;
  let sent = false;
  const waiting = send('one').then(() => {
    sent = true;
  });
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toBe(false);
  wire.bufferedAmount = 1 << 20;
  await vi.advanceTimersByTimeAsync(100);
  await waiting;
  expect(sent).toBe(true);
  wire.bufferedAmount = 17 << 20;
  await send('two');
  expect(wire.done).toEqual(['send one', 'close 1013']);
});

test('ten thousand tiny messages at once are too many; what a busy screen sends is not', () => {
  const { wire } = opened().wire();
  for (let i = 0; i < 10_000 && wire.readyState === 1; i++) wire.emit('message');
  expect(wire.done).toEqual(['close 1008']);
  const { wire: calm } = opened().wire();
  for (let second = 0; second < 60; second++) {
    for (let i = 0; i < 150; i++) calm.emit('message');
    vi.advanceTimersByTime(1000);
  }
  expect(calm.done.filter((what) => what !== 'ping')).toEqual([]);
});

test('a limit counts within its window', () => {
  let now = 0;
  const limit = new RateLimit(2, 100, () => now);
  expect([limit.admits(), limit.admits(), limit.admits()]).toEqual([true, true, false]);
  now = 99;
  expect(limit.admits()).toBe(false);
  now = 100;
  expect(limit.admits()).toBe(true);
});
