/** Which addresses may be asked, and where a redirect may lead. */
import { StudioError } from '../../contract/errors.ts';

const MAX_REDIRECTS = 8;

/** This machine itself: the only place where a plain http address is not a risk. */
function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname);
}

/**
 * The address as a URL.
 * @throws {StudioError} fetch.refused: not https (plain http is allowed on this machine only), or with a user name or
 *   password
 */
export function allowedAddress(address: string): URL {
  const url = new URL(address);
  const encrypted = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
  if (encrypted && url.username === '' && url.password === '') return url;
  throw new StudioError('fetch.refused', `${address} is not fetched: only https addresses without a password are.`, {
    remedy: 'Use an https address.',
    details: { address },
  });
}

/**
 * Where a redirect leads.
 * @throws {StudioError} fetch.refused: too many redirects, no location, or another scheme than before
 */
export function redirectTarget(from: URL, location: string | null, redirects: number): URL {
  const refuse = (why: string): StudioError =>
    new StudioError('fetch.refused', `${from.href} redirects, but ${why}.`, {
      remedy: 'Fetch the file by hand from its page, then import it.',
      details: { address: from.href, location },
    });
  if (location === null || !URL.canParse(location, from.href)) throw refuse('does not say where to');
  const target = new URL(location, from.href);
  if (target.protocol !== from.protocol) throw refuse(`to ${target.protocol}//, another kind of address`);
  if (redirects >= MAX_REDIRECTS) throw refuse(`more than ${MAX_REDIRECTS} times`);
  return allowedAddress(target.href);
}
