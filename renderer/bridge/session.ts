/** The way into a web host: the launch link's one-time code buys a cookie. */
import { SESSION_PATH, STUDIO_HEADER, STUDIO_HEADER_VALUE } from '../../contract/api/connection.ts';

/** Takes the code off the address before anything else can see it, and trades it in. */
export async function logIn(): Promise<void> {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1];
  if (code === undefined) return;
  history.replaceState(null, '', `${location.pathname}#/`);
  // a refused code may stand beside a session that lives; whether there is one shows when the socket opens
  await fetch(SESSION_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [STUDIO_HEADER]: STUDIO_HEADER_VALUE },
    body: JSON.stringify({ code }),
  });
}

export async function hasSession(): Promise<boolean> {
  return (await fetch(SESSION_PATH)).status !== 401;
}
