/** To Electron's main process: the preload script asks it for a port and hands that over as a window message. */
import { RPCLink } from '@orpc/client/message-port';
import type { Wire } from './bridge.ts';

/** What the preload script exposes; `connect` answers with a message `{ type: 'quorum:port' }` that carries the port. */
export interface DesktopHost { connect(): void }

declare global {
  interface Window { readonly quorumDesktop?: DesktopHost }
}

export function messagePortWire(host: DesktopHost): Wire {
  return async () => {
    const port = await new Promise<MessagePort>((resolve) => {
      const hear = (event: MessageEvent<unknown>): void => {
        const [given] = event.ports;
        if (event.source !== window || !given || typeof event.data !== 'object' || event.data === null || !('type' in event.data) || event.data.type !== 'quorum:port') return;
        window.removeEventListener('message', hear);
        resolve(given);
      };
      window.addEventListener('message', hear);
      host.connect();
    });
    const closed = new Promise<void>((resolve) => { port.addEventListener('close', () => resolve(), { once: true }); });
    const link = new RPCLink({ port });
    port.start();
    return { link, closed, close: () => { port.close(); } };
  };
}
