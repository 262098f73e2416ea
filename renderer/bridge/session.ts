/** The way into a web host: the launch link's one-time code buys a cookie. */
import { SESSION_PATH, STUDIO_HEADER, STUDIO_HEADER_VALUE } from '../../contract/api/connection.ts';

const CODE = /#\/?code=([\w-]+)/;

/** The one-time code in a launch link, in the fragment of one, or by itself; null where there is none. */
export function codeIn(text: string): string | null {
  return CODE.exec(text)?.[1] ?? /^[\w-]{20,}$/.exec(text.trim())?.[0] ?? null;
}

/** Takes the code off the address before anything else can see it, and trades it in. Whether there was one. */
export async function logIn(): Promise<boolean> {
  const code = CODE.exec(location.hash)?.[1];
  if (code === undefined) return false;
  history.replaceState(null, '', `${location.pathname}#/`);
  // a refused code may stand beside a session that lives; whether there is one shows when the socket opens
  await tradeIn(code);
  return true;
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
