/**
 * Every Host with every Origin from every site to every kind of request: 1,920 verdicts from three rules that the
 * threat model states.
 */
import { describe, expect, test } from 'vitest';
import { decideRequest, ROUTE_ACCESS } from '../../cli/serve/decideRequest.ts';
import { HOST_VERDICTS } from './hostVerdicts.ts';

const OURS = ['127.0.0.1:8765', 'localhost:8765', '[::1]:8765', 'studio.lan:8765'];
const HOSTS = [
  ...OURS,
  'evil.test',
  'evil.test:8765',
  '127.0.0.1.evil.test:8765',
  '127.0.0.1',
  '127.0.0.1:8766',
  'localhost.:8765',
  '0x7f.1:8765',
  '2130706433:8765',
];
/** Null: no such header. `own`: the origin that belongs to the Host header. */
const ORIGINS = [
  null,
  'own',
  'null',
  'http://evil.test',
  'http://evil.test:8765',
  'https://127.0.0.1:8765',
  'http://127.0.0.1',
  'http://127.0.0.1:8766',
  'file://',
  'http://127.0.0.1:8765.evil.test',
];
const SITES = ['same-origin', 'none', 'same-site', 'cross-site'];
const KINDS = {
  media: { method: 'GET', target: '/media/datasets/d-1/train/0/thumb', upgrade: false, changes: false, headers: [] },
  page: { method: 'GET', target: '/', upgrade: false, changes: false, headers: [] },
  login: {
    method: 'POST',
    target: '/session',
    upgrade: false,
    changes: true,
    headers: [
      ['Content-Type', 'application/json'],
      ['Content-Length', '60'],
      ['X-Studio', '1'],
    ],
  },
  socket: {
    method: 'GET',
    target: '/socket',
    upgrade: true,
    changes: true,
    headers: [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ['Sec-WebSocket-Protocol', 'studio.v1'],
    ],
  },
} as const;

let verdicts = 0;
describe.for(HOSTS)('host %s', (host) => {
  test.for(ORIGINS)('origin %s', (named) => {
    const origin = named === 'own' ? `http://${host}` : named;
    for (const site of SITES) {
      for (const [kind, { method, target, upgrade, changes, headers }] of Object.entries(KINDS)) {
        const verdict = decideRequest(
          {
            method,
            target,
            upgrade,
            session: true,
            headers: [
              ['Host', host],
              ...(origin === null ? [] : [['Origin', origin] as const]),
              ['Sec-Fetch-Site', site],
              ...headers,
            ],
          },
          { port: 8765, names: ['studio.lan'] },
        );
        // a name that is not ours is told nothing; what another site sends is refused; what changes something must say
        // that it comes from us
        const elsewhere = site === 'same-site' || site === 'cross-site';
        const foreign = named !== null && origin !== `http://${host}`;
        const wanted = !OURS.includes(host) ? 421 : elsewhere || foreign || (changes && named === null) ? 403 : kind;
        expect(verdict.allow ? verdict.route : verdict.status, `${kind} from ${site}`).toBe(wanted);
        verdicts++;
      }
    }
  });
});

test('there were 1,920', () => {
  expect(verdicts).toBe(1920);
});

test('every way in is on the list of who may use it, and what is not for everybody is refused without a session', () => {
  const refused = new Set(
    HOST_VERDICTS.filter(({ expect: wanted }) => wanted === 401).map(
      ({ target = '/', method = 'GET' }) => `${method} ${target}`,
    ),
  );
  const samples: Readonly<Record<keyof typeof ROUTE_ACCESS, string | null>> = {
    page: null,
    pageAddress: null,
    asset: null,
    login: null,
    media: 'GET /media/',
    sessionCheck: 'GET /session',
    logout: 'DELETE /session',
    socket: 'GET /socket',
  };
  for (const [route, access] of Object.entries(ROUTE_ACCESS)) {
    const sample = samples[route as keyof typeof ROUTE_ACCESS];
    expect(access, route).toBe(sample === null ? 'everybody' : 'session');
    if (sample !== null) expect(refused, route).toContain(sample);
  }
});
