/** To Electron's main process: the preload script asks it for a port, which arrives as a window message. */
import { RPCLink } from '@orpc/client/message-port';
import { type DesktopBridge, PORT_MESSAGE } from '../../contract/api/connection.ts';
import type { Wire } from './bridge.ts';

export function messagePortWire(desktop: DesktopBridge): Wire {
  return async () => {
    const port = await new Promise<MessagePort>((resolve) => {
      const hear = (event: MessageEvent<unknown>): void => {
        const [given] = event.ports;
        if (
          event.source !== window ||
          !given ||
          typeof event.data !== 'object' ||
          event.data === null ||
          !('type' in event.data) ||
          event.data.type !== PORT_MESSAGE
        )
          return;
        window.removeEventListener('message', hear);
        resolve(given);
      };
      window.addEventListener('message', hear);
      desktop.connect();
    });
    const closed = new Promise<'lost'>((resolve) => {
      port.addEventListener('close', () => resolve('lost'), { once: true });
    });
    const link = new RPCLink({ port });
    port.start();
    return {
      link,
      closed,
      close: () => {
        port.close();
      },
    };
  };
}
