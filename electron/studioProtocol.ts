/** `studio:` addresses: the built page, its files, and the studio's pictures. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { CustomScheme } from 'electron';
import {
  ANSWER_HEADERS,
  attachmentHeader,
  NOTHING_RUNS,
  pagePolicy,
  SANDBOXED,
} from '../core/studio/host/pagePolicy.ts';
import type { Media } from '../core/studio/host/media.ts';
import type { RendererFiles } from '../core/studio/host/rendererFiles.ts';
import { decideAsset } from './decideAsset.ts';

export const STUDIO_SCHEME: CustomScheme = {
  scheme: 'studio',
  privileges: {
    standard: true,
    secure: true,
    supportFetchAPI: true,
    stream: true,
    codeCache: true,
    bypassCSP: false,
    corsEnabled: false,
    allowServiceWorkers: false,
  },
};

export function studioProtocol(renderer: RendererFiles, media: Media): (request: Request) => Promise<Response> {
  const refuse = (status: number): Response =>
    new Response(null, { status, headers: { ...ANSWER_HEADERS, 'Content-Security-Policy': NOTHING_RUNS } });
  return async ({ method, url }) => {
    const verdict = decideAsset(method, url);
    switch (verdict.kind) {
      case 'refused':
        return refuse(verdict.status);
      case 'page': {
        const nonce = randomBytes(18).toString('base64');
        return new Response(renderer.page(nonce), {
          headers: {
            ...ANSWER_HEADERS,
            'Content-Type': 'text/html; charset=utf-8',
            'Cache-Control': 'no-store',
            'Content-Security-Policy': pagePolicy(nonce, null),
          },
        });
      }
      case 'file': {
        const file = renderer.find(verdict.path);
        if (!file) return refuse(404);
        return new Response(await readFile(file.path), {
          headers: { ...ANSWER_HEADERS, 'Content-Type': file.contentType, 'Content-Security-Policy': NOTHING_RUNS },
        });
      }
      case 'media': {
        const file = await media.find(verdict.path, verdict.query);
        if (!file) return refuse(404);
        const content = file.open();
        return new Response(
          Buffer.isBuffer(content) ? new Uint8Array(content) : (Readable.toWeb(content) as ReadableStream<Uint8Array>),
          {
            headers: {
              ...ANSWER_HEADERS,
              'Content-Type': file.contentType,
              'Cache-Control': file.immutable ? 'private, max-age=31536000, immutable' : 'no-store',
              'Content-Security-Policy': SANDBOXED,
              ...(file.downloadAs !== null && attachmentHeader(file.downloadAs)),
            },
          },
        );
      }
    }
  };
}
