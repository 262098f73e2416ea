/** The session of a browser at the web host: the launch link's code buys it, once. */
import { SESSION_PATH, STUDIO_HEADER, STUDIO_HEADER_VALUE, type SessionRequest } from '../../contract/api/connection.ts';

export type SessionState = 'open' | 'refused' | 'none';

/** Takes the code off the address, whatever comes of it, and says whether there is a session now. */
export async function openWebSession(): Promise<SessionState> {
  const code = /^#code=([A-Za-z0-9_-]+)$/.exec(location.hash)?.[1];
  if (code === undefined) return (await fetch(SESSION_PATH)).ok ? 'open' : 'none';
  history.replaceState(history.state, '', `${location.pathname}${location.search}#/`);
  const body: SessionRequest = { code };
  const answer = await fetch(SESSION_PATH, { method: 'POST', headers: { 'content-type': 'application/json', [STUDIO_HEADER]: STUDIO_HEADER_VALUE }, body: JSON.stringify(body) });
  if (answer.ok) return 'open';
  // A reload of the link: the code is used up, the cookie it bought may live.
  return (await fetch(SESSION_PATH)).ok ? 'open' : 'refused';
}
