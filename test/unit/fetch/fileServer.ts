/** A server of files on loopback that can misbehave in the ways that servers do. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface FileServer {
  readonly address: string;
  /** Every request: its path and its Range header. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[];
  close(): Promise<void>;
}

export async function serveFiles(handlers: Readonly<Record<string, Handler>>): Promise<FileServer> {
  const requests: { path: string; range: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push({ path, range: request.headers.range });
    const handler = handlers[path];
    if (handler) handler(request, response);
    else response.writeHead(404).end('no such file');
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface ServedFile {
  /** How many times it stops after `cutAfter` bytes. */
  readonly cuts?: number;
  readonly cutAfter?: number;
  readonly etag?: boolean;
  /** The file that is being fetched: the connection is cut once that many more bytes are in it. Without it, never. */
  readonly arrivesIn?: string;
}

/** Serves `bytes` with ranges and an ETag, and breaks off as often as it is told to. */
export function file(bytes: Buffer, { cuts = 0, cutAfter = 0, etag = true, arrivesIn }: ServedFile = {}): Handler {
  const tag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`;
  let cutsLeft = cuts;
  return (request, response) => {
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const condition = request.headers['if-range'];
    const start = asked !== undefined && (condition === undefined || condition === tag) ? Number(asked) : 0;
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': bytes.length - start,
      ...(etag && { etag: tag }),
      ...(start > 0 && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    });
    if (cutsLeft > 0) {
      cutsLeft--;
      response.write(bytes.subarray(start, start + cutAfter));
      if (arrivesIn !== undefined) void cutOnceArrived(response, arrivesIn, start + cutAfter);
      return;
    }
    response.end(bytes.subarray(start));
  };
}

/** A cut before the bytes are on the disk would lose a number of them that no test can know. */
async function cutOnceArrived(response: ServerResponse, path: string, sizeBytes: number): Promise<void> {
  while (((await stat(path).catch(() => null))?.size ?? 0) < sizeBytes) {
    if (response.destroyed) return;
    await sleep(2);
  }
  response.destroy();
}
