/** Web sockets within limits: how many, how long silent, how far behind. */
import type { WebSocket } from 'ws';
import { SESSION_ENDED_CODE } from '../../contract/api/connection.ts';
import { windowMessages } from '../../core/studio/host/rateLimit.ts';
import type { SocketOfCalls } from '../../core/studio/api/connect.ts';
import type { Sessions } from './sessions.ts';

const A_SESSION = 16;
const IN_ALL = 64;
const PING_MS = 30_000;
const SILENCE_MS = 90_000;
/**
 * Above the first, sending waits, and events are read from the log later instead of queued; above the second the socket
 * is given up.
 */
const SLOW_BYTES = 4 << 20;
const STUCK_BYTES = 16 << 20;
const DRAIN_POLL_MS = 20;
/** 1013: try again later. */
const OVERLOADED_CODE = 1013;
/** 1008: it breaks the rules. */
const TOO_MANY_CODE = 1008;

/** 1007: a frame that is no message. */
const MALFORMED_CODE = 1007;

export interface GuardedSocket extends SocketOfCalls {
  send(data: Parameters<WebSocket['send']>[0]): Promise<void>;
}

export class SocketGuard {
  readonly #sockets = new Map<WebSocket, string>();

  admits(session: string): boolean {
    return (
      this.#sockets.size < IN_ALL && [...this.#sockets.values()].filter((owner) => owner === session).length < A_SESSION
    );
  }

  /** The socket as the router may use it: `send` resolves when there is room for more. */
  watch(socket: WebSocket, session: string, sessions: Sessions): GuardedSocket {
    this.#sockets.set(socket, session);
    let heard = performance.now();
    const ping = setInterval(() => {
      // a session that has run out closes its sockets with the code that says so
      if (!sessions.lives(session)) return;
      if (performance.now() - heard > SILENCE_MS) socket.terminate();
      else socket.ping();
    }, PING_MS);
    const forget = sessions.onEnd(session, () => socket.close(SESSION_ENDED_CODE, 'session ended'));
    socket.on('pong', () => {
      heard = performance.now();
    });
    const messages = windowMessages();
    socket.on('message', () => {
      heard = performance.now();
      if (!messages.admits()) socket.close(TOO_MANY_CODE, 'too many messages');
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearInterval(ping);
      forget();
      this.#sockets.delete(socket);
    });
    // The router waits for what `send` returns, although a socket's own `send` returns nothing.
    const send = async (data: Parameters<WebSocket['send']>[0]): Promise<void> => {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > STUCK_BYTES) {
        socket.close(OVERLOADED_CODE, 'too slow');
        return;
      }
      socket.send(data);
      while (socket.bufferedAmount > SLOW_BYTES && socket.readyState === socket.OPEN)
        await new Promise((resolve) => {
          setTimeout(resolve, DRAIN_POLL_MS);
        });
    };
    return {
      send,
      onMessage(listener) {
        socket.on('message', (data: Buffer, isBinary) => listener(isBinary ? bytesOf(data) : data.toString('utf8')));
      },
      onClose(listener) {
        socket.on('close', listener);
      },
      refuse: () => socket.close(MALFORMED_CODE, 'not a message'),
    };
  }

  closeAll(): void {
    for (const socket of this.#sockets.keys()) {
      socket.close(1001, 'the studio was closed');
      socket.terminate();
    }
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}
