/** The one way to the host: calls, and its numbered events, over a wire that may break and is mended without a gap. */
import { createORPCClient, DynamicLink, type ClientContext, type ClientLink } from '@orpc/client';
import { ref, type InjectionKey, type Ref } from 'vue';
import type { StudioClient } from '../../contract/api/contract.ts';
import { SessionEnded } from './sessionEnded.ts';
import type { EventPosition, StudioEvent } from '../../contract/api/events.ts';

/** `ended`: the host no longer knows this browser, and trying again would not help. */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'ended';

/** A connection that works now; `closed` resolves when it no longer does. */
export interface Connection {
  readonly link: ClientLink<ClientContext>;
  readonly closed: Promise<'lost' | 'ended'>;
  close(): void;
}

/** How to reach the host: a web socket, or a message port in Electron. Rejects when it cannot be reached now. */
export type Wire = () => Promise<Connection>;

export interface Bridge {
  readonly api: StudioClient;
  readonly state: Readonly<Ref<ConnectionState>>;
  /** Hears every event once, in order. Returns what ends that. */
  onEvent(listener: (event: StudioEvent) => void): () => void;
  /**
   * Called when events may have been missed for good, or there were none because another program changed the data: what
   * is shown must be fetched anew.
   */
  onResync(listener: () => void): () => void;
  close(): void;
}

export const BRIDGE: InjectionKey<Bridge> = Symbol('bridge');

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5000;

/** Milliseconds. */
export interface Pulse {
  /** Between two questions whether the host is there. */ readonly everyMs: number;
  /** How long it may take to answer. */ readonly silenceMs: number;
}
const USUAL_PULSE: Pulse = { everyMs: 15_000, silenceMs: 20_000 };

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/**
 * Ends when the host no longer answers: after a sleep of either machine, or where a network went away, a wire can stay
 * open on this side alone. Ends as well when `isCurrent` no longer holds.
 */
async function untilSilent(api: StudioClient, pulse: Pulse, isCurrent: () => Promise<boolean>): Promise<'lost'> {
  for (;;) {
    await pause(pulse.everyMs);
    if (!(await isCurrent())) return 'lost';
    // an answer of any kind is one; a wire that knows of its end says so itself
    const answered = await Promise.race([
      api.jobs.list().then(
        () => true,
        () => true,
      ),
      pause(pulse.silenceMs).then(() => false),
    ]);
    if (!answered) return 'lost';
  }
}

/** What is told to many, until each has heard enough. */
function listenersOf<Arguments extends unknown[]>() {
  const listeners = new Set<(...told: Arguments) => void>();
  return {
    tell(...told: Arguments): void {
      for (const listener of listeners) listener(...told);
    },
    add(listener: (...told: Arguments) => void): () => void {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

export function createBridge(wire: Wire, pulse: Pulse = USUAL_PULSE): Bridge {
  const state = ref<ConnectionState>('connecting');
  const events = listenersOf<[event: StudioEvent]>();
  const resyncs = listenersOf<[]>();
  const stop = new AbortController();
  let position: EventPosition | null = null;
  let current = Promise.withResolvers<Connection>();
  const api: StudioClient = createORPCClient(new DynamicLink(async () => (await current.promise).link));

  async function listen({ link }: Connection): Promise<void> {
    const connected: StudioClient = createORPCClient(link);
    const subscribed = await connected.events.subscribe({ after: position }, { signal: stop.signal });
    for await (const event of subscribed) {
      if (event.type === 'hello') {
        if (position !== null && !event.resumed) resyncs.tell();
        position = { log: event.log, seq: event.seq };
      } else if (position) {
        position = { ...position, seq: event.seq };
      }
      if (event.type === 'elsewhere') resyncs.tell();
      events.tell(event);
    }
  }

  async function keepConnected(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!stop.signal.aborted) {
      try {
        const connection = await wire();
        // before any question that waits for the connection: what happens after its answer is heard
        const listening = listen(connection);
        current.resolve(connection);
        state.value = 'open';
        retryMs = FIRST_RETRY_MS;
        // a subscription that fails on a live wire is begun again with the next connection
        const end = await Promise.race([
          connection.closed,
          listening.then(
            () => 'lost' as const,
            () => 'lost' as const,
          ),
          untilSilent(api, pulse, async () => (await current.promise) === connection),
        ]);
        connection.close();
        current = Promise.withResolvers();
        state.value = end;
        if (end === 'ended') return;
      } catch (error) {
        if (error instanceof SessionEnded) {
          state.value = 'ended';
          return;
        }
        // the host is not there yet, or not any more; `state` says so and the next attempt follows
        state.value = state.value === 'connecting' ? 'connecting' : 'lost';
      }
      await pause(retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }
  void keepConnected();

  return {
    api,
    state,
    onEvent: events.add,
    onResync: resyncs.add,
    close() {
      stop.abort();
    },
  };
}
