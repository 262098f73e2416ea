/** Content-Security-Policy of the page, in the browser and in the desktop window. */

/**
 * Scripts and styles of the page's own origin, and the style elements that carry this answer's nonce; no inline script, no eval, no other origin, and no HTML
 * made from text but by Vue's own policy (its static parts, known when the page is built). Style attributes stay allowed: lists place their rows with them.
 * @param socketOrigin web socket of the web host; null in the desktop window, which has a message port
 */
export function pagePolicy(nonce: string, socketOrigin: string | null): string {
  return [
    "default-src 'none'", "script-src 'self'", `style-src 'self' 'nonce-${nonce}'`, "style-src-attr 'unsafe-inline'", "img-src 'self' blob: data:", "font-src 'self'",
    `connect-src 'self'${socketOrigin ? ` ${socketOrigin}` : ''}`, "worker-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'none'", "object-src 'none'", "frame-ancestors 'none'",
    "require-trusted-types-for 'script'", 'trusted-types vue',
  ].join('; ');
}
