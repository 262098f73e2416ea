/** One GET over http or https: our own redirects, the user's proxy, no cookies, no credentials. */
import { EnvHttpProxyAgent, ProxyAgent, request, type Dispatcher } from 'undici';
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
  const timeouts = { connect: { timeout: CONNECT_MS }, headersTimeout: silenceMs, bodyTimeout: silenceMs };
  const dispatcher = proxy === null ? new EnvHttpProxyAgent(timeouts) : new ProxyAgent({ ...timeouts, uri: proxy });
  return {
    async get(address, headers, signal) {
      let url = allowedAddress(address);
      for (let redirects = 0; ; redirects++) {
        const response = await request(url, {
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
    close: () => dispatcher.destroy(),
  };
}
