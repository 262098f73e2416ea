/** Headers of every answer of the web host. */
import {
  ANSWER_HEADERS,
  attachmentHeader,
  NOTHING_RUNS,
  pagePolicy,
  SANDBOXED,
} from '../../core/studio/host/pagePolicy.ts';

export const API_HEADERS: Readonly<Record<string, string>> = {
  ...ANSWER_HEADERS,
  'Cache-Control': 'no-store',
  'Content-Security-Policy': NOTHING_RUNS,
};

/** The page. @param host the request's own Host header, which has been checked. @param nonce of this answer alone */
export function pageHeaders(host: string, nonce: string): Readonly<Record<string, string>> {
  return {
    ...ANSWER_HEADERS,
    'Cache-Control': 'no-store',
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': pagePolicy(nonce, `ws://${host}`),
  };
}

/** Files of the build: those with a hash in their name never change. */
export function assetHeaders(contentType: string, immutable: boolean): Readonly<Record<string, string>> {
  return {
    ...ANSWER_HEADERS,
    'Cache-Control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'Content-Type': contentType,
    'Content-Security-Policy': NOTHING_RUNS,
  };
}

/** Pictures and exported files. */
export function mediaHeaders(
  contentType: string,
  immutable: boolean,
  downloadAs: string | null,
): Readonly<Record<string, string>> {
  return {
    ...ANSWER_HEADERS,
    'Content-Type': contentType,
    'Cache-Control': immutable ? 'private, max-age=31536000, immutable' : 'no-store',
    'Content-Security-Policy': SANDBOXED,
    ...(downloadAs !== null && attachmentHeader(downloadAs)),
  };
}
