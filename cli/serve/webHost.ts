/** The web host: the studio over HTTP and one web socket, on this machine only unless told otherwise. */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WebSocketServer } from 'ws';
import { SessionRequest, SOCKET_PROTOCOL } from '../../contract/api/connection.ts';
import { StudioError } from '../../contract/errors.ts';
import { connectStudio } from '../../core/studio/api/connect.ts';
import type { MediaFile } from '../../core/studio/host/media.ts';
import type { RendererFile, RendererFiles } from '../../core/studio/host/rendererFiles.ts';
import type { StudioHost } from '../../core/studio/host/studioHost.ts';
import { decideRequest, type HostRules, MAX_BODY_BYTES, type Verdict } from './decideRequest.ts';
import { API_HEADERS, assetHeaders, mediaHeaders, pageHeaders } from './headers.ts';
import { ConnectionPlaces } from './connectionPlaces.ts';
import { Sessions } from './sessions.ts';
import { SessionStore } from './sessionStore.ts';
import { SocketGuard } from './socketGuard.ts';

export interface WebHostOptions {
  readonly host: StudioHost;
  /** Address to listen on. */
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names under which browsers may reach it, beside those of this machine itself. */
  readonly names: readonly string[];
  /** Null: there is no built page, and a browser is told so. */
  readonly renderer: RendererFiles | null;
  readonly onFault: (error: unknown) => void;
  /** Hears of what whoever runs the host should know: logins that were refused. */
  readonly onNotice?: (text: string) => void;
}

export interface WebHost {
  readonly port: number;
  /** A new link that logs one browser in, once, within ten minutes. */
  launchUrl(): string;
  close(): Promise<void>;
}

const HEADER_BYTES = 16 * 1024;
const SOCKET_MESSAGE_BYTES = 1 << 20;
const MAX_CONNECTIONS = 512;
/** For an answer to a refused connection to arrive; then it is cut, whatever the other end does. */
const REFUSED_MS = 1000;
const BROKEN_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
const NO_PAGE = 'The page has not been built yet: run npm start once, or npm run build:renderer.\n';

/** Starts to listen. @throws {StudioError} `input.invalid` when the port is taken */
export async function openWebHost(options: WebHostOptions): Promise<WebHost> {
  const server = createLimitedServer();
  const port = await listen(server, options.address, options.port);
  const rules: HostRules = { port, names: options.names };
  const store = new SessionStore(options.host.studio.paths.webHost);
  const sessions = new Sessions(port, store);
  const places = new ConnectionPlaces();
  server.on('connection', (stream) => places.add(stream));
  const guard = new SocketGuard();
  const wires = connectStudio(options.host, options.onFault);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: SOCKET_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => SOCKET_PROTOCOL,
  });

  server.on('request', (request, response) => {
    if (sessions.find(request.headers.cookie) !== null) places.keep(request.socket);
    const verdict = decide(request, rules, sessions, false);
    void answer(verdict, request, response, options, sessions).catch((error: unknown) => {
      options.onFault(error);
      if (!response.headersSent) send(response, 500);
      else response.destroy();
    });
  });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    const verdict = decide(request, rules, sessions, true);
    const session = sessions.find(request.headers.cookie);
    if (!verdict.allow || session === null) return refuseSwitch(stream, verdict.allow ? 401 : verdict.status);
    if (!guard.admits(session)) return refuseSwitch(stream, 503);
    places.keep(stream);
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const guarded = guard.watch(socket, session, sessions);
      wires.connectSocket(guarded);
    });
  });
  server.on('clientError', refuseBroken);

  const name = options.names[0] ?? (options.address.includes(':') ? '[::1]' : '127.0.0.1');
  const url = `http://${name}:${port}/`;
  store.keepHost({ pid: process.pid, url });
  return {
    port,
    launchUrl: () => launchUrl(url, sessions.newCode()),
    async close() {
      store.forgetHost(process.pid);
      guard.closeAll();
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** Bounds for whoever sends too much or too slowly. */
function createLimitedServer(): Server {
  const server = createServer({
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 60_000,
    connectionsCheckingInterval: 5000,
    insecureHTTPParser: false,
    requireHostHeader: false,
  });
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

function decide(request: IncomingMessage, rules: HostRules, sessions: Sessions, upgrade: boolean): Verdict {
  const line = {
    method: request.method ?? '',
    target: request.url ?? '',
    headers: headerLines(request),
    upgrade,
    session: sessions.find(request.headers.cookie) !== null,
  };
  return decideRequest(line, rules);
}

/** What is no HTTP. */
function refuseBroken(error: NodeJS.ErrnoException, stream: Duplex): void {
  if (!stream.writable || error.code === 'ECONNRESET') return void stream.destroy();
  refuseSwitch(stream, BROKEN_STATUS[error.code ?? ''] ?? 400);
}

/** The address that logs one browser in. @param url of the page */
export function launchUrl(url: string, code: string): string {
  return `${url}#code=${code}`;
}

async function answer(
  verdict: Verdict,
  request: IncomingMessage,
  response: ServerResponse,
  { host, renderer, onNotice }: WebHostOptions,
  sessions: Sessions,
): Promise<void> {
  if (!verdict.allow) {
    // What was not read must not be taken for the next request.
    if (request.headers['content-length'] || request.headers['transfer-encoding'])
      response.setHeader('Connection', 'close');
    return send(response, verdict.status);
  }
  switch (verdict.route) {
    case 'page':
      return sendPage(request, response, renderer);
    case 'pageAddress':
      return send(response, 302, { Location: `/#${verdict.path}` });
    case 'asset':
      return sendAsset(request, response, renderer?.find(verdict.path) ?? null);
    case 'media': {
      const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
      return sendMedia(request, response, await host.media.find(decodeURIComponent(verdict.path), query));
    }
    case 'sessionCheck':
      return send(response, 204);
    case 'login':
      return logIn(request, response, sessions, onNotice);
    case 'logout': {
      const session = sessions.find(request.headers.cookie);
      if (session !== null) sessions.end(session);
      return send(response, 204, { 'Set-Cookie': sessions.forgetCookie });
    }
    case 'socket':
      return send(response, 426);
  }
}

function sendPage(request: IncomingMessage, response: ServerResponse, renderer: WebHostOptions['renderer']): void {
  if (!renderer) return send(response, 503, { 'Content-Type': 'text/plain; charset=utf-8' }, NO_PAGE);
  const nonce = randomBytes(18).toString('base64');
  write(response, 200, pageHeaders(request.headers.host ?? '', nonce), renderer.page(nonce), request.method);
}

async function sendAsset(request: IncomingMessage, response: ServerResponse, file: RendererFile | null): Promise<void> {
  if (!file) return send(response, 404);
  response.writeHead(200, { ...assetHeaders(file.contentType, file.immutable) });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(file.path), response).catch(() => response.destroy());
}

async function sendMedia(request: IncomingMessage, response: ServerResponse, file: MediaFile | null): Promise<void> {
  if (!file) return send(response, 404);
  response.writeHead(200, {
    ...mediaHeaders(file.contentType, file.immutable, file.downloadAs),
    'Content-Length': file.sizeBytes,
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const content = file.open();
  if (Buffer.isBuffer(content)) response.end(content);
  else await pipeline(content, response).catch(() => response.destroy());
}

async function logIn(
  request: IncomingMessage,
  response: ServerResponse,
  sessions: Sessions,
  onNotice: WebHostOptions['onNotice'],
): Promise<void> {
  const body = SessionRequest.safeParse(await readJson(request));
  const outcome = body.success ? sessions.login(body.data.code) : { refused: 'code' as const };
  if ('cookie' in outcome) return send(response, 204, { 'Set-Cookie': outcome.cookie });
  if (outcome.refused === 'tooMany') {
    onNotice?.('A login was refused: too many wrong links within a minute or an hour.');
    return send(response, 429, { 'Retry-After': '60' });
  }
  onNotice?.('A login was refused: its link was wrong, used, or older than ten minutes.');
  send(response, 401);
}

function headerLines({ rawHeaders }: IncomingMessage): [string, string][] {
  const lines: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) lines.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '']);
  return lines;
}

/** Null for anything that is no JSON, or too much of it. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) return null;
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return null;
  }
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): void {
  write(response, status, { ...API_HEADERS, ...headers }, body, 'GET');
}

function write(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  method: string | undefined,
): void {
  response.writeHead(status, { ...headers, ...(status !== 204 && { 'Content-Length': Buffer.byteLength(body) }) });
  response.end(method === 'HEAD' ? undefined : body);
}

function refuseSwitch(stream: Duplex, status: number): void {
  const headers = Object.entries({ ...API_HEADERS, Connection: 'close', 'Content-Length': '0' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  stream.end(`HTTP/1.1 ${status} Refused\r\n${headers.join('')}\r\n`);
  setTimeout(() => stream.destroy(), REFUSED_MS).unref();
}

function listen(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new StudioError(
          'input.invalid',
          error.code === 'EADDRINUSE'
            ? `Port ${port} is taken.`
            : `Cannot listen on ${address}:${port} (${error.code ?? error.message}).`,
          { remedy: 'Choose another port with --port, or 0 for any free one.' },
        ),
      );
    });
    server.listen(port, address, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}
