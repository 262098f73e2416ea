/**
 * What the web host must answer, written down from its threat model and not from its code. Each row: what is asked,
 * from where, and the verdict.
 */

export interface VerdictCase {
  readonly about: string;
  readonly method?: string;
  readonly target?: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly upgrade?: boolean;
  readonly session?: boolean;
  /** What is served, or the status of the refusal. */
  readonly expect: string | number;
}

const HOST = ['Host', '127.0.0.1:8765'] as const;
const OWN = ['Origin', 'http://127.0.0.1:8765'] as const;
const JSON_BODY = [
  ['Content-Type', 'application/json'],
  ['Content-Length', '60'],
  ['X-Studio', '1'],
] as const;
const SWITCH = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ['Sec-WebSocket-Protocol', 'studio.v1'],
] as const;
const login = (about: string, headers: VerdictCase['headers'], expect: string | number): VerdictCase => ({
  about,
  method: 'POST',
  target: '/session',
  headers,
  expect,
});
const socket = (
  about: string,
  headers: VerdictCase['headers'],
  expect: string | number,
  session = true,
): VerdictCase => ({ about, target: '/socket', headers, upgrade: true, session, expect });

const GOOD_HOSTS = [
  '127.0.0.1:8765',
  'localhost:8765',
  '[::1]:8765',
  'LocalHost:8765',
  'LOCALHOST:8765',
  'studio.lan:8765',
  'Studio.LAN:8765',
];
const BAD_HOSTS = [
  'evil.test',
  'evil.test:8765',
  '127.0.0.1.evil.test:8765',
  'localhost.evil.test:8765',
  'evil.test#127.0.0.1:8765',
  '127.0.0.1',
  'localhost',
  '[::1]',
  '127.0.0.1:80',
  '127.0.0.1:8766',
  '127.0.0.1:08765',
  'localhost.:8765',
  '127.0.0.1.:8765',
  '0x7f.1:8765',
  '0x7f000001:8765',
  '2130706433:8765',
  '017700000001:8765',
  '127.1:8765',
  '127.0.1:8765',
  '0.0.0.0:8765',
  '0:8765',
  '127.0.0.2:8765',
  '[::]:8765',
  '[0:0:0:0:0:0:0:1]:8765',
  '[::ffff:127.0.0.1]:8765',
  '::1:8765',
  'user@127.0.0.1:8765',
  'user:pass@localhost:8765',
  '127.0.0.1:8765@evil.test',
  '127.0.0.1:8765/',
  'http://127.0.0.1:8765',
  ' 127.0.0.1:8765',
  '127.0.0.1:8765 ',
  '127.0.0.1:8765,evil.test',
  '127.0.0.1 :8765',
  '127.0.0.1:+8765',
  '127.0.0.1:8765x',
  '',
  ':8765',
  'studio.lan.evil.test:8765',
  'notstudio.lan:8765',
  'ⓛocalhost:8765',
  '127。0。0。1:8765',
  'lоcalhost:8765',
];
const hosts: VerdictCase[] = [
  ...GOOD_HOSTS.map((host) => ({ about: `host ${host}`, headers: [['Host', host]] as const, expect: 'page' })),
  ...BAD_HOSTS.map((host) => ({ about: `host "${host}"`, headers: [['Host', host]] as const, expect: 421 })),
  ...BAD_HOSTS.slice(0, 12).map((host) => ({
    about: `media for host "${host}" with a session`,
    target: '/media/datasets/d-1/train/0/thumb',
    headers: [['Host', host]] as const,
    session: true,
    expect: 421,
  })),
  ...BAD_HOSTS.slice(0, 12).map((host) =>
    socket(`socket for host "${host}"`, [['Host', host], ['Origin', `http://${host}`], ...SWITCH], 421),
  ),
  { about: 'no host', headers: [], expect: 421 },
  { about: 'two hosts, both right', headers: [HOST, HOST], expect: 421 },
  { about: 'two hosts, first right', headers: [HOST, ['Host', 'evil.test']], expect: 421 },
  { about: 'two hosts, last right', headers: [['Host', 'evil.test'], HOST], expect: 421 },
  { about: 'host by a proxy header only', headers: [['X-Forwarded-Host', '127.0.0.1:8765']], expect: 421 },
  {
    about: 'a proxy header changes nothing',
    headers: [HOST, ['X-Forwarded-Host', 'evil.test'], ['Forwarded', 'host=evil.test']],
    expect: 'page',
  },
  { about: 'header names in any case', headers: [['hOsT', '127.0.0.1:8765']], expect: 'page' },
];

const BAD_ORIGINS = [
  'null',
  'http://evil.test',
  'https://127.0.0.1:8765',
  'http://127.0.0.1',
  'http://127.0.0.1:8766',
  'http://localhost:8765',
  'http://127.0.0.1:8765.evil.test',
  'http://127.0.0.1:8765/',
  'http://127.0.0.1:8765@evil.test',
  'http://sub.127.0.0.1:8765',
  'ws://127.0.0.1:8765',
  'file://',
  'chrome-extension://abcdef',
  'studio://app',
  '',
  'http://127.0.0.1:8765 http://evil.test',
  'HTTP://127.0.0.1:8765',
];
const origins: VerdictCase[] = [
  login('own origin', [HOST, OWN, ...JSON_BODY], 'login'),
  login('own origin by name', [['Host', 'localhost:8765'], ['Origin', 'http://localhost:8765'], ...JSON_BODY], 'login'),
  login('own origin by IPv6', [['Host', '[::1]:8765'], ['Origin', 'http://[::1]:8765'], ...JSON_BODY], 'login'),
  login(
    'own origin by a configured name',
    [['Host', 'studio.lan:8765'], ['Origin', 'http://studio.lan:8765'], ...JSON_BODY],
    'login',
  ),
  login('no origin', [HOST, ...JSON_BODY], 403),
  login('two origins', [HOST, OWN, OWN, ...JSON_BODY], 403),
  ...BAD_ORIGINS.map((origin) => login(`origin "${origin}"`, [HOST, ['Origin', origin], ...JSON_BODY], 403)),
  socket('own origin', [HOST, OWN, ...SWITCH], 'socket'),
  socket('no origin', [HOST, ...SWITCH], 403),
  ...BAD_ORIGINS.map((origin) => socket(`origin "${origin}"`, [HOST, ['Origin', origin], ...SWITCH], 403)),
  ...BAD_ORIGINS.map((origin) => ({
    about: `media for origin "${origin}"`,
    target: '/media/datasets/d-1/train/0/thumb',
    headers: [HOST, ['Origin', origin] as const],
    session: true,
    expect: 403,
  })),
  {
    about: 'media without origin, as an img does',
    target: '/media/datasets/d-1/train/0/thumb',
    headers: [HOST],
    session: true,
    expect: 'media',
  },
  {
    about: 'media with own origin',
    target: '/media/datasets/d-1/train/0/thumb',
    headers: [HOST, OWN],
    session: true,
    expect: 'media',
  },
];

const site = (value: string, mode = 'cors', dest = 'empty'): [string, string][] => [
  ['Sec-Fetch-Site', value],
  ['Sec-Fetch-Mode', mode],
  ['Sec-Fetch-Dest', dest],
];
const fetchSites: VerdictCase[] = [
  ...['cross-site', 'same-site', 'Same-Origin', '', 'nonsense'].flatMap((value): VerdictCase[] => [
    {
      about: `media, site "${value}"`,
      target: '/media/datasets/d-1/train/0/thumb',
      headers: [HOST, ...site(value, 'no-cors', 'image')],
      session: true,
      expect: 403,
    },
    {
      about: `asset, site "${value}"`,
      target: '/assets/index-abcdefgh.js',
      headers: [HOST, ...site(value, 'no-cors', 'script')],
      expect: 403,
    },
    {
      about: `session, site "${value}"`,
      target: '/session',
      headers: [HOST, ...site(value)],
      session: true,
      expect: 403,
    },
    { about: `page in a frame, site "${value}"`, headers: [HOST, ...site(value, 'navigate', 'iframe')], expect: 403 },
    { about: `page fetched, site "${value}"`, headers: [HOST, ...site(value)], expect: 403 },
    {
      about: `a link to the page, site "${value}"`,
      headers: [HOST, ...site(value, 'navigate', 'document')],
      expect: 'page',
    },
    {
      about: `a link to a deep page, site "${value}"`,
      target: '/runs/r-1',
      headers: [HOST, ...site(value, 'navigate', 'document')],
      expect: 'pageAddress',
    },
    {
      about: `a form of another site, site "${value}"`,
      method: 'POST',
      target: '/session',
      headers: [HOST, OWN, ...JSON_BODY, ...site(value, 'navigate', 'document')],
      expect: 403,
    },
    socket(`socket, site "${value}"`, [HOST, OWN, ...SWITCH, ...site(value, 'websocket')], 403),
  ]),
  {
    about: 'media, same origin',
    target: '/media/datasets/d-1/train/0/thumb',
    headers: [HOST, ...site('same-origin', 'no-cors', 'image')],
    session: true,
    expect: 'media',
  },
  {
    about: 'media, typed into the address bar',
    target: '/media/datasets/d-1/train/0/thumb',
    headers: [HOST, ...site('none', 'navigate', 'document')],
    session: true,
    expect: 'media',
  },
  {
    about: 'two site headers',
    target: '/media/datasets/d-1/train/0/thumb',
    headers: [HOST, ['Sec-Fetch-Site', 'same-origin'], ['Sec-Fetch-Site', 'same-origin']],
    session: true,
    expect: 403,
  },
  socket('socket, same origin', [HOST, OWN, ...SWITCH, ...site('same-origin', 'websocket')], 'socket'),
];

const methods: VerdictCase[] = [
  ...['PUT', 'PATCH', 'TRACE', 'CONNECT', 'PROPFIND', 'get', 'FOO', ''].map((method) => ({
    about: `method "${method}"`,
    method,
    headers: [HOST, OWN, ...JSON_BODY],
    session: true,
    expect: 405,
  })),
  ...['/', '/session', '/socket', '/media/datasets/d-1/train/0/thumb'].map((target) => ({
    about: `OPTIONS ${target}`,
    method: 'OPTIONS',
    target,
    headers: [HOST, OWN, ['Access-Control-Request-Method', 'POST'] as const],
    session: true,
    expect: 403,
  })),
  { about: 'POST to the page', method: 'POST', headers: [HOST, OWN, ...JSON_BODY], session: true, expect: 405 },
  {
    about: 'DELETE of media',
    method: 'DELETE',
    target: '/media/datasets/d-1/train/0/thumb',
    headers: [HOST, OWN, ['X-Studio', '1']],
    session: true,
    expect: 405,
  },
  { about: 'HEAD of the page', method: 'HEAD', headers: [HOST], expect: 'page' },
  { about: 'HEAD of media without a session', method: 'HEAD', target: '/media/x', headers: [HOST], expect: 401 },
  {
    about: 'logout',
    method: 'DELETE',
    target: '/session',
    headers: [HOST, OWN, ['X-Studio', '1']],
    session: true,
    expect: 'logout',
  },
  {
    about: 'logout by another site',
    method: 'DELETE',
    target: '/session',
    headers: [HOST, ['Origin', 'http://evil.test'], ['X-Studio', '1']],
    session: true,
    expect: 403,
  },
  {
    about: 'logout without the header',
    method: 'DELETE',
    target: '/session',
    headers: [HOST, OWN],
    session: true,
    expect: 403,
  },
  {
    about: 'logout without a session',
    method: 'DELETE',
    target: '/session',
    headers: [HOST, OWN, ['X-Studio', '1']],
    expect: 401,
  },
];

const length = (value: string): [string, string] => ['Content-Length', value];
const bodies: VerdictCase[] = [
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json, text/plain',
    'application/jsonp',
    'text/json',
    '',
    'application/json; charset=utf-16',
  ].map((type) =>
    login(`content type "${type}"`, [HOST, OWN, ['X-Studio', '1'], length('60'), ['Content-Type', type]], 415),
  ),
  login('no content type', [HOST, OWN, ['X-Studio', '1'], length('60')], 415),
  login('two content types', [HOST, OWN, ...JSON_BODY, ['Content-Type', 'application/json']], 415),
  login(
    'content type in capitals',
    [HOST, OWN, ['X-Studio', '1'], length('60'), ['Content-Type', 'Application/JSON; charset=UTF-8']],
    'login',
  ),
  login('no studio header', [HOST, OWN, ['Content-Type', 'application/json'], length('60')], 403),
  ...['0', 'true', '', '1, 1'].map((value) =>
    login(
      `studio header "${value}"`,
      [HOST, OWN, ['Content-Type', 'application/json'], length('60'), ['X-Studio', value]],
      403,
    ),
  ),
  login('too long', [HOST, OWN, ['X-Studio', '1'], ['Content-Type', 'application/json'], length('1000000')], 413),
  ...['-1', '1e3', '0x10', 'abc', '9999999999999999999', ' 60'].map((value) =>
    login(
      `length "${value}"`,
      [HOST, OWN, ['X-Studio', '1'], ['Content-Type', 'application/json'], length(value)],
      400,
    ),
  ),
  login('two lengths', [HOST, OWN, ...JSON_BODY, length('60')], 400),
  login(
    'chunked',
    [HOST, OWN, ['X-Studio', '1'], ['Content-Type', 'application/json'], ['Transfer-Encoding', 'chunked']],
    400,
  ),
  login('chunked and a length', [HOST, OWN, ...JSON_BODY, ['Transfer-Encoding', 'chunked']], 400),
  ...['gzip', 'br', 'deflate', 'identity, gzip'].map((coding) =>
    login(`body coded as ${coding}`, [HOST, OWN, ...JSON_BODY, ['Content-Encoding', coding]], 415),
  ),
];

const BAD_TARGETS = [
  '',
  '*',
  'http://127.0.0.1:8765/',
  'http://evil.test/',
  '127.0.0.1:8765',
  '//',
  '//evil.test',
  '///evil.test',
  '/a//b',
  '/..',
  '/../',
  '/../../etc/passwd',
  '/assets/../index.html',
  '/./',
  '/assets/.',
  '/%2e%2e/',
  '/%2E%2E%2Fetc',
  '/.%2e/',
  '/%2e/',
  '/assets/%2e%2e%2fx',
  '/%252e%252e/',
  '/..%5c',
  '/a%5c..%5cb',
  '/a\\b',
  '\\a',
  '/%00',
  '/a%00.js',
  '/a;x',
  '/a%3bx',
  '/%2fetc',
  '/assets%2findex.js',
  '/%',
  '/%zz',
  '/%c3%a9',
  '/\u0000',
  '/a b',
  '/a\tb',
  '/a#b',
  '/a"b',
  '/<script>',
  '/a|b',
  '/a^b',
  '/a`b',
  '/{a}',
  '/é',
];
const targets: VerdictCase[] = [
  ...BAD_TARGETS.map((target) => ({
    about: `target ${JSON.stringify(target)}`,
    target,
    headers: [HOST],
    session: true,
    expect: 400,
  })),
  ...[
    ['/', 'page'],
    ['/runs', 'pageAddress'],
    ['/runs/r-20261121-abcd', 'pageAddress'],
    ['/index.html', 'asset'],
    ['/assets/index-abcdefgh.js', 'asset'],
    ['/icon.svg', 'asset'],
    ['/?next=//evil.test', 'page'],
    ['/?a=%2e%2e', 'page'],
    ['/media/exports/x/my%20predictions.csv', 'media'],
    ['/media/', 'media'],
    ['/session', 'sessionCheck'],
  ].map(([target, expect]) => ({
    about: `target ${target}`,
    target: target ?? '',
    headers: [HOST],
    session: true,
    expect: expect ?? '',
  })),
];

const sessions: VerdictCase[] = [
  ...['/media/datasets/d-1/train/0/thumb', '/media/exports/x/predictions.csv', '/media/', '/session'].map((target) => ({
    about: `${target} without a session`,
    target,
    headers: [HOST],
    expect: 401,
  })),
  ...['/', '/runs/r-1', '/assets/index-abcdefgh.js', '/icon.svg'].map((target) => ({
    about: `${target} without a session`,
    target,
    headers: [HOST],
    expect: target === '/' ? 'page' : target.includes('.') ? 'asset' : 'pageAddress',
  })),
  {
    about: 'a bearer token is no session',
    target: '/media/',
    headers: [HOST, ['Authorization', 'Bearer abc']],
    expect: 401,
  },
  socket('socket without a session', [HOST, OWN, ...SWITCH], 401, false),
];

const without = (name: string): (readonly [string, string])[] => SWITCH.filter(([key]) => key !== name);
const switches: VerdictCase[] = [
  { about: 'the socket without an upgrade', target: '/socket', headers: [HOST, OWN], session: true, expect: 426 },
  {
    about: 'POST to the socket',
    method: 'POST',
    target: '/socket',
    headers: [HOST, OWN, ...JSON_BODY],
    session: true,
    expect: 426,
  },
  ...['/', '/session', '/media/', '/socket/', '/socket2', '/rpc', '/assets/index-abcdefgh.js'].map((target) => ({
    about: `upgrade of ${target}`,
    target,
    headers: [HOST, OWN, ...SWITCH],
    upgrade: true,
    session: true,
    expect: 400,
  })),
  socket('no key', [HOST, OWN, ...without('Sec-WebSocket-Key')], 400),
  socket('short key', [HOST, OWN, ...without('Sec-WebSocket-Key'), ['Sec-WebSocket-Key', 'abc']], 400),
  socket('two keys', [HOST, OWN, ...SWITCH, ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==']], 400),
  socket('no sub-protocol', [HOST, OWN, ...without('Sec-WebSocket-Protocol')], 400),
  socket(
    'another sub-protocol',
    [HOST, OWN, ...without('Sec-WebSocket-Protocol'), ['Sec-WebSocket-Protocol', 'studio.v2']],
    400,
  ),
  socket(
    'ours among several',
    [HOST, OWN, ...without('Sec-WebSocket-Protocol'), ['Sec-WebSocket-Protocol', 'chat, studio.v1']],
    'socket',
  ),
  socket('an old version', [HOST, OWN, ...without('Sec-WebSocket-Version'), ['Sec-WebSocket-Version', '8']], 426),
  socket('h2c', [HOST, OWN, ...without('Upgrade'), ['Upgrade', 'h2c']], 400),
  socket('the socket with a query', [HOST, OWN, ...SWITCH], 'socket'),
];

export const HOST_VERDICTS: readonly VerdictCase[] = [
  ...hosts,
  ...origins,
  ...fetchSites,
  ...methods,
  ...bodies,
  ...targets,
  ...sessions,
  ...switches,
];
