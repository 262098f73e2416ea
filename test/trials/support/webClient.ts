/** A page of a web host: it logs in with the host's link and speaks over the web socket, as a browser does. */
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { WebSocket } from 'ws';
import type { StudioClient } from '../../../contract/api/contract.ts';

export const codeOf = (url: string): string => url.split('#code=')[1] ?? '';

/** The cookie of a new session; the answer's status where the code is refused. */
export async function login(origin: string, code: string): Promise<string> {
  const answer = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Studio': '1', Origin: origin },
    body: JSON.stringify({ code }),
  });
  return answer.status === 204 ? (answer.headers.getSetCookie()[0]?.split(';')[0] ?? '') : String(answer.status);
}

export async function openSocket(origin: string, cookie: string): Promise<WebSocket> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/socket`, 'studio.v1', {
    headers: { Cookie: cookie, Origin: origin },
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
  });
  return socket;
}

export async function openClient(
  origin: string,
  cookie: string,
): Promise<{ readonly client: StudioClient; readonly socket: WebSocket }> {
  const socket = await openSocket(origin, cookie);
  return { socket, client: createORPCClient(new RPCLink({ websocket: socket })) };
}
