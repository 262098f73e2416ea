/**
 * A web host that another program of this machine, or a page gone wild, asks for too much: it stays up, its owner's own
 * page goes on, and nothing grows without a bound.
 */
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StudioClient } from '../../contract/api/contract.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';
import { processTree, watchMemory } from './support/processTree.ts';
import { pause, quorum, type QuorumProcess, serve } from './support/quorumProcess.ts';
import { importSample } from './support/smallTraining.ts';
import { tell, tries } from './support/trial.ts';
import { codeOf, login, openClient, openSocket } from './support/webClient.ts';

const JOBS = tries(150, 500);
const SOCKETS = 300;
const FRAMES = tries(20, 200);
const GUESSES = tries(40, 400);
const MEMORY_BYTES = 1.5 * 2 ** 30;
/** Jobs that run together, each with the program that it may start. */
const PROCESSES = 10;

let dataDir = '';
let host: QuorumProcess & { readonly url: string };
let origin = '';
let cookie = '';
beforeAll(async () => {
  dataDir = join(temporaryFolder(), 'data');
  await importSample(dataDir);
  host = await serve(dataDir);
  origin = new URL(host.url).origin;
  cookie = await login(origin, codeOf(host.url));
}, 300_000);
afterAll(async () => {
  host.child.kill('SIGTERM');
  await host.ended;
});

/** Asks the host again and again until `work` is done; how long its answers took. */
async function answersMeanwhile(client: StudioClient, work: Promise<unknown>): Promise<string> {
  const times: number[] = [];
  let done = false;
  void work.finally(() => {
    done = true;
  });
  do {
    const from = performance.now();
    await client.settings.get();
    times.push(performance.now() - from);
    await pause(10);
  } while (!done || times.length < 100);
  times.sort((a, b) => a - b);
  const at = (share: number): string => times[Math.min(times.length - 1, Math.floor(share * times.length))]!.toFixed(0);
  return `${times.length} answers meanwhile, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

describe('a host that is flooded', () => {
  test('with jobs starts a few, lets some wait, refuses the rest by name, and answers', async () => {
    const { client, socket } = await openClient(origin, cookie);
    const { datasets } = await client.datasets.list({});
    const dataset = datasets[0]!.id;
    const memory = watchMemory(host.pid);
    let most = 0;
    const looking = setInterval(() => {
      most = Math.max(most, processTree(host.pid).length - 1);
    }, 50);
    const asked = Promise.allSettled(Array.from({ length: JOBS }, () => client.datasets.check({ dataset })));
    const answers = await answersMeanwhile(
      client,
      asked.then(() => pause(tries(2000, 15_000))),
    );
    const outcomes = await asked;
    const refused = outcomes.filter(
      (one) => one.status === 'rejected' && JSON.stringify(one.reason).includes('job.tooMany'),
    ).length;
    const started = outcomes.filter((one) => one.status === 'fulfilled').length;
    for (const { id, endedAt } of await client.jobs.list()) if (endedAt === null) await client.jobs.cancel({ job: id });
    clearInterval(looking);
    const { together: bytes } = memory.end();
    expect(started + refused).toBe(JOBS);
    expect(started).toBeLessThanOrEqual(110);
    expect(most).toBeLessThanOrEqual(PROCESSES);
    expect(bytes).toBeLessThan(MEMORY_BYTES);
    tell(
      `${JOBS} jobs at once: ${started} taken, ${refused} refused, ${most} processes at most, ` +
        `${(bytes / 2 ** 20).toFixed(0)} MiB; ${answers}`,
    );
    socket.close();
  }, 300_000);

  test('with sockets that read nothing keeps a place for its owner', async () => {
    const { client, socket } = await openClient(origin, cookie);
    const { port } = new URL(origin);
    let cut = 0;
    const cutOne = (): void => {
      cut++;
    };
    const sockets = await Promise.all(
      Array.from(
        { length: SOCKETS },
        (_, i) =>
          new Promise<Socket>((resolve) => {
            const stream = connect(Number(port), '127.0.0.1', () => {
              // half a request, or nothing at all
              if (i % 2 === 0) stream.write('GET / HTTP/1.1\r\nHost: 127');
              stream.pause();
              resolve(stream);
            });
            stream.on('error', () => undefined);
            stream.on('close', cutOne);
          }),
      ),
    );
    const answers = await answersMeanwhile(client, pause(1000));
    // a new page, and a new login
    const { url } = JSON.parse(await quorum(dataDir, ['serve', 'link', '--json'])) as { url: string };
    expect(await login(origin, codeOf(url))).toMatch(/^quorum-/);
    expect((await fetch(origin)).status).toBeLessThan(504);
    // one that reads nothing does not see its end either
    for (const stream of sockets) stream.resume();
    await pause(1000);
    for (const stream of sockets) stream.off('close', cutOne).destroy();
    tell(
      `${SOCKETS} sockets that read nothing: ${cut} cut meanwhile, the owner's page and a new login open; ${answers}`,
    );
    expect(cut).toBeGreaterThan(SOCKETS / 2);
    socket.close();
  }, 120_000);

  test('with malformed frames ends their connections, without a stack in its log', async () => {
    const before = host.output().length;
    const shapes: readonly (string | Buffer)[] = ['not json', '{}', '[]', Buffer.from('{}'), '{"i":"1","p":5}', ' '];
    let ended = 0;
    for (let i = 0; i < FRAMES; i++) {
      const socket = await openSocket(origin, cookie);
      socket.send(shapes[i % shapes.length]!);
      const code = await Promise.race([
        new Promise<number>((resolve) => socket.once('close', resolve)),
        pause(10_000).then(() => 0),
      ]);
      if (code === 1007) ended++;
      socket.terminate();
    }
    const { client, socket } = await openClient(origin, cookie);
    await client.settings.get();
    socket.close();
    expect(ended).toBe(FRAMES);
    expect(host.output().slice(before)).not.toMatch(/^\s+at /m);
    tell(`${FRAMES} malformed frames: ${ended} connections ended with 1007, no stack in the log`);
  }, 300_000);

  test('with guesses of its code lets the right one in', async () => {
    const { url } = JSON.parse(await quorum(dataDir, ['serve', 'link', '--json'])) as { url: string };
    // of many at once the oldest connections make way
    const guess = (i: number): Promise<string> => login(origin, `guess-${i}`).catch(() => 'cut');
    const statuses = await Promise.all(Array.from({ length: GUESSES }, (_, i) => guess(i)));
    expect(['401', '429', 'cut']).toEqual(expect.arrayContaining([...new Set(statuses)]));
    expect(await login(origin, codeOf(url))).toMatch(/^quorum-/);
    tell(`${GUESSES} guesses of the one-time code: all refused, the right one lets in after them`);
  }, 120_000);

  test('is still the same process', () => {
    expect(host.child.exitCode).toBeNull();
  });
});
