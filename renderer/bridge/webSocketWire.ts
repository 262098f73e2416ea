/** To a web host: the same origin that served the page, which knows us by its cookie. */
import { RPCLink } from '@orpc/client/websocket';
import { SOCKET_PROTOCOL } from '../../contract/api/connection.ts';
import type { Wire } from './bridge.ts';

export function webSocketWire(url: URL): Wire {
  return async () => {
    const socket = new WebSocket(url, SOCKET_PROTOCOL);
    const closed = new Promise<void>((resolve) => { socket.addEventListener('close', () => resolve(), { once: true }); });
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener('close', () => reject(new Error('The web socket was closed before it opened.')), { once: true });
    });
    return { link: new RPCLink({ websocket: socket }), closed, close: () => { socket.close(); } };
  };
}
