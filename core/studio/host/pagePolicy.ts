/**
 * What every answer of a host says about itself, and the policy of the page: the same in the browser and in the desktop
 * window.
 */

export const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), display-capture=()',
};

/** Of answers that are no page: nothing in them may run or be framed. */
export const NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'";

/** Of pictures and exported files, which may hold anything. */
export const SANDBOXED = "sandbox; default-src 'none'";

/** A name for `Content-Disposition` that is nothing but a name. */
export function attachmentHeader(name: string): Readonly<Record<string, string>> {
  return { 'Content-Disposition': `attachment; filename="${name.replace(/[^A-Za-z0-9 ._-]/g, '_')}"` };
}

/**
 * Scripts and styles of the page's own origin, and the style elements that carry this answer's nonce; no inline script,
 * no eval, no other origin, and no HTML made from text but by Vue's own policy (its static parts, known when the page
 * is built). Style attributes stay allowed: lists place their rows with them.
 * @param socketOrigin web socket of the web host; null in the desktop window, which has a message port
 */
export function pagePolicy(nonce: string, socketOrigin: string | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    `connect-src 'self'${socketOrigin ? ` ${socketOrigin}` : ''}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types vue',
  ].join('; ');
}
