/**
 * A disk that fails for some seconds in the middle of a training, with each of five errors at each place that is
 * written: the run goes on or can be resumed, ends with all of its points, and nobody sees a stack.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noTensorFlow } from '../support/engines.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';
import { type ErrorName, ERRORS, FaultyDisk } from './support/faults.ts';
import { pause, quorum, type QuorumProcess, serve, startQuorum, until } from './support/quorumProcess.ts';
import { noShims } from './support/shim.ts';
import { epochsOf, importSample, journal, runIds, stateOf, trainingOptions } from './support/smallTraining.ts';
import { LONG, tell, tries } from './support/trial.ts';

const EPOCHS = 30;
const FAULT_MS = 3000;
const STACK = /This is a fault in Quorum|^\s+at .*\.ts:\d+/mu;

/** What every path of it contains. */
const PLACES = {
  database: 'quorum.sqlite',
  journal: 'journal.jsonl',
  log: 'worker.log',
  checkpoints: '/checkpoints/',
  queue: 'queue.json',
  settings: '/settings/',
  everything: '/data/',
} as const;
type Place = keyof typeof PLACES;

const ALL = (Object.keys(ERRORS) as ErrorName[]).flatMap((error) =>
  (Object.keys(PLACES) as Place[]).map((place) => [error, place] as const),
);
const SHORT: readonly (readonly [ErrorName, Place])[] = [
  ['EIO', 'everything'],
  ['EDQUOT', 'database'],
];
const CASES = LONG ? ALL : SHORT;

const counts = { tried: 0, hit: 0, byItself: 0, resumed: 0 };
/** A data folder with the sample, to be copied. */
let sample = '';
beforeAll(async () => {
  sample = join(temporaryFolder(), 'data');
  if (noTensorFlow === null && noShims === null) await importSample(sample);
}, 300_000);
afterAll(() => {
  tell(
    `storage faults: ${counts.tried} tried, ${counts.hit} met a write, ${counts.byItself} runs ended by themselves, ` +
      `${counts.resumed} after a resume; all points there, no stack`,
  );
});

describe.skipIf(noTensorFlow !== null || noShims !== null)('a disk that fails for a while', () => {
  test.each(CASES)(
    '%s at the %s, on the command line',
    (error, place) => trial(error, place, byCommand),
    tries(600_000, 1_800_000),
  );
  test.each(LONG ? ALL : SHORT.slice(0, 1))(
    '%s at the %s, under a web host, which lives on and answers',
    (error, place) => trial(error, place, byHost),
    tries(600_000, 1_800_000),
  );
});

interface Way {
  readonly start: (dataDir: string, env: Readonly<Record<string, string>>) => Promise<QuorumProcess>;
  /** Waits until the run has ended, or cannot go on by itself. */
  readonly end: (process: QuorumProcess, dataDir: string) => Promise<void>;
}

const byCommand: Way = {
  start: async (dataDir, env) => startQuorum(dataDir, trainingOptions(EPOCHS), env),
  end: async ({ ended }) => void (await ended),
};

const byHost: Way = {
  async start(dataDir, env) {
    await quorum(dataDir, [...trainingOptions(EPOCHS), '--queue']);
    return serve(dataDir, [], env);
  },
  async end(host, dataDir) {
    const { url } = host as QuorumProcess & { url: string };
    const run = runIds(dataDir)[0]!;
    await until(() => !['queued', 'preparing', 'training', 'validating', 'diskFull'].includes(stateOf(dataDir, run)!));
    expect((await fetch(url)).ok || (await fetch(url)).status === 503).toBe(true);
    expect(host.child.exitCode).toBeNull();
    host.child.kill('SIGTERM');
    await host.ended;
  },
};

async function trial(error: ErrorName, place: Place, way: Way): Promise<void> {
  const folder = temporaryFolder();
  const dataDir = join(folder, 'data');
  const disk = new FaultyDisk(folder);
  cpSync(sample, dataDir, { recursive: true });
  const process = await way.start(dataDir, disk.env);
  await until(() => runIds(dataDir).length === 1);
  const run = runIds(dataDir)[0]!;
  await until(() => process.child.exitCode !== null || epochsOf(dataDir, run) >= 3);
  disk.fail(error, PLACES[place]);
  await pause(FAULT_MS);
  const hits = disk.heal();
  await way.end(process, dataDir);
  disk.close();
  expect(process.output()).not.toMatch(STACK);
  counts.tried++;
  if (hits > 0) counts.hit++;
  if (stateOf(dataDir, run) === 'finished') counts.byItself++;
  else {
    expect(await quorum(dataDir, ['train', '--resume', run])).not.toMatch(STACK);
    counts.resumed++;
  }
  expect(JSON.parse(await quorum(dataDir, ['runs', 'show', run, '--json']))).toMatchObject({
    state: 'finished',
    step: 2 * EPOCHS,
  });
  const losses = journal(dataDir, run)
    .flatMap(({ points }) => points ?? [])
    .filter(([name]) => name === 'val/loss');
  expect(new Set(losses.map(([, step]) => step)).size).toBe(EPOCHS);
  rmSync(folder, { recursive: true, force: true });
}
