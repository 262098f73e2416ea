/**
 * Where the window may go: nowhere but its own page. What else a link may open: nothing, or the user's browser for a
 * few known sites.
 */
import { MEDIA_PREFIX } from '../contract/api/connection.ts';

export const STUDIO_ORIGIN = 'studio://app';

/** Sites that papers and sources of networks are linked to. */
const EXTERNAL_HOSTS: readonly string[] = [
  'arxiv.org',
  'github.com',
  'doi.org',
  'www.tensorflow.org',
  'pytorch.org',
  'keras.io',
];

export function mayNavigate(url: string): boolean {
  const parsed = parse(url);
  return (
    parsed !== null &&
    parsed.protocol === 'studio:' &&
    parsed.host === 'app' &&
    parsed.username === '' &&
    parsed.password === '' &&
    parsed.port === ''
  );
}

export function mayOpenExternally(url: string): boolean {
  const parsed = parse(url);
  return (
    parsed !== null &&
    parsed.protocol === 'https:' &&
    parsed.username === '' &&
    parsed.password === '' &&
    parsed.port === '' &&
    EXTERNAL_HOSTS.includes(parsed.hostname)
  );
}

/** What a page may save: exported files of the studio, and what it made itself. */
export function mayDownload(url: string): boolean {
  const parsed = parse(url);
  return (
    url.startsWith('blob:studio://app/') ||
    (parsed !== null && mayNavigate(url) && parsed.pathname.startsWith(`${MEDIA_PREFIX}exports/`))
  );
}

/** Whether the window's session may ask for that address at all. */
export function mayRequest(url: string): boolean {
  return (
    mayNavigate(url) ||
    url.startsWith('blob:studio://app/') ||
    /^data:image\/(png|webp|svg\+xml|jpeg)[;,]/.test(url) ||
    url.startsWith('devtools://')
  );
}

function parse(url: string): URL | null {
  return URL.canParse(url) && !/[\s\\]/.test(url) ? new URL(url) : null;
}
