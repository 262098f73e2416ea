/** To a web host: the same origin that served the page, which knows us by its cookie. */
import { RPCLink } from '@orpc/client/websocket';
import { SESSION_ENDED_CODE, SOCKET_PATH, SOCKET_PROTOCOL } from '../../contract/api/connection.ts';
import type { Wire } from './bridge.ts';
import { hasSession } from './session.ts';
import { SessionEnded } from './sessionEnded.ts';

export function webSocketWire(): Wire {
  const url = new URL(SOCKET_PATH, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return async () => {
    const socket = new WebSocket(url, SOCKET_PROTOCOL);
    const closed = new Promise<'lost' | 'ended'>((resolve) => {
      socket.addEventListener('close', (event) => resolve(event.code === SESSION_ENDED_CODE ? 'ended' : 'lost'), {
        once: true,
      });
    });
    const opened = new Promise<boolean>((resolve) => {
      socket.addEventListener('open', () => resolve(true), { once: true });
    });
    if (!(await Promise.race([opened, closed.then(() => false)]))) {
      if (!(await hasSession())) throw new SessionEnded('The host knows no session of this browser.');
      throw new Error('The web socket was closed before it opened.');
    }
    return {
      link: new RPCLink({ websocket: socket }),
      closed,
      close: () => {
        socket.close();
      },
    };
  };
}
