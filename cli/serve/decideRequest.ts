/**
 * Whether a request to the web host is answered, and as what: a pure function of the request line, its headers and
 * whether its cookie is a live session. The order matters: the Host header first, so that a rebound name never reaches
 * anything else.
 */
import {
  MEDIA_PREFIX,
  SESSION_PATH,
  SOCKET_PATH,
  SOCKET_PROTOCOL,
  STUDIO_HEADER,
  STUDIO_HEADER_VALUE,
} from '../../contract/api/connection.ts';

export interface RequestFacts {
  readonly method: string;
  /** As it came: path and query, never decoded. */
  readonly target: string;
  /** Every header line, names in any case, doubled ones twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Whether the connection asks for a protocol switch. */
  readonly upgrade: boolean;
  /** Whether the cookie names a session that lives. */
  readonly session: boolean;
}

export interface HostRules {
  readonly port: number;
  /** Host names beside 127.0.0.1, localhost and [::1], in lower case. */
  readonly names: readonly string[];
}

export type Route =
  /** The page. */
  | 'page'
  /** To the page: an address inside it that was written as a path. */
  | 'pageAddress'
  /** A file of the built renderer. */
  | 'asset'
  | 'media'
  | 'sessionCheck'
  | 'login'
  | 'logout'
  | 'socket';

export type Verdict =
  | { readonly allow: true; readonly route: Route; readonly path: string }
  | {
      readonly allow: false;
      readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 421 | 426;
      readonly reason: string;
    };

export const MAX_BODY_BYTES = 64 * 1024;
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
const SAFE_METHODS = ['GET', 'HEAD'];
const CLEAN_PATH = /^\/(?:[A-Za-z0-9._~!$'()*+,=:@-]|%(?:2[0-9A-BD-F]|[346][0-9A-F]|5[0-9ABD-F]|7[0-9A-E])|\/)*$/i;

export function decideRequest(facts: RequestFacts, rules: HostRules): Verdict {
  const host = only(facts, 'host');
  if (host === null || !allowedHosts(rules).includes(host.toLowerCase())) return refuse(421, 'host');
  const path = cleanPath(facts.target);
  if (path === null) return refuse(400, 'target');
  if (facts.method === 'OPTIONS') return refuse(403, 'options');
  const safe = SAFE_METHODS.includes(facts.method);
  if (!safe && facts.method !== 'POST' && facts.method !== 'DELETE') return refuse(405, 'method');
  const route = routeOf(facts.method, path, facts.upgrade);
  if (typeof route !== 'string') return route;

  const site = only(facts, 'sec-fetch-site');
  const fromElsewhere = has(facts, 'sec-fetch-site') && site !== 'same-origin' && site !== 'none';
  const navigation =
    (route === 'page' || route === 'pageAddress') &&
    facts.method === 'GET' &&
    only(facts, 'sec-fetch-mode') === 'navigate' &&
    only(facts, 'sec-fetch-dest') === 'document';
  if (fromElsewhere && !navigation) return refuse(403, 'fetch-site');

  const origin = only(facts, 'origin');
  const own = origin === `http://${host.toLowerCase()}`;
  if (has(facts, 'origin') && !own) return refuse(403, 'origin');
  if ((!safe || route === 'socket') && !own) return refuse(403, 'no-origin');

  if (!safe) {
    if (only(facts, STUDIO_HEADER) !== STUDIO_HEADER_VALUE) return refuse(403, 'studio-header');
    const bodyProblem = decideBody(facts);
    if (bodyProblem) return bodyProblem;
  }
  if (route === 'socket') {
    const switchProblem = decideSwitch(facts);
    if (switchProblem) return switchProblem;
  }
  if (ROUTE_ACCESS[route] !== 'everybody' && !facts.session) return refuse(401, 'session');
  return { allow: true, route, path };
}

export function allowedHosts({ port, names }: HostRules): string[] {
  const all = [...LOOPBACK, ...names];
  return [...all.map((name) => `${name}:${port}`), ...(port === 80 ? all : [])];
}

/** Who may ask for what: only the page, its files and the way to a session are open. */
export const ROUTE_ACCESS: Readonly<Record<Route, 'everybody' | 'session'>> = {
  page: 'everybody',
  pageAddress: 'everybody',
  asset: 'everybody',
  login: 'everybody',
  media: 'session',
  sessionCheck: 'session',
  logout: 'session',
  socket: 'session',
};

function routeOf(method: string, path: string, upgrade: boolean): Route | Verdict {
  if (path === SOCKET_PATH) return upgrade && method === 'GET' ? 'socket' : refuse(426, 'no-upgrade');
  if (upgrade) return refuse(400, 'upgrade');
  if (path === SESSION_PATH) return method === 'POST' ? 'login' : method === 'DELETE' ? 'logout' : 'sessionCheck';
  if (!SAFE_METHODS.includes(method)) return refuse(405, 'method');
  if (path.startsWith(MEDIA_PREFIX)) return 'media';
  // Files of the build have a dot in their last part; what has none is an address inside the page.
  if (path.slice(path.lastIndexOf('/') + 1).includes('.')) return 'asset';
  return path === '/' ? 'page' : 'pageAddress';
}

function decideBody(facts: RequestFacts): Verdict | null {
  if (has(facts, 'transfer-encoding')) return refuse(400, 'transfer-encoding');
  const encoding = only(facts, 'content-encoding');
  if (has(facts, 'content-encoding') && encoding !== 'identity') return refuse(415, 'content-encoding');
  const length = only(facts, 'content-length');
  if (has(facts, 'content-length') && (length === null || !/^\d{1,15}$/.test(length)))
    return refuse(400, 'content-length');
  if (Number(length ?? 0) > MAX_BODY_BYTES) return refuse(413, 'content-length');
  if (facts.method === 'POST' && !/^application\/json(; ?charset=utf-8)?$/i.test(only(facts, 'content-type') ?? ''))
    return refuse(415, 'content-type');
  return null;
}

function decideSwitch(facts: RequestFacts): Verdict | null {
  if (only(facts, 'upgrade')?.toLowerCase() !== 'websocket') return refuse(400, 'upgrade');
  if (only(facts, 'sec-websocket-version') !== '13') return refuse(426, 'version');
  if (!/^[A-Za-z0-9+/]{22}==$/.test(only(facts, 'sec-websocket-key') ?? '')) return refuse(400, 'key');
  const offered = (only(facts, 'sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
  return offered.includes(SOCKET_PROTOCOL) ? null : refuse(400, 'protocol');
}

/**
 * Path without query; null unless it is plain: absolute, no empty, `.` or `..` part in any encoding, no backslash, `;`
 * or NUL.
 */
function cleanPath(target: string): string | null {
  const path = target.split('?', 1)[0] ?? '';
  if (target.includes('#') || !CLEAN_PATH.test(path) || path.includes('//')) return null;
  const parts = path.split('/').map((part) => decodeURIComponent(part));
  if (
    parts.some(
      (part) =>
        part === '.' ||
        part === '..' ||
        part.includes('/') ||
        part.includes('\\') ||
        part.includes('%') ||
        part.includes(';'),
    )
  )
    return null;
  return path;
}

/** The header's one value; null when it is absent or there are several. */
function only({ headers }: RequestFacts, name: string): string | null {
  const values = headers.filter(([key]) => key.toLowerCase() === name);
  return values.length === 1 ? (values[0]?.[1] ?? null) : null;
}

function has({ headers }: RequestFacts, name: string): boolean {
  return headers.some(([key]) => key.toLowerCase() === name);
}

function refuse(status: Exclude<Verdict, { allow: true }>['status'], reason: string): Verdict {
  return { allow: false, status, reason };
}
