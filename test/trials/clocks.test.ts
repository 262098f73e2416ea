/**
 * A wall clock that is moved while a run trains: the run ends with the weights of one that was never disturbed, lasted
 * as long as it lasted, and no end is before its start.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noTensorFlow } from '../support/engines.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';
import { MovedClock } from './support/movedClock.ts';
import { quorum, type QuorumProcess, serve, startQuorum, until } from './support/quorumProcess.ts';
import { noShims } from './support/shim.ts';
import { digestOf, epochsOf, importSample, runIds, stateOf, trainingOptions } from './support/smallTraining.ts';
import { tell, tries } from './support/trial.ts';
import { codeOf, login, openClient } from './support/webClient.ts';

const EPOCHS = tries(8, 30);
const DAY_MS = 86_400_000;
const TIMES: readonly (readonly [name: string, date: () => Date])[] = [
  ['1970', () => new Date('1970-01-01T00:00:10Z')],
  ['2090', () => new Date('2090-06-01T00:00:00Z')],
  ['2038, past 31 bits', () => new Date('2038-01-19T03:14:08Z')],
  ['a day ahead', () => new Date(Date.now() + DAY_MS)],
  ['a day behind', () => new Date(Date.now() - DAY_MS)],
];

let dataDir = '';
let undisturbed = '';
let clock: MovedClock;
beforeAll(async () => {
  const folder = temporaryFolder();
  dataDir = join(folder, 'data');
  if (noTensorFlow !== null || noShims !== null) return;
  clock = new MovedClock(folder);
  await importSample(dataDir);
  await quorum(dataDir, trainingOptions(EPOCHS));
  undisturbed = digestOf(dataDir, runIds(dataDir)[0]!);
}, 600_000);
afterAll(() => {
  if (noTensorFlow === null && noShims === null) clock.close();
});

type Start = () => Promise<{ readonly process: QuorumProcess; readonly end: () => Promise<unknown> }>;

const byCommand: Start = async () => {
  const process = startQuorum(dataDir, trainingOptions(EPOCHS), clock.env);
  return { process, end: () => process.ended };
};

const byHost: Start = async () => {
  await quorum(dataDir, [...trainingOptions(EPOCHS), '--queue']);
  const process = await serve(dataDir, [], clock.env);
  const { origin } = new URL(process.url);
  const { client, socket } = await openClient(origin, await login(origin, codeOf(process.url)));
  const end = async (): Promise<void> => {
    await until(() => stateOf(dataDir, runIds(dataDir).at(-1)!) === 'finished' || process.child.exitCode !== null);
    // a page that was open before is answered still
    expect((await client.runs.list({})).runs).toHaveLength(runIds(dataDir).length);
    socket.terminate();
    process.child.kill('SIGTERM');
    await process.ended;
  };
  return { process, end };
};

describe.skipIf(noTensorFlow !== null || noShims !== null)('a clock that is moved', () => {
  test.each(tries(TIMES.slice(0, 2), TIMES))('to %s, on the command line', (name, date) =>
    trial(name, date, byCommand),
  );
  test.each(tries(TIMES.slice(1, 2), TIMES))('to %s, under a web host', (name, date) => trial(name, date, byHost));
});

async function trial(name: string, date: () => Date, start: Start): Promise<void> {
  clock.show(new Date());
  const began = performance.now();
  const before = runIds(dataDir);
  const { process, end } = await start();
  const id = (): string | undefined => runIds(dataDir).find((one) => !before.includes(one));
  await until(() => process.child.exitCode !== null || (id() !== undefined && epochsOf(dataDir, id()!) >= 2));
  expect(process.child.exitCode, process.output()).toBeNull();
  clock.show(date());
  await end();
  const lastedMs = performance.now() - began;
  const run = JSON.parse(await quorum(dataDir, ['runs', 'show', id()!, '--json'])) as {
    readonly state: string;
    readonly startedAt: string;
    readonly endedAt: string;
  };
  expect(run.state, process.output()).toBe('finished');
  expect(digestOf(dataDir, id()!)).toBe(undisturbed);
  const trainedMs = Date.parse(run.endedAt) - Date.parse(run.startedAt);
  expect(trainedMs).toBeGreaterThan(0);
  expect(trainedMs).toBeLessThanOrEqual(lastedMs);
  tell(`a clock moved to ${name}: finished byte for byte; ${(trainedMs / 1000).toFixed(1)} s of training noted`);
}
