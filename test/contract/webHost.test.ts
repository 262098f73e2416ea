import { connect } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { openWebHost, type WebHost } from '../../cli/serve/webHost.ts';
import { SESSION_ENDED_CODE } from '../../contract/api/connection.ts';
import type { StudioClient } from '../../contract/api/contract.ts';
import type { StudioEvent } from '../../contract/api/events.ts';
import { openRendererFiles } from '../../core/studio/host/rendererFiles.ts';
import type { StudioHost } from '../../core/studio/host/studioHost.ts';
import { importPictures, makePictures, openHost, removeFolder, temporaryFolder } from './openHost.ts';

let folder = '';
let host: StudioHost;
let web: WebHost;
let origin = '';

beforeAll(async () => {
  folder = temporaryFolder();
  makePictures(join(folder, 'pictures'));
  mkdirSync(join(folder, 'page/assets'), { recursive: true });
  writeFileSync(
    join(folder, 'page/index.html'),
    '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><title>Quorum</title>',
  );
  writeFileSync(join(folder, 'page/assets/index-abcdefgh.js'), 'export {};');
  writeFileSync(join(folder, 'page/notes.md'), 'not served');
  host = await openHost(join(folder, 'data'), [join(folder, 'pictures')]);
  web = await openWebHost({
    host,
    address: '127.0.0.1',
    port: 0,
    names: [],
    renderer: await openRendererFiles(join(folder, 'page')),
    onFault: (error) => {
      throw error;
    },
  });
  origin = `http://127.0.0.1:${web.port}`;
});
afterAll(async () => {
  await web.close();
  await host.close();
  removeFolder(folder);
});

const login = (code: string): Promise<Response> =>
  fetch(`${origin}/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Studio': '1', Origin: origin },
    body: JSON.stringify({ code }),
  });

async function newCookie(): Promise<string> {
  const answer = await login(web.launchUrl().split('code=')[1] ?? '');
  expect(answer.status).toBe(204);
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

function openSocket(cookie: string, headers: Record<string, string> = {}): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${web.port}/socket`, 'studio.v1', {
    headers: { Cookie: cookie, Origin: origin, ...headers },
  });
}

async function socketClient(cookie: string): Promise<{ client: StudioClient; socket: WebSocket }> {
  const socket = openSocket(cookie);
  await new Promise((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
  });
  return { socket, client: createORPCClient(new RPCLink({ websocket: socket })) };
}

/** What the host answers to bytes as they are. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    const stream = connect(web.port, '127.0.0.1', () => stream.end(text));
    let heard = '';
    stream.on('data', (data: Buffer) => {
      heard += data.toString('latin1');
    });
    stream.on('error', () => undefined);
    stream.on('close', () => resolve(heard));
  });
}

test('a launch code buys one session, once', async () => {
  const code = web.launchUrl().split('#code=')[1] ?? '';
  const first = await login(code);
  expect(first.status).toBe(204);
  expect(first.headers.get('set-cookie')).toMatch(
    new RegExp(`^quorum-${web.port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200$`),
  );
  expect((await login(code)).status).toBe(401);
});

test('the page has a nonce of its own each time, and a policy without inline scripts', async () => {
  const [one, two] = await Promise.all([fetch(origin), fetch(`${origin}/runs/r-1`)]);
  const nonce = /nonce="([^"]+)"/.exec(await one.text())?.[1] ?? '';
  expect(nonce.length).toBeGreaterThan(20);
  expect(one.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`);
  expect(await two.text()).not.toContain(nonce);
  const policy = one.headers.get('content-security-policy') ?? '';
  expect(/script-src ([^;]+)/.exec(policy)?.[1]).toBe("'self'");
  expect(policy).toContain("default-src 'none'");
  for (const name of [
    'x-content-type-options',
    'referrer-policy',
    'x-frame-options',
    'cross-origin-opener-policy',
    'cross-origin-resource-policy',
    'cross-origin-embedder-policy',
    'permissions-policy',
  ])
    expect(one.headers.get(name), name).toBeTruthy();
  expect(one.headers.get('access-control-allow-origin')).toBeNull();
});

test('files of the build are served by their list, hashed ones for good', async () => {
  const script = await fetch(`${origin}/assets/index-abcdefgh.js`);
  expect([script.status, script.headers.get('content-type'), script.headers.get('cache-control')]).toEqual([
    200,
    'text/javascript; charset=utf-8',
    'public, max-age=31536000, immutable',
  ]);
  for (const path of ['/notes.md', '/index.html', '/assets/absent.js', '/assets/toString.js', '/package.json'])
    expect((await fetch(origin + path)).status, path).toBe(404);
});

test('pictures need a session, and are pixels encoded anew', async () => {
  const cookie = await newCookie();
  const { client, socket } = await socketClient(cookie);
  const dataset = await importPictures(client);
  const {
    images: [image],
  } = await client.datasets.images({ dataset, split: 'train', limit: 1 });
  expect((await fetch(origin + image?.thumbnail)).status).toBe(401);
  const picture = await fetch(origin + image?.thumbnail, { headers: { Cookie: cookie } });
  expect([picture.status, picture.headers.get('content-type'), picture.headers.get('content-security-policy')]).toEqual(
    [200, 'image/webp', "sandbox; default-src 'none'"],
  );
  expect(
    (await fetch(`${origin}/media/datasets/${dataset}/train/99999/thumb`, { headers: { Cookie: cookie } })).status,
  ).toBe(404);
  socket.close();
});

test('events go on after a reconnect where they ended', async () => {
  const cookie = await newCookie();
  const first = await socketClient(cookie);
  const heard: StudioEvent[] = [];
  for await (const event of await first.client.events.subscribe({})) {
    heard.push(event);
    if (heard.length === 1) await first.client.settings.set({ theme: 'dark' });
    if (heard.length === 2) break;
  }
  first.socket.terminate();
  const log = heard[0]?.type === 'hello' ? heard[0].log : '';
  const second = await socketClient(cookie);
  for (const theme of ['light', 'dark', 'system'] as const) await second.client.settings.set({ theme });
  const after: StudioEvent[] = [];
  for await (const event of await second.client.events.subscribe({ after: { log, seq: heard[1]?.seq ?? 0 } })) {
    after.push(event);
    if (after.length === 4) break;
  }
  expect(after[0]).toMatchObject({ type: 'hello', resumed: true });
  expect(after.slice(1).map((event) => (event.type === 'settings' ? event.settings.theme : event.type))).toEqual([
    'light',
    'dark',
    'system',
  ]);
  expect(after.slice(1).map(({ seq }) => seq)).toEqual([1, 2, 3].map((i) => (heard[1]?.seq ?? 0) + i));
  second.socket.close();
});

test('the end of a session closes its sockets with the code that says so', async () => {
  const cookie = await newCookie();
  const { socket } = await socketClient(cookie);
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve);
  });
  const logout = await fetch(`${origin}/session`, {
    method: 'DELETE',
    headers: { Cookie: cookie, Origin: origin, 'X-Studio': '1' },
  });
  expect(logout.status).toBe(204);
  expect(await closed).toBe(SESSION_ENDED_CODE);
  expect((await fetch(`${origin}/session`, { headers: { Cookie: cookie } })).status).toBe(401);
});

test.for([
  ['no cookie', { Cookie: '' }, 401],
  ['a foreign origin', { Origin: 'http://evil.test' }, 403],
  ['a cookie of another port', { Cookie: 'quorum-1=abc' }, 401],
  ['a foreign host', { Host: 'evil.test' }, 421],
] as const)('a socket with %s is refused with %i', async ([, headers, status]) => {
  const socket = openSocket(await newCookie(), { ...headers });
  const answered = await new Promise<number>((resolve) => {
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0)).on('error', () => resolve(-1));
  });
  expect(answered).toBe(status);
});

test('a session has sixteen sockets and no more; messages above 1 MiB end theirs', async () => {
  const cookie = await newCookie();
  const sockets = await Promise.all(Array.from({ length: 16 }, async () => (await socketClient(cookie)).socket));
  const refused = openSocket(cookie);
  expect(
    await new Promise<number>((resolve) => {
      refused
        .on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
        .on('error', () => undefined);
    }),
  ).toBe(503);
  const [big] = sockets;
  const closed = new Promise<number>((resolve) => {
    big?.once('close', resolve);
  });
  big?.send('x'.repeat(2 << 20));
  expect(await closed).toBe(1009);
  for (const socket of sockets) socket.terminate();
});

const hostLine = (): string => `Host: 127.0.0.1:${web.port}\r\n`;
const RAW: readonly (readonly [name: string, text: () => string, ...statuses: number[]])[] = [
  ['two hosts', () => `GET / HTTP/1.1\r\n${hostLine()}Host: evil.test\r\n\r\n`, 400, 421],
  ['no host', () => 'GET / HTTP/1.1\r\n\r\n', 421],
  ['HTTP/1.0 without a host', () => 'GET / HTTP/1.0\r\n\r\n', 421],
  ['absolute target', () => `GET http://127.0.0.1:${web.port}/ HTTP/1.1\r\n${hostLine()}\r\n`, 400],
  ['absolute target of another host', () => `GET http://evil.test/ HTTP/1.1\r\n${hostLine()}\r\n`, 400],
  [
    'a length and chunks',
    () => `POST /session HTTP/1.1\r\n${hostLine()}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    'two lengths',
    () => `POST /session HTTP/1.1\r\n${hostLine()}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
    400,
  ],
  ['a folded header', () => `GET / HTTP/1.1\r\n${hostLine()}X-A: b\r\n c\r\n\r\n`, 200, 400],
  ['a header with NUL', () => `GET / HTTP/1.1\r\n${hostLine()}X-A: b\0c\r\n\r\n`, 400],
  ['bare line feeds', () => `GET / HTTP/1.1\nHost: 127.0.0.1:${web.port}\n\n`, 400, 200],
  ['a header of 20 KiB', () => `GET / HTTP/1.1\r\n${hostLine()}X-A: ${'a'.repeat(20_480)}\r\n\r\n`, 431],
  ['a path that climbs', () => `GET /../../etc/passwd HTTP/1.1\r\n${hostLine()}\r\n`, 400],
  ['a path that climbs, encoded', () => `GET /assets/%2e%2e/%2e%2e/package.json HTTP/1.1\r\n${hostLine()}\r\n`, 400],
  ['a backslash', () => `GET /..\\x HTTP/1.1\r\n${hostLine()}\r\n`, 400],
  ['OPTIONS *', () => `OPTIONS * HTTP/1.1\r\n${hostLine()}\r\n`, 400],
  ['TRACE', () => `TRACE / HTTP/1.1\r\n${hostLine()}\r\n`, 405],
  ['a lower-case method', () => `get / HTTP/1.1\r\n${hostLine()}\r\n`, 400],
  [
    'an upgrade without a key',
    () =>
      `GET /socket HTTP/1.1\r\n${hostLine()}Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: ${origin}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    400,
  ],
  [
    'an upgrade to h2c',
    () =>
      `GET / HTTP/1.1\r\n${hostLine()}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
    400,
  ],
  ['no HTTP at all', () => 'hello\r\n\r\n', 400],
  ['HTTP 2 without asking', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 421, 505],
  ['HTTP 0.9', () => 'GET /\r\n', 400],
  ['a version that is none', () => `GET / HTTP/9.9\r\n${hostLine()}\r\n`, 400, 505],
  ['CONNECT', () => `CONNECT evil.test:443 HTTP/1.1\r\n${hostLine()}\r\n`, 0, 400, 405],
  ['a blank before a colon', () => `GET / HTTP/1.1\r\n${hostLine()}X-A : b\r\n\r\n`, 400],
  ['a blank before the first header', () => `GET / HTTP/1.1\r\n ${hostLine()}\r\n`, 400],
  [
    'chunks under a name with a blank',
    () => `POST /session HTTP/1.1\r\n${hostLine()}Content-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\nabcde`,
    400,
  ],
  [
    'chunks coded otherwise',
    () => `POST /session HTTP/1.1\r\n${hostLine()}Transfer-Encoding: xchunked\r\n\r\nabcde`,
    400,
    403,
  ],
  [
    'chunks coded twice',
    () => `POST /session HTTP/1.1\r\n${hostLine()}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
    400,
    403,
  ],
  ['a negative length', () => `POST /session HTTP/1.1\r\n${hostLine()}Content-Length: -1\r\n\r\n`, 400],
  ['a length with a sign', () => `POST /session HTTP/1.1\r\n${hostLine()}Content-Length: +5\r\n\r\nabcde`, 400],
  ['a length in words', () => `POST /session HTTP/1.1\r\n${hostLine()}Content-Length: five\r\n\r\nabcde`, 400],
  [
    'a length beyond counting',
    () => `POST /session HTTP/1.1\r\n${hostLine()}Content-Length: 99999999999999999999\r\n\r\n`,
    400,
    403,
    413,
  ],
  ['three thousand headers', () => `GET / HTTP/1.1\r\n${hostLine()}${'A: b\r\n'.repeat(3000)}\r\n`, 431],
  ['a target of 20 KiB', () => `GET /${'a'.repeat(20_480)} HTTP/1.1\r\n${hostLine()}\r\n`, 431],
  [
    'an upgrade by POST',
    () =>
      `POST /socket HTTP/1.1\r\n${hostLine()}Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: ${origin}\r\nX-Studio: 1\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n`,
    426,
  ],
  [
    'an upgrade from nowhere',
    () =>
      `GET /socket HTTP/1.1\r\n${hostLine()}Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: null\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    403,
  ],
  ['TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
];
test('there are thirty and more of them', () => {
  expect(RAW.length + 4).toBeGreaterThanOrEqual(34);
});

test.for(RAW)('raw: %s', async ([, text, ...statuses]) => {
  const answer = await raw(text());
  // 0: the line is cut without a word
  expect(statuses).toContain(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0));
  if (!answer.startsWith('HTTP/1.1 200'))
    expect(answer === '' || answer.includes('X-Content-Type-Options: nosniff')).toBe(true);
  expect(answer).not.toContain('root:');
});

/** Frames as they go over the line, from a client: final, masked unless said otherwise. */
function frame(opcode: number, payload: Buffer, masked = true): Buffer {
  const mask = Buffer.from([1, 2, 3, 4]);
  const body = masked ? payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0)) : payload;
  return Buffer.concat([
    Buffer.from([0x80 | opcode, (masked ? 0x80 : 0) | payload.length]),
    ...(masked ? [mask] : []),
    body,
  ]);
}

test.for([
  ['text that is no UTF-8', () => frame(1, Buffer.from([0xc3, 0x28])), 1007],
  ['a frame without a mask', () => frame(1, Buffer.from('{}'), false), 1002],
  ['an opcode that is none', () => frame(3, Buffer.from('x')), 1002],
  [
    'ten thousand tiny messages',
    () => Buffer.concat(Array.from({ length: 10_000 }, () => frame(2, Buffer.from('{}')))),
    1008,
  ],
] as const)('raw socket: %s ends it', async ([, bytes, code]) => {
  const cookie = await newCookie();
  // the library says each of ten thousand on the console
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const closed = await new Promise<number>((resolve, reject) => {
    const stream = connect(web.port, '127.0.0.1', () =>
      stream.write(
        `GET /socket HTTP/1.1\r\n${hostLine()}Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: ${origin}\r\nCookie: ${cookie}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: studio.v1\r\n\r\n`,
      ),
    );
    let heard = Buffer.alloc(0);
    let sent = false;
    stream.on('error', reject);
    stream.on('data', (data: Buffer) => {
      heard = Buffer.concat([heard, data]);
      const end = heard.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!sent) {
        sent = true;
        stream.write(bytes());
      }
      for (let at = end + 4; at + 4 <= heard.length;) {
        const length = (heard[at + 1] ?? 0) & 0x7f;
        const size = length === 126 ? heard.readUInt16BE(at + 2) : length;
        const start = at + (length === 126 ? 4 : 2);
        if (heard[at] === 0x88) {
          stream.destroy();
          resolve(heard.readUInt16BE(start));
          return;
        }
        at = start + size;
      }
    });
  });
  vi.restoreAllMocks();
  expect(closed).toBe(code);
});

test.for([
  ['text', 'hello'],
  ['an empty message', ''],
  ['JSON that is no message', '{}'],
  ['bytes', Buffer.from([0, 1, 2])],
] as const)(
  'a frame that is no message of ours (%s) ends its connection, and is no news for a log',
  async ([, data]) => {
    const said = vi.spyOn(console, 'error');
    const socket = openSocket(await newCookie());
    await new Promise((resolve) => {
      socket.once('open', resolve);
    });
    const closed = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    socket.send(data);
    expect(await closed).toBe(1007);
    expect(said).not.toHaveBeenCalled();
    said.mockRestore();
  },
);

test('an address inside the page that is written as a path leads to the page', async () => {
  const answer = await fetch(`${origin}/runs/r-1`, { redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/#/runs/r-1']);
});

// byte by byte the headers would be whole after a minute, and answered with another code
test('headers that come one byte a second are not waited for', async () => {
  const answer = await new Promise<string>((resolve) => {
    const text = `GET / HTTP/1.1\r\n${hostLine()}X-Slow: yes\r\n`;
    const stream = connect(web.port, '127.0.0.1');
    let at = 0;
    let heard = '';
    const timer = setInterval(() => {
      if (at < text.length) stream.write(text[at++] ?? '');
    }, 1000);
    stream.on('data', (data: Buffer) => {
      heard += data.toString('latin1');
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      clearInterval(timer);
      resolve(heard);
    });
  });
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

test('a cookie of before the last start is no session', async () => {
  const cookie = await newCookie();
  const other = await openWebHost({
    host,
    address: '127.0.0.1',
    port: 0,
    names: [],
    renderer: null,
    onFault: (error) => {
      throw error;
    },
  });
  const [, value] = cookie.split('=');
  expect(
    (await fetch(`http://127.0.0.1:${other.port}/session`, { headers: { Cookie: `quorum-${other.port}=${value}` } }))
      .status,
  ).toBe(401);
  await other.close();
});

test('one code in a hundred logins at once is good for one, and the rest are too many', async () => {
  const other = await openWebHost({
    host,
    address: '127.0.0.1',
    port: 0,
    names: [],
    renderer: null,
    onFault: (error) => {
      throw error;
    },
  });
  const own = `http://127.0.0.1:${other.port}`;
  const code = other.launchUrl().split('code=')[1] ?? '';
  const answers = await Promise.all(
    Array.from(
      { length: 100 },
      async () =>
        (
          await fetch(`${own}/session`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', 'X-Studio': '1', Origin: own },
            body: JSON.stringify({ code }),
          })
        ).status,
    ),
  );
  const times = (status: number): number => answers.filter((one) => one === status).length;
  expect([times(204), times(401), times(429)]).toEqual([1, 5, 94]);
  await other.close();
});

test('guessing codes is slowed down, says nothing, and keeps no right code out', async () => {
  const answers: number[] = [];
  for (let i = 0; i < 8; i++) answers.push((await login(`wrong-${i}`)).status);
  expect(answers.slice(-3)).toEqual([429, 429, 429]);
  expect((await login(web.launchUrl().split('code=')[1] ?? '')).status).toBe(204);
});
