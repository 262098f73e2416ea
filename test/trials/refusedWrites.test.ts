/**
 * A disk that refuses what a command or a page stores at once: the user is told why in a sentence, nothing else breaks,
 * and the same works as soon as the disk does.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StudioClient } from '../../contract/api/contract.ts';
import { noTensorFlow } from '../support/engines.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';
import { type ErrorName, ERRORS, FaultyDisk } from './support/faults.ts';
import { pause, quorum, type QuorumProcess, serve, startQuorum } from './support/quorumProcess.ts';
import { noShims } from './support/shim.ts';
import { importSample, runIds, trainingOptions } from './support/smallTraining.ts';
import { tell, tries } from './support/trial.ts';
import { codeOf, login, openClient } from './support/webClient.ts';

const STACK = /This is a fault in Quorum|^\s+at .*\.ts:\d+/mu;
/** What the disk did, in words of its own. */
const WORDS: Readonly<Record<ErrorName, RegExp>> = {
  ENOSPC: /disk is full/,
  EDQUOT: /quota is used up|disk is full/,
  EIO: /disk failed to write/,
  EACCES: /No permission to write/,
  EROFS: /read-only/,
};

/** SQLite says less: it opens for reading alone what cannot be opened for writing. */
const DATABASE_WORDS = /The database quorum\.sqlite cannot be written|The disk failed at the database|disk is full/;

interface Point {
  /** What every path of it contains. */
  readonly part: string;
  readonly command: (run: string, folder: string) => string[];
  /** The same by a page; rejects, or gives the error of its job. */
  readonly call: (client: StudioClient, run: string) => Promise<unknown>;
}

const POINTS: Readonly<Record<string, Point>> = {
  database: {
    part: 'quorum.sqlite',
    command: (run) => ['runs', 'note', run, `noted at ${Date.now()}`],
    call: (client, run) => client.runs.update({ run, note: `noted at ${Date.now()}` }),
  },
  journal: {
    part: 'journal.jsonl',
    command: (run) => ['runs', 'tag', run, `t${Date.now()}`],
    call: (client, run) => client.runs.update({ run, tags: [`t${Date.now()}`] }),
  },
  queue: {
    part: 'queue.json',
    command: () => ['queue', 'pause'],
    call: (client) => client.queue.pause(),
  },
  settings: {
    part: '/settings/',
    command: () => ['engine', 'allow', 'wasm'],
    call: (client) => client.settings.set({ theme: 'light' }),
  },
  export: {
    part: '/exports/',
    command: (run, folder) => ['runs', 'export', run, '--output', join(folder, 'exports', `${Date.now()}.json`)],
    call: async (client, id) => {
      const source = { kind: 'run', id, checkpoint: 'last' } as const;
      const { jobId } = await client.weights.export({ source, format: 'safetensors', name: 'weights' });
      for (;;) {
        const job = await client.jobs.show({ job: jobId });
        if (job.error !== null) throw Object.assign(new Error(job.error.message), job.error);
        if (job.endedAt !== null) return job.result;
        await pause(100);
      }
    },
  },
};

const ALL = (Object.keys(ERRORS) as ErrorName[]).flatMap((error) =>
  Object.keys(POINTS).map((point) => [error, point] as const),
);
const CASES = tries<readonly (readonly [ErrorName, string])[]>(
  [
    ['EIO', 'queue'],
    ['EDQUOT', 'settings'],
    ['EROFS', 'export'],
    ['ENOSPC', 'database'],
    ['EACCES', 'journal'],
  ],
  ALL,
);

let folder = '';
let dataDir = '';
let run = '';
let disk: FaultyDisk;
let host: QuorumProcess & { readonly url: string };
const counts = { command: 0, page: 0, kept: 0 };

beforeAll(async () => {
  if (noTensorFlow !== null || noShims !== null) return;
  folder = temporaryFolder();
  dataDir = join(folder, 'data');
  mkdirSync(join(folder, 'exports'));
  disk = new FaultyDisk(folder);
  await importSample(dataDir);
  await quorum(dataDir, trainingOptions(1));
  run = runIds(dataDir)[0]!;
  host = await serve(dataDir, [], disk.env);
}, 300_000);
afterAll(async () => {
  if (folder === '') return;
  host.child.kill('SIGTERM');
  await host.ended;
  disk.close();
  tell(
    `refused writes: ${counts.command} commands and ${counts.page} calls of a page told why, ${counts.kept} went ` +
      'through; each worked afterwards, the host lived on, no stack',
  );
});

describe.skipIf(noTensorFlow !== null || noShims !== null)('a disk that refuses', () => {
  test.each(CASES)(
    '%s at the %s, on the command line',
    async (error, name) => {
      const point = POINTS[name]!;
      disk.fail(error, point.part);
      const command = startQuorum(dataDir, point.command(run, folder), disk.env);
      const code = await command.ended;
      disk.heal();
      expect(command.output()).not.toMatch(STACK);
      if (code === 0) counts.kept++;
      else {
        expect(command.output()).toMatch(name === 'database' ? DATABASE_WORDS : WORDS[error]);
        counts.command++;
      }
      await quorum(dataDir, point.command(run, folder), disk.env);
    },
    300_000,
  );

  test.each(CASES)(
    '%s at the %s, under a web host',
    async (error, name) => {
      const point = POINTS[name]!;
      const origin = new URL(host.url).origin;
      const { url } = JSON.parse(await quorum(dataDir, ['serve', 'link', '--json'])) as { url: string };
      const { client, socket } = await openClient(origin, await login(origin, codeOf(url)));
      disk.fail(error, point.part);
      const refusal = await point.call(client, run).then(
        () => null,
        (thrown: unknown) => JSON.stringify(thrown, ['message', 'data', 'code', 'remedy']),
      );
      const settings = await client.settings.get();
      disk.heal();
      expect(settings.theme).toBeTypeOf('string');
      if (refusal === null) counts.kept++;
      else {
        expect(refusal).toMatch(name === 'database' ? DATABASE_WORDS : WORDS[error]);
        counts.page++;
      }
      await point.call(client, run);
      socket.close();
      expect(host.child.exitCode).toBeNull();
      expect(host.output()).not.toMatch(STACK);
    },
    300_000,
  );
});
