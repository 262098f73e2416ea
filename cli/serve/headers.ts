/** Headers of every answer of the web host. */
import { pagePolicy } from '../../core/studio/host/pagePolicy.ts';

const COMMON: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), display-capture=()',
};

/** Answers that are no page: nothing in them may run or be framed. */
export const API_HEADERS: Readonly<Record<string, string>> = { ...COMMON, 'Cache-Control': 'no-store', 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'" };

/** The page. @param host the request's own Host header, which has been checked. @param nonce of this answer alone */
export function pageHeaders(host: string, nonce: string): Readonly<Record<string, string>> {
  return { ...COMMON, 'Cache-Control': 'no-store', 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': pagePolicy(nonce, `ws://${host}`) };
}

/** Files of the build: those with a hash in their name never change. */
export function assetHeaders(contentType: string, immutable: boolean): Readonly<Record<string, string>> {
  return { ...COMMON, 'Cache-Control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache', 'Content-Type': contentType, 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'" };
}

/** Pictures and exported files. */
export function mediaHeaders(contentType: string, immutable: boolean, downloadAs: string | null): Readonly<Record<string, string>> {
  return {
    ...COMMON, 'Content-Type': contentType, 'Cache-Control': immutable ? 'private, max-age=31536000, immutable' : 'no-store', 'Content-Security-Policy': "sandbox; default-src 'none'",
    ...(downloadAs !== null && { 'Content-Disposition': `attachment; filename="${downloadAs.replace(/[^A-Za-z0-9 ._-]/g, '_')}"` }),
  };
}
