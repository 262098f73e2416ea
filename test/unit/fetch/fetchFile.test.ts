import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFetcher } from '../../../core/fetch/fetcher.ts';
import { fetchFile } from '../../../core/fetch/fetchFile.ts';
import { createHttpClient, type HttpClient } from '../../../core/fetch/httpClient.ts';
import { RemoteFile } from '../../../contract/remoteFile.ts';
import { noSmallDisk, smallDisk } from '../../support/smallDisk.ts';
import { file, serveFiles, type FileServer, type Handler } from './fileServer.ts';

const BYTES = randomBytes(300_000);
const OTHER = randomBytes(300_000);
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const MD5 = createHash('md5').update(BYTES).digest('hex');

let folder: string;
let client: HttpClient;
let server: FileServer | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorum-fetch-'));
  client = createHttpClient(null, 2000);
});
afterEach(async () => {
  await server?.close();
  server = null;
  await client.close();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(handlers: Readonly<Record<string, Handler>>): Promise<FileServer> {
  server = await serveFiles(handlers);
  return server;
}

function remote(paths: readonly string[], change: Partial<RemoteFile> = {}): RemoteFile {
  return RemoteFile.parse({
    name: 'weights.pth',
    addresses: paths.map((path) => `${server!.address}${path}`),
    sizeBytes: BYTES.length,
    hash: { kind: 'sha256', hex: SHA256 },
    ...change,
  });
}

const options = (): { client: HttpClient; firstPauseMs: number } => ({ client, firstPauseMs: 5 });
const arrivesIn = (): string => join(folder, 'weights.pth.partial');
const fetched = (): Buffer => readFileSync(join(folder, 'weights.pth'));

test('a file arrives whole, with its progress, and is not fetched again', async () => {
  const { requests } = await serve({ '/a': file(BYTES) });
  const heard: [number, number | null][] = [];
  const result = await fetchFile(remote(['/a']), folder, {
    ...options(),
    onProgress: (done, total) => heard.push([done, total]),
  });
  expect(result).toMatchObject({ sizeBytes: BYTES.length, sha256: SHA256, address: `${server!.address}/a` });
  expect(fetched().equals(BYTES)).toBe(true);
  expect(heard.at(-1)).toEqual([BYTES.length, BYTES.length]);
  expect(await fetchFile(remote(['/a']), folder, options())).toMatchObject({ address: null, sha256: SHA256 });
  expect(requests).toHaveLength(1);
  expect(readdirSync(folder)).toEqual(['weights.pth']);
});

test('a file on disk that is not the expected one is fetched again', async () => {
  await serve({ '/a': file(BYTES) });
  writeFileSync(join(folder, 'weights.pth'), OTHER);
  await fetchFile(remote(['/a']), folder, options());
  expect(fetched().equals(BYTES)).toBe(true);
});

test('cut connections are continued where they ended', async () => {
  const { requests } = await serve({ '/a': file(BYTES, { cuts: 6, cutAfter: 40_000, arrivesIn: arrivesIn() }) });
  await fetchFile(remote(['/a']), folder, options());
  expect(fetched().equals(BYTES)).toBe(true);
  expect(requests).toHaveLength(7);
  expect(requests.slice(1).every(({ range }) => range !== undefined && range !== 'bytes=0-')).toBe(true);
});

test('a file that changed between two tries begins anew', async () => {
  let calls = 0;
  const first = file(OTHER, { cuts: 1, cutAfter: 40_000, arrivesIn: arrivesIn() });
  const second = file(BYTES);
  await serve({ '/a': (request, response) => (calls++ === 0 ? first : second)(request, response) });
  await fetchFile(remote(['/a']), folder, options());
  expect(fetched().equals(BYTES)).toBe(true);
});

test.each([
  ['sha256Prefix', { kind: 'sha256Prefix', hex: SHA256.slice(0, 8) }],
  ['md5', { kind: 'md5', hex: MD5 }],
  ['none', { kind: 'none', reason: 'the publisher gives none' }],
] as const)('a publisher that gives %s', async (_, hash) => {
  await serve({ '/a': file(BYTES) });
  expect(await fetchFile(remote(['/a'], { hash }), folder, options())).toMatchObject({ sha256: SHA256 });
});

test('bytes that were pinned at the first fetch are expected at the next', async () => {
  await serve({ '/a': file(OTHER) });
  const file_ = remote(['/a'], { hash: { kind: 'none', reason: 'the publisher gives none' } });
  await expect(fetchFile(file_, folder, { ...options(), pinnedSha256: SHA256 })).rejects.toMatchObject({
    code: 'fetch.changed',
  });
  expect(readdirSync(folder)).toEqual([]);
});

describe('nothing of a wrong file is kept', () => {
  test.each([
    ['another hash', { '/a': file(OTHER) }, 'fetch.changed'],
    ['another length', { '/a': file(BYTES.subarray(1)) }, 'fetch.changed'],
    ['a page instead of the file', { '/a': file(Buffer.from('<html>quota exceeded</html>')) }, 'fetch.changed'],
    ['404', {}, 'fetch.notFound'],
    ['403', { '/a': (_: unknown, response) => void response.writeHead(403).end() }, 'fetch.notFound'],
  ] as const satisfies readonly (readonly [string, Record<string, Handler>, string])[])(
    '%s',
    async (_, handlers, code) => {
      await serve(handlers);
      await expect(fetchFile(remote(['/a']), folder, options())).rejects.toMatchObject({ code });
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test('more bytes than announced', async () => {
    const chunked: Handler = (_, response) => {
      response.writeHead(200);
      response.write(BYTES);
      response.end(OTHER);
    };
    await serve({ '/a': chunked });
    await expect(fetchFile(remote(['/a']), folder, options())).rejects.toMatchObject({ code: 'fetch.changed' });
    expect(existsSync(join(folder, 'weights.pth'))).toBe(false);
  });
});

test('a missing file is taken from the next address', async () => {
  const { requests } = await serve({ '/mirror': file(BYTES) });
  await fetchFile(remote(['/gone', '/mirror']), folder, options());
  expect(fetched().equals(BYTES)).toBe(true);
  expect(requests.map(({ path }) => path)).toEqual(['/gone', '/mirror']);
});

test('what one address began a mirror continues, and the hash decides', async () => {
  const dies = file(BYTES, { cuts: 1, cutAfter: 50_000, arrivesIn: arrivesIn() });
  let calls = 0;
  const once: Handler = (request, response) => {
    if (calls++ === 0) dies(request, response);
    else response.writeHead(503).end();
  };
  const { requests } = await serve({ '/a': once, '/mirror': file(BYTES) });
  await fetchFile(remote(['/a', '/mirror']), folder, options());
  expect(fetched().equals(BYTES)).toBe(true);
  expect(requests.at(-1)?.path).toBe('/mirror');
});

describe('redirects', () => {
  const to =
    (location: string): Handler =>
    (_, response) =>
      void response.writeHead(302, { location }).end();

  test('within the same scheme are followed', async () => {
    await serve({ '/a': to('/b'), '/b': file(BYTES) });
    expect(await fetchFile(remote(['/a']), folder, options())).toMatchObject({ address: `${server!.address}/b` });
  });

  test.each([
    ['to another scheme', 'https://example.org/weights.pth'],
    ['to a file', 'file:///etc/passwd'],
    ['to a plain address elsewhere', 'http://example.org/weights.pth'],
    ['with a password', 'http://user:secret@127.0.0.1/weights.pth'],
    ['to themselves for ever', '/a'],
  ])('%s are refused', async (_, location) => {
    await serve({ '/a': to(location) });
    await expect(fetchFile(remote(['/a']), folder, options())).rejects.toMatchObject({ code: 'fetch.refused' });
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('plain http is for this machine only', async () => {
  const elsewhere = RemoteFile.parse({
    name: 'weights.pth',
    addresses: ['http://example.org/weights.pth'],
    sizeBytes: null,
    hash: { kind: 'none', reason: 'none given' },
  });
  await expect(fetchFile(elsewhere, folder, options())).rejects.toMatchObject({ code: 'fetch.refused' });
});

test.each(['../weights.pth', '/etc/passwd', 'a/b.pth', '..', '.hidden', 'con.pth', 'C:\\x', 'a\0b', ''])(
  'the name %j is none',
  (name) => {
    expect(RemoteFile.shape.name.safeParse(name).success).toBe(false);
  },
);

test('a server that falls silent is offline, and the next try continues', async () => {
  let calls = 0;
  const whole = file(BYTES);
  const silent: Handler = (request, response) => {
    if (calls++ > 0) return whole(request, response);
    response.writeHead(200, { 'content-length': BYTES.length });
    response.write(BYTES.subarray(0, 10_000));
  };
  await serve({ '/a': silent });
  await fetchFile(remote(['/a']), folder, options());
  expect(fetched().equals(BYTES)).toBe(true);
});

test('a server that is not there is named', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  await serve({});
  const nowhere = remote(['/a'], { addresses: [`http://127.0.0.1:${port}/weights.pth`] });
  await expect(fetchFile(nowhere, folder, options())).rejects.toMatchObject({ code: 'fetch.offline' });
});

test('more than the disk holds is refused before a byte is fetched', async () => {
  const huge = 2 ** 52;
  await serve({ '/a': (_, response) => void response.writeHead(200, { 'content-length': huge }).flushHeaders() });
  await expect(fetchFile(remote(['/a'], { sizeBytes: huge }), folder, options())).rejects.toMatchObject({
    code: 'file.diskFull',
  });
  expect(readdirSync(folder)).toEqual([]);
});

test('what was cancelled continues later', async () => {
  const slow: Handler = (_, response) => {
    response.writeHead(200, { 'content-length': BYTES.length, etag: '"slow"' });
    response.write(BYTES.subarray(0, 100_000));
  };
  let calls = 0;
  const { requests } = await serve({
    '/a': (request, response) => {
      if (calls++ === 0) return slow(request, response);
      response.writeHead(206, {
        'content-length': BYTES.length - 100_000,
        'content-range': `bytes 100000-${BYTES.length - 1}/${BYTES.length}`,
      });
      response.end(BYTES.subarray(100_000));
    },
  });
  const abort = new AbortController();
  const stopped = fetchFile(remote(['/a']), folder, {
    ...options(),
    signal: abort.signal,
    onProgress: (done) => {
      if (done === 100_000) abort.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  expect(existsSync(join(folder, 'weights.pth'))).toBe(false);
  await fetchFile(remote(['/a']), folder, options());
  expect(fetched().equals(BYTES)).toBe(true);
  expect(requests.at(-1)?.range).toBe('bytes=100000-');
});

describe('several at once', () => {
  test('share one download, and each hears of it', async () => {
    const { requests } = await serve({ '/a': file(BYTES) });
    const fetcher = createFetcher(client);
    const heard = [0, 0];
    const [first, second] = await Promise.all(
      heard.map((_, index) => fetcher.fetch(remote(['/a']), folder, { onProgress: (done) => (heard[index] = done) })),
    );
    expect(first).toEqual(second);
    expect(heard).toEqual([BYTES.length, BYTES.length]);
    expect(requests).toHaveLength(1);
  });

  test('one that gives up does not end it for the other', async () => {
    await serve({ '/a': file(BYTES) });
    const fetcher = createFetcher(client);
    const abort = new AbortController();
    const given = fetcher.fetch(remote(['/a']), folder, { signal: abort.signal });
    const kept = fetcher.fetch(remote(['/a']), folder);
    abort.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    expect(await kept).toMatchObject({ sha256: SHA256 });
  });

  test('the last one that gives up ends it', async () => {
    await serve({ '/a': (_, response) => void response.writeHead(200, { 'content-length': 1000 }).flushHeaders() });
    const fetcher = createFetcher(client);
    const abort = new AbortController();
    const given = fetcher.fetch(remote(['/a'], { sizeBytes: 1000 }), folder, { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    await fetcher.close();
    expect(existsSync(join(folder, 'weights.pth'))).toBe(false);
  });
});

describe('a disk that becomes full', () => {
  test.skipIf(noSmallDisk !== null)(
    `is named, and the next try continues${noSmallDisk === null ? '' : `: ${noSmallDisk}`}`,
    async () => {
      const disk = smallDisk(80 * 2 ** 20);
      try {
        const whole = file(BYTES);
        const full = Promise.withResolvers<void>();
        let calls = 0;
        await serve({
          '/a': (request, response) => {
            if (calls++ > 0) return whole(request, response);
            response.writeHead(200, { 'content-length': BYTES.length });
            response.write(BYTES.subarray(0, 50_000));
            void full.promise.then(() => response.end(BYTES.subarray(50_000)));
          },
        });
        const small = fetchFile(remote(['/a']), disk.path, {
          ...options(),
          // there was room when it was asked for
          onProgress: (done) => {
            if (done === 50_000) {
              disk.leave(60_000);
              full.resolve();
            }
          },
        });
        await expect(small).rejects.toMatchObject({ code: 'file.diskFull' });
        expect(existsSync(join(disk.path, 'weights.pth'))).toBe(false);
        disk.leave(70 * 2 ** 20);
        expect(await fetchFile(remote(['/a']), disk.path, options())).toMatchObject({ sha256: SHA256 });
        expect(server!.requests.at(-1)?.range).toMatch(/^bytes=[1-9]/);
      } finally {
        disk.remove();
      }
    },
  );
});
