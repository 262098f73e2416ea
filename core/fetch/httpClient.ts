/** One GET over http or https: our own redirects, the user's proxy, no cookies, no credentials. */
import type { Dispatcher, request } from 'undici';
import { allowedAddress, redirectTarget } from './address.ts';

/** A server that sends nothing for this long has gone. */
const SILENCE_MS = 60_000;
const CONNECT_MS = 20_000;

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Dispatcher.ResponseData['body'];
  /** After redirects. */
  readonly address: string;
}

export interface HttpClient {
  /** @throws {StudioError} fetch.refused; what the system says of a connection comes as it is */
  get(address: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<HttpResponse>;
  close(): Promise<void>;
}

/** @param proxy address of a proxy; null: what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say */
export function createHttpClient(proxy: string | null = null, silenceMs = SILENCE_MS): HttpClient {
  let opening: Promise<Connections> | null = null;
  return {
    async get(address, headers, signal) {
      let url = allowedAddress(address);
      opening ??= openConnections(proxy, silenceMs);
      const { send, dispatcher } = await opening;
      for (let redirects = 0; ; redirects++) {
        const response = await send(url, {
          dispatcher,
          // the bytes are counted and hashed as they are on the server
          headers: { 'accept-encoding': 'identity', 'user-agent': 'Quorum', ...headers },
          signal: signal ?? null,
        });
        const received = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
        );
        if (![301, 302, 303, 307, 308].includes(response.statusCode))
          return { status: response.statusCode, headers: received, body: response.body, address: url.href };
        await response.body.dump();
        url = redirectTarget(url, received['location'] ?? null, redirects);
      }
    },
    async close() {
      await (await opening)?.dispatcher.destroy();
    },
  };
}

interface Connections {
  readonly send: typeof request;
  readonly dispatcher: Dispatcher;
}

/** The library of connections is loaded for the first of them, as most commands open none. */
async function openConnections(proxy: string | null, silenceMs: number): Promise<Connections> {
  const { EnvHttpProxyAgent, ProxyAgent, request: send } = await import('undici');
  const timeouts = { connect: { timeout: CONNECT_MS }, headersTimeout: silenceMs, bodyTimeout: silenceMs };
  return {
    send,
    dispatcher: proxy === null ? new EnvHttpProxyAgent(timeouts) : new ProxyAgent({ ...timeouts, uri: proxy }),
  };
}
