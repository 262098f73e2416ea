/**
 * What the page may use of the machine: the clipboard for writing, full screen, notifications; nothing else, and nobody
 * else anything.
 */
import { mayNavigate } from './decideNavigation.ts';

const ALLOWED: readonly string[] = ['clipboard-sanitized-write', 'fullscreen', 'notifications'];

export function mayUse(permission: string, requestingUrl: string, isMainFrame: boolean): boolean {
  return isMainFrame && ALLOWED.includes(permission) && mayNavigate(requestingUrl);
}
