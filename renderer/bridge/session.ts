/** The way into a web host: the launch link's one-time code buys a cookie. */
import { SESSION_PATH, STUDIO_HEADER, STUDIO_HEADER_VALUE } from '../../contract/api/connection.ts';
import { codeInFragment } from './launchCode.ts';

/** Takes the code off the address before anything else can see it, and trades it in. */
export async function logIn(): Promise<void> {
  const code = codeInFragment(location.hash);
  if (code === null) return;
  history.replaceState(null, '', `${location.pathname}#/`);
  // a refused code may stand beside a session that lives; whether there is one shows when the socket opens
  await tradeIn(code);
}

/** Whether the code bought a session. */
export async function tradeIn(code: string): Promise<boolean> {
  const response = await fetch(SESSION_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [STUDIO_HEADER]: STUDIO_HEADER_VALUE },
    body: JSON.stringify({ code }),
  });
  return response.ok;
}

export async function hasSession(): Promise<boolean> {
  return (await fetch(SESSION_PATH)).status !== 401;
}
