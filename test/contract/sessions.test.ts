import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConnectionPlaces } from '../../cli/serve/connectionPlaces.ts';
import { digest, newSecret, Sessions } from '../../cli/serve/sessions.ts';
import { SessionStore } from '../../cli/serve/sessionStore.ts';
import { removeFolder, temporaryFolder } from './openHost.ts';

let home = '';
let folder = '';
beforeEach(() => {
  home = temporaryFolder();
  folder = join(home, 'webHost');
});
afterEach(() => removeFolder(home));

const cookieOf = (outcome: ReturnType<Sessions['login']>): string =>
  'cookie' in outcome ? (outcome.cookie.split(';')[0] ?? '') : '';

test('a session outlives its host, until it is ended, and only on its port', () => {
  const sessions = new Sessions(8765, new SessionStore(folder));
  const cookie = cookieOf(sessions.login(sessions.newCode()));
  const again = new Sessions(8765, new SessionStore(folder));
  const key = again.find(cookie);
  expect(key).not.toBeNull();
  expect(new Sessions(8766, new SessionStore(folder)).find(cookie.replace('8765', '8766'))).toBeNull();
  again.end(key!);
  expect(new Sessions(8765, new SessionStore(folder)).find(cookie)).toBeNull();
});

test('what is kept is hashed and private', () => {
  const sessions = new Sessions(8765, new SessionStore(folder));
  const secret = cookieOf(sessions.login(sessions.newCode())).split('=')[1] ?? '';
  expect((statSync(folder).mode & 0o777).toString(8)).toBe('700');
  for (const name of readdirSync(folder)) {
    expect((statSync(join(folder, name)).mode & 0o777).toString(8)).toBe('600');
    expect(readFileSync(join(folder, name), 'utf8')).not.toContain(secret);
  }
  expect(readdirSync(folder)).toEqual(['sessions-8765.json']);
});

test('a link of another program logs in once, and not after its time', () => {
  const sessions = new Sessions(8765, new SessionStore(folder));
  const [good, late] = [newSecret(), newSecret()];
  new SessionStore(folder).addLink(digest(good), Date.now() + 60_000);
  new SessionStore(folder).addLink(digest(late), Date.now() - 1);
  expect(sessions.login(good)).toHaveProperty('cookie');
  expect(sessions.login(good)).toEqual({ refused: 'code' });
  expect(sessions.login(late)).toEqual({ refused: 'code' });
});

test('wrong guesses are slowed down and never keep a right code out', () => {
  const sessions = new Sessions(8765, new SessionStore(folder));
  const code = sessions.newCode();
  for (let i = 0; i < 30; i++) sessions.login(`guess ${i}`);
  expect(sessions.login('one more')).toEqual({ refused: 'tooMany' });
  expect(sessions.login(code)).toHaveProperty('cookie');
});

test('a host is found while it runs', () => {
  const store = new SessionStore(folder);
  expect(store.runningHost()).toBeNull();
  store.keepHost({ pid: process.pid, url: 'http://127.0.0.1:1/' });
  expect(store.runningHost()?.url).toBe('http://127.0.0.1:1/');
  store.forgetHost(process.pid);
  expect(store.runningHost()).toBeNull();
});

test('idle strangers make way for the next one, a session keeps its place', async () => {
  const places = new ConnectionPlaces();
  const accepted: Socket[] = [];
  const server = createServer((stream) => {
    accepted.push(stream);
    places.add(stream);
    if (accepted.length === 1) places.keep(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const clients: Socket[] = [];
  for (let i = 0; i < 100; i++) {
    const client = connect(port, '127.0.0.1');
    client.on('error', () => undefined);
    clients.push(client);
    await new Promise((resolve) => client.once('connect', resolve));
  }
  while (accepted.length < 100) await new Promise(setImmediate);
  const open = accepted.map((stream) => !stream.destroyed);
  expect(open[0]).toBe(true);
  expect(open.filter(Boolean)).toHaveLength(65);
  expect(open.at(-1)).toBe(true);
  for (const client of clients) client.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
