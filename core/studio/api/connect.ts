/** Puts the router on a wire. */
import { onError } from '@orpc/server';
import { RPCHandler as PortHandler } from '@orpc/server/message-port';
import { RPCHandler as SocketHandler } from '@orpc/server/websocket';
import type { StudioHost } from '../host/studioHost.ts';
import { studioRouter } from './router.ts';

export interface Wires {
  /** A message port of the desktop window; the other end speaks as soon as this returns. */
  connectPort(port: Parameters<PortHandler<{ host: StudioHost }>['upgrade']>[0]): void;
  /** A web socket that has passed every check. */
  connectSocket(socket: SocketOfCalls): void;
}

/** What the wire needs of a web socket. */
export interface SocketOfCalls {
  /** May resolve when there is room for more. */
  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void | Promise<void>;
  onMessage(listener: (data: string | ArrayBuffer) => void): void;
  onClose(listener: () => void): void;
  /** The other end does not keep to the protocol. */
  refuse(): void;
}

/** @param onFault hears of what no user can act on; the page only learns that it happened */
export function connectStudio(host: StudioHost, onFault: (error: unknown) => void): Wires {
  const tellFault = (error: unknown): void => {
    if (isFault(error)) onFault(error);
  };
  const ports = new PortHandler(studioRouter, { interceptors: [onError(tellFault)] });
  const sockets = new SocketHandler(studioRouter, { interceptors: [onError(tellFault)] });
  return {
    connectPort(port) {
      ports.upgrade(port, { context: { host } });
    },
    connectSocket(socket) {
      const wire = { send: socket.send.bind(socket), addEventListener: () => undefined };
      // a frame that is no message of ours ends its connection, and is no news for a log
      socket.onMessage((data) => void sockets.message(wire, data, { context: { host } }).catch(() => socket.refuse()));
      socket.onClose(() => sockets.close(wire));
    },
  };
}

/** Neither a cause named to the user, nor a call that its caller gave up. */
function isFault(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (error.name === 'AbortError') return false;
  return !('code' in error && (error.code === 'STUDIO' || error.code === 'NOT_FOUND'));
}
