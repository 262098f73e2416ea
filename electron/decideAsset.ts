/** What a request to `studio:` means. */
import { MEDIA_PREFIX } from '../contract/api/connection.ts';

export type AssetVerdict =
  | { readonly kind: 'page' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'media'; readonly path: string; readonly query: URLSearchParams }
  | { readonly kind: 'refused'; readonly status: 400 | 403 | 405 };

export function decideAsset(method: string, url: string): AssetVerdict {
  if (method !== 'GET' && method !== 'HEAD') return { kind: 'refused', status: 405 };
  if (!URL.canParse(url)) return { kind: 'refused', status: 400 };
  const { protocol, host, pathname, searchParams, username, password } = new URL(url);
  if (protocol !== 'studio:' || host !== 'app' || username !== '' || password !== '')
    return { kind: 'refused', status: 403 };
  const path = decoded(pathname);
  if (path === null) return { kind: 'refused', status: 400 };
  if (path.startsWith(MEDIA_PREFIX)) return { kind: 'media', path, query: searchParams };
  return path === '/' || path === '/index.html' ? { kind: 'page' } : { kind: 'file', path };
}

/** Decoded once; null for what could mean another place. */
function decoded(pathname: string): string | null {
  try {
    const path = decodeURIComponent(pathname);
    const bad =
      path.includes('\0') ||
      path.includes('\\') ||
      path.includes('%') ||
      path.includes('//') ||
      path.split('/').some((part) => part === '..' || part === '.');
    return bad ? null : path;
  } catch {
    return null;
  }
}
