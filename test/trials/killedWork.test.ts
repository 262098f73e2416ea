/**
 * Imports, predictions and exports that are killed at random moments, by the command line and under a web host that
 * trains a queue meanwhile: nothing half lies under its final name, the database is whole, the same works
 * again to the same bytes, and the queue goes on in its order.
 */
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StudioClient } from '../../contract/api/contract.ts';
import { type KeyedRandom, keyedRandom } from '../../core/data/random.ts';
import { studioPaths } from '../../core/studio/records/paths.ts';
import { noTensorFlow } from '../support/engines.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';
import { isThere, processTree } from './support/processTree.ts';
import { pause, quorum, type QuorumProcess, serve, startQuorum, until } from './support/quorumProcess.ts';
import { digestOf, importSample, journal, runIds, stateOf, trainingOptions } from './support/smallTraining.ts';
import { tell, tries } from './support/trial.ts';
import { codeOf, login, openClient } from './support/webClient.ts';

const SAMPLE = fileURLToPath(new URL('../../resources/samples/fashion-mnist-mini/', import.meta.url));
/** For each kind of work. */
const KILLS = tries(1, 15);
/** Of a host, whatever it does. */
const HOST_KILLS = tries(1, 45);
/** After its job began. */
const LATEST_MS = tries(500, 2500);
const QUEUED = tries(2, 5);
const QUEUED_EPOCHS = tries(1, 10);
const MOST_MS = tries(600_000, 3_600_000);
/** A job that lost its host puts away what it began. */
const ORPHAN_MS = 30_000;

let folder = '';
let dataDir = '';
let run = '';
let longestOrphanMs = 0;
beforeAll(async () => {
  folder = temporaryFolder();
  dataDir = join(folder, 'data');
  if (noTensorFlow !== null) return;
  await importSample(dataDir);
  await quorum(dataDir, trainingOptions(1));
  run = runIds(dataDir)[0]!;
  for (const path of ['a/1', 'a/2', 'b/1', 'b/2']) await image(join(folder, 'images', `${path}.png`));
}, 600_000);

interface Work {
  /** What is written, below the test's folder; null where it lies in the data folder. */
  readonly file: string | null;
  readonly command: (name: string) => string[];
  readonly call: (client: StudioClient, name: string) => Promise<unknown>;
}

const WORK: Readonly<Record<string, Work>> = {
  import: {
    file: null,
    command: (name) => ['dataset', 'import', tries(join(folder, 'images'), SAMPLE), '--name', name],
    call: (client, name) => client.datasets.import({ source: { kind: 'sample', sample: 'fashion-mnist-mini' }, name }),
  },
  predict: {
    file: '.csv',
    command: (name) => ['predict', '--run', run, '--data', 'val', '--output', join(folder, `${name}.csv`), '--again'],
    call: (client) =>
      client.evaluations.predict({ networks: [run], images: { kind: 'split', split: 'val' }, reuse: false }),
  },
  export: {
    file: '.safetensors',
    command: (name) => [
      ...['weights', 'export', run, '--format', 'safetensors'],
      ...['--output', join(folder, `${name}.safetensors`)],
    ],
    call: (client, name) =>
      client.weights.export({ source: { kind: 'run', id: run, checkpoint: 'last' }, format: 'safetensors', name }),
  },
};

type Victim = 'host' | 'job' | 'both';
const VICTIMS: readonly Victim[] = ['host', 'job', 'both'];

describe.skipIf(noTensorFlow !== null)('work that is killed', { timeout: MOST_MS }, () => {
  test.each(Object.entries(WORK))('%s, by the command line', async (kind, { command, file }) => {
    const random = keyedRandom(20, kind);
    let [killed, whole] = [0, 0];
    let expected: string | null = null;
    for (let i = 0; killed < KILLS; i++) {
      const name = `${kind}-${i}`;
      const process = startQuorum(dataDir, command(name));
      await jobBegan(process, random);
      if (process.child.exitCode === null) killed++;
      await kill(process, VICTIMS[i % VICTIMS.length]!);
      requireWholeDatabase();
      const left = file === null ? null : digest(join(folder, `${name}${file}`));
      if (left !== null) whole++;
      if (kind === 'import') whole += Number(await requireWholeDataset(name));
      await quorum(dataDir, command(`${name}-again`));
      if (file === null) continue;
      const again = digest(join(folder, `${name}-again${file}`));
      expected ??= again;
      expect(again).toBe(expected);
      if (left !== null) expect(left).toBe(expected);
    }
    tell(`${kind} by the command line: ${killed} kills, ${whole} had written all, nothing half; ${orphans()}`);
  });

  test('under a web host with a queue', async () => {
    const random = keyedRandom(20, 'host');
    const kinds = Object.keys(WORK);
    let [killed, queues] = [0, 0];
    let undisturbed: string | null = null;
    while (killed < HOST_KILLS) {
      const before = runIds(dataDir);
      for (let i = 0; i < QUEUED; i++) await quorum(dataDir, [...trainingOptions(QUEUED_EPOCHS), '--queue']);
      const queue = runIds(dataDir).filter((id) => !before.includes(id));
      const done = (): boolean => queue.every((id) => stateOf(dataDir, id) === 'finished');
      while (!done()) {
        const host = await serve(dataDir);
        const kind = kinds[killed % kinds.length]!;
        await goOn(host.url, queue, WORK[kind]!, `${kind}-host-${killed}`);
        if (killed >= HOST_KILLS) {
          await until(done);
          host.child.kill('SIGTERM');
          await host.ended;
          break;
        }
        await pause(random.int(LATEST_MS));
        await kill(host, killed % 2 === 0 ? 'host' : 'both');
        killed++;
        requireWholeDatabase();
      }
      queues++;
      expect(startsOf(queue)).toEqual(startsOf(queue).toSorted());
      for (const id of queue) {
        undisturbed ??= digestOf(dataDir, id);
        expect(digestOf(dataDir, id)).toBe(undisturbed);
      }
    }
    tell(
      `a web host: ${killed} kills, ${queues} queues of ${QUEUED} finished in order and byte for byte; ${orphans()}`,
    );
  });
});

async function image(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await sharp({ create: { width: 8, height: 8, channels: 3, background: '#345' } }).toFile(path);
}

/** Some moment of its work, from its start on or from its job's. */
async function jobBegan({ pid, child }: QuorumProcess, random: KeyedRandom): Promise<void> {
  if (random.int(3) > 0) await until(() => child.exitCode !== null || processTree(pid).length > 1);
  await pause(random.int(LATEST_MS));
}

async function kill({ pid, child, ended }: QuorumProcess, victim: Victim): Promise<void> {
  const [host = pid, ...jobs] = child.exitCode === null ? processTree(pid) : [pid];
  const victims = { host: [host], job: jobs, both: [host, ...jobs] }[victim];
  for (const one of victims) if (isThere(one)) process.kill(one, 'SIGKILL');
  const from = performance.now();
  await ended;
  await until(() => !jobs.some(isThere));
  if (victim === 'host') longestOrphanMs = Math.max(longestOrphanMs, performance.now() - from);
  expect(longestOrphanMs).toBeLessThan(ORPHAN_MS);
}

const orphans = (): string => `the last orphan gone after ${(longestOrphanMs / 1000).toFixed(1)} s`;

function requireWholeDatabase(): void {
  const database = new Sqlite(studioPaths(dataDir).database, { readonly: true });
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(database.pragma('foreign_key_check')).toEqual([]);
  database.close();
}

/** Whether the data set is there; then it is whole. */
async function requireWholeDataset(name: string): Promise<boolean> {
  const { datasets } = JSON.parse(await quorum(dataDir, ['dataset', 'list', '--json'])) as {
    datasets: readonly { readonly name: string }[];
  };
  if (!datasets.some((one) => one.name === name)) return false;
  await quorum(dataDir, ['dataset', 'check', name]);
  return true;
}

/** Null where there is no such file. */
function digest(path: string): string | null {
  return existsSync(path) ? hash('sha256', readFileSync(path)) : null;
}

async function page(url: string): Promise<Awaited<ReturnType<typeof openClient>>> {
  const { origin } = new URL(url);
  return openClient(origin, await login(origin, codeOf(url)));
}

/** A host that comes back puts what was interrupted into the queue again, and begins `work` beside it. */
async function goOn(url: string, queue: readonly string[], work: Work, name: string): Promise<void> {
  const { client, socket } = await page(url);
  const interrupted = queue.filter((id) => stateOf(dataDir, id) === 'interrupted');
  if (interrupted.length > 0) await client.queue.add({ runs: interrupted });
  await work.call(client, name);
  socket.terminate();
}

/** When each of them was started for the first time. */
function startsOf(queue: readonly string[]): (string | undefined)[] {
  return queue.map(
    (id) => journal(dataDir, id).find(({ change }) => change?.startedAt !== undefined)?.change?.startedAt,
  );
}
